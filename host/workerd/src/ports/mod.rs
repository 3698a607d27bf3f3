//! The core's ports over the platform. One thread runs everything, so what JavaScript hands out never leaves it.

use std::sync::Arc;

use frontmcp_core::ports::{BoxFuture, SessionPorts, Storage};
use frontmcp_core::{Fault, Ports};
use send_wrapper::SendWrapper;
use wasm_bindgen::JsValue;

use crate::platform::{Platform, words};

mod fetch;
mod sandbox;
mod storage;
mod system;

pub(crate) use storage::Ledger;

/// The platform, shared by all ports of one object.
pub(crate) type Shared = Arc<SendWrapper<Platform>>;

/// A future of this thread as the core wants it.
pub(crate) fn here<'a, T>(work: impl Future<Output = T> + 'a) -> BoxFuture<'a, T> {
    Box::pin(SendWrapper::new(work))
}

/// A failure of the platform, which is ours.
pub(crate) fn fault(what: &str, thrown: &JsValue) -> Fault {
    Fault::new(format!("{what}: {}", words(thrown)))
}

/// All ports, and the audit log if this object is the one that writes it.
pub(crate) fn all(platform: &Shared, writes_audit: bool) -> Result<(Ports, Option<Ledger>), Fault> {
    let system = Arc::new(system::System(platform.clone()));
    let adapter = storage::adapter(platform);
    let ledger = writes_audit.then(|| storage::ledger(platform, &adapter, system.clone())).transpose()?;
    let audit = storage::audit(platform, &adapter, ledger.as_ref());
    let ports = Ports {
        clock: system.clone(),
        entropy: system.clone(),
        fetch: Arc::new(fetch::PlatformFetch(platform.clone())),
        sandbox: Arc::new(sandbox::PlatformSandbox(platform.clone())),
        secrets: system.clone(),
        log: system.clone(),
        storage: Some(Storage { bundles: adapter.clone(), blobs: adapter.clone(), audit }),
        sessions: Some(SessionPorts { sessions: adapter.clone(), events: adapter, tasks: system.clone() }),
        peers: Some(system),
    };
    Ok((ports, ledger))
}
