//! A host for tests of the shell: an empty deployment, and no way to reach anything.

use std::sync::Arc;

use frontmcp_core::ports::{
    BoxFuture, Fetch, FetchError, Inbound, Outbound, Sandbox, SandboxError, Script, Secrets,
};
use frontmcp_core::skill::{catalog::Catalog, index::Index};
use frontmcp_core::{Host, Ports, Settings, Snapshot};

use crate::ports::{clock::SystemClock, entropy::SystemEntropy, log::TracingLog};

struct Nothing;

impl Fetch for Nothing {
    fn fetch(&self, _: Outbound) -> BoxFuture<'_, Result<Inbound, FetchError>> {
        Box::pin(async { Err(FetchError::Unresolved) })
    }
}

impl Sandbox for Nothing {
    fn open(&self) -> Result<Box<dyn Script>, SandboxError> {
        Err(SandboxError::Busy)
    }
}

impl Secrets for Nothing {
    fn get(&self, _: &str) -> Option<String> {
        None
    }
}

/// A host that serves [`snapshot`].
pub(crate) fn host() -> Arc<Host> {
    let ports = Ports {
        clock: Arc::new(SystemClock::default()),
        entropy: Arc::new(SystemEntropy),
        fetch: Arc::new(Nothing),
        sandbox: Arc::new(Nothing),
        secrets: Arc::new(Nothing),
        log: Arc::new(TracingLog::new(Arc::default())),
        storage: None,
        sessions: None,
        peers: None,
    };
    let host = Host::new(ports, Settings::default());
    host.publish(snapshot());
    Arc::new(host)
}

/// A deployment with nothing in it.
pub(crate) fn snapshot() -> Snapshot {
    Snapshot {
        name: "test".to_owned(),
        version: "1".to_owned(),
        title: None,
        instructions: String::new(),
        specs: Default::default(),
        operations: Default::default(),
        namespaces: Default::default(),
        catalog: Catalog::default(),
        manifest: None,
        environment: None,
        secrets: Vec::new(),
        visible: Vec::new(),
        executable: 0,
        index: Index::build([]),
    }
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    names
}
