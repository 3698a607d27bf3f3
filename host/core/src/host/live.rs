//! A snapshot together with what it presents of itself. Built once per deployment, never changed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::bundle::sha256_hex;
use crate::codecall::tools;
use crate::flow::resync::Active;
use crate::host::agent_skills::AgentSkills;
use crate::mcp::surface::{Later, ServerInfo, Surface};
use crate::registry::snapshot::Snapshot;
use crate::resource::Inventory;
use crate::settings::Settings;

/// What a request holds from start to end.
pub(crate) struct Live {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) surface: Surface,
    pub(crate) inventory: Arc<Later<Inventory>>,
    pub(super) agent_skills: Later<AgentSkills>,
    bundle_sha256: OnceLock<String>,
    is_kept: AtomicBool,
}

impl Live {
    pub(crate) fn new(snapshot: Snapshot, settings: &Settings) -> Self {
        let info = ServerInfo {
            name: snapshot.name.clone(),
            version: snapshot.version.clone(),
            title: snapshot.title.clone(),
            instructions: snapshot.instructions.clone(),
        };
        let snapshot = Arc::new(snapshot);
        let inventory = Arc::new(later(&snapshot, Inventory::of));
        let offer = {
            let (snapshot, inventory) = (snapshot.clone(), inventory.clone());
            move || inventory.offer(&snapshot)
        };
        let tools = tools::list(settings.tool_names);
        Self {
            agent_skills: later(&snapshot, AgentSkills::of),
            surface: Surface::new(info, &tools, offer, settings.max_list_items),
            inventory,
            snapshot,
            bundle_sha256: OnceLock::new(),
            is_kept: AtomicBool::new(false),
        }
    }

    /// The same, made from the bundle with this digest.
    pub(crate) fn of_bundle(snapshot: Snapshot, bundle_sha256: &str, settings: &Settings) -> Self {
        let bundle_sha256 = OnceLock::from(bundle_sha256.to_owned());
        Self { bundle_sha256, is_kept: AtomicBool::new(true), ..Self::new(snapshot, settings) }
    }

    /// From now on a restart serves it.
    pub(crate) fn keep(&self) {
        self.is_kept.store(true, Ordering::Relaxed);
    }

    /// What a push is compared with.
    pub(crate) fn active(&self) -> Active<'_> {
        Active {
            snapshot: &self.snapshot,
            bundle_sha256: self.bundle_sha256(),
            is_kept: self.is_kept.load(Ordering::Relaxed),
        }
    }

    /// The digest of the bundle that is live; of the one that the local deployment would be built into, which nobody
    /// needs to know before the first push. Empty if it cannot be built.
    pub(crate) fn bundle_sha256(&self) -> &str {
        self.bundle_sha256.get_or_init(|| {
            let payload = self.snapshot.bundle().and_then(|built| built.payload().ok());
            payload.map(|payload| sha256_hex(&payload)).unwrap_or_default()
        })
    }
}

/// Made of the snapshot when it is first asked for.
fn later<T: 'static>(snapshot: &Arc<Snapshot>, make: fn(&Snapshot) -> T) -> Later<T> {
    let snapshot = snapshot.clone();
    Later::new(Box::new(move || make(&snapshot)))
}
