//! A snapshot together with what it presents of itself. Built once per deployment, never changed.

use std::sync::Arc;

use crate::codecall::tools;
use crate::mcp::surface::{ServerInfo, Surface};
use crate::registry::snapshot::Snapshot;
use crate::settings::Settings;

/// What a request holds from start to end.
pub(crate) struct Live {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) surface: Surface,
}

impl Live {
    pub(crate) fn new(snapshot: Snapshot, settings: &Settings) -> Self {
        let info = ServerInfo {
            name: snapshot.name.clone(),
            version: snapshot.version.clone(),
            title: snapshot.title.clone(),
            instructions: snapshot.instructions.clone(),
        };
        let surface = Surface::new(info, &tools::list(settings.tool_names));
        Self { snapshot: Arc::new(snapshot), surface }
    }
}
