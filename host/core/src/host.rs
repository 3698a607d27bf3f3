//! The host: one snapshot, the ports, and the entry points a shell calls. The only floor that awaits.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::ports::Ports;
use crate::registry::snapshot::Snapshot;
use crate::settings::Settings;

/// The host logic, shared by every shell.
pub struct Host {
    ports: Ports,
    settings: Settings,
    snapshot: ArcSwapOption<Snapshot>,
}

impl Host {
    /// A host without a snapshot: alive, not ready.
    pub fn new(ports: Ports, settings: Settings) -> Self {
        Self { ports, settings, snapshot: ArcSwapOption::empty() }
    }

    /// Swaps the live snapshot in whole; requests in flight finish on the one they hold.
    pub fn publish(&self, snapshot: Snapshot) {
        self.snapshot.store(Some(Arc::new(snapshot)));
    }

    /// What the shell supplies.
    pub(crate) fn ports(&self) -> &Ports {
        &self.ports
    }

    /// What the operator set.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }
}
