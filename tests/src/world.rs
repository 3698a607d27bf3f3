//! The reference deployment against its example API, in this process, with the real sandbox and real HTTP.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use frontmcp_core::ports::{Log, Ports, Sandbox, Secrets, SessionPorts, Storage};
use frontmcp_core::registry::apply::{Deployment, apply};
use frontmcp_core::{Fault, Host, Settings, Snapshot};
use frontmcp_example_api::{Config, DEVELOPMENT_BILLING_KEY, DEVELOPMENT_TOKEN, ExampleApi};
use frontmcp_host::boot::session_ports;
use frontmcp_host::deployment;
use frontmcp_host::ports::clock::SystemClock;
use frontmcp_host::ports::entropy::SystemEntropy;
use frontmcp_host::ports::fetch::HttpFetch;
use frontmcp_host::store::Store;
use frontmcp_host::wasm::{EngineSettings, WasmEngine, WasmSandbox};
use tempfile::TempDir;

use crate::{Client, agentscript, repository};

/// What the descriptions of the reference deployment call the example API.
const WRITTEN_ADDRESS: &str = "127.0.0.1:4010";

const MANIFEST: &str = "frontmcp.deploy.yaml";

/// A host, the API behind it, and the faults it logged.
pub struct World {
    /// The upstream.
    pub api: ExampleApi,
    /// The host.
    pub host: Arc<Host>,
    faults: Arc<Recorder<Fault>>,
}

impl World {
    /// The reference deployment as it is, and a skill that grants every operation.
    pub fn start() -> Self {
        Self::with(Settings::default(), |_| {})
    }

    /// The same with other settings and its snapshot changed.
    pub fn with(settings: Settings, change: impl FnOnce(&mut Snapshot)) -> Self {
        let api = ExampleApi::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Config::default())
            .expect("the example API starts");
        let mut snapshot = reference_snapshot(&api.addr().to_string());
        change(&mut snapshot);
        let faults = Arc::new(Recorder::default());
        let host = host(api.addr(), settings, snapshot, faults.clone(), None);
        Self { api, host, faults }
    }

    /// A host that keeps sessions in this store. Several in turn are one host that was restarted. Some time after the
    /// start, since it first finishes what the one before left behind.
    ///
    /// # Panics
    /// If the store is broken.
    pub async fn keeping(store: &Arc<Store>, settings: Settings, change: impl FnOnce(&mut Snapshot)) -> Self {
        Self::over(session_ports(store.clone()), settings, change).await
    }

    /// The same with sessions that are kept anywhere.
    ///
    /// # Panics
    /// If their storage is broken.
    pub async fn over(
        sessions: SessionPorts,
        settings: Settings,
        change: impl FnOnce(&mut Snapshot),
    ) -> Self {
        let api = ExampleApi::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Config::default())
            .expect("the example API starts");
        let mut snapshot = reference_snapshot(&api.addr().to_string());
        change(&mut snapshot);
        let faults = Arc::new(Recorder::default());
        let host = host(api.addr(), settings, snapshot, faults.clone(), Some(sessions));
        host.recover().await.expect("the store is sound");
        Self { api, host, faults }
    }

    /// A client of the host.
    pub fn client(&self) -> Client {
        Client::new(self.host.clone())
    }

    /// The reference deployment once more, changed.
    pub fn snapshot(&self, change: impl FnOnce(&mut Snapshot)) -> Snapshot {
        let mut snapshot = reference_snapshot(&self.api.addr().to_string());
        change(&mut snapshot);
        snapshot
    }

    /// What the host logged as its own fault.
    pub fn faults(&self) -> Vec<Fault> {
        self.faults.take()
    }
}

/// The reference deployment in front of an example API that runs elsewhere.
pub fn reference_host(api: SocketAddr) -> Arc<Host> {
    let log = Arc::new(Recorder::default());
    host(api, Settings::default(), reference_snapshot(&api.to_string()), log, None)
}

/// A host with nothing live yet, that keeps bundles in a folder and trusts the key in a file, under the reference
/// deployment's key id.
///
/// # Errors
/// The folder or file cannot be used.
pub fn deploying_host(
    data: &str,
    key: &str,
    change: impl FnOnce(&mut Settings),
) -> anyhow::Result<Arc<Host>> {
    let store = Arc::new(Store::open(Path::new(data), 3)?);
    let mut settings = Settings::default();
    change(&mut settings);
    settings.resync.trust_roots.push(("acme-shop-2026".to_owned(), fs::read_to_string(key)?));
    let ports = Ports {
        clock: Arc::new(SystemClock::default()),
        entropy: Arc::new(SystemEntropy),
        fetch: Arc::new(HttpFetch::new()?),
        sandbox: sandbox(),
        secrets: Arc::new(DevelopmentSecrets),
        log: Arc::new(Recorder::<Fault>::default()),
        storage: Some(Storage { bundles: store.clone(), blobs: store.clone(), audit: store.clone() }),
        sessions: Some(session_ports(store)),
        peers: None,
    };
    Ok(Arc::new(Host::new(ports, settings)))
}

fn host(
    api: SocketAddr,
    mut settings: Settings,
    snapshot: Snapshot,
    log: Arc<dyn Log>,
    sessions: Option<SessionPorts>,
) -> Arc<Host> {
    settings.upstream.allow_private.push(api.to_string());
    let ports = Ports {
        clock: Arc::new(SystemClock::default()),
        entropy: Arc::new(SystemEntropy),
        fetch: Arc::new(HttpFetch::new().expect("an HTTP client")),
        sandbox: sandbox(),
        secrets: Arc::new(DevelopmentSecrets),
        log,
        storage: None,
        sessions,
        peers: None,
    };
    let host = Arc::new(Host::new(ports, settings));
    host.publish(snapshot);
    host
}

/// One engine for everything in this process: compiling takes seconds, instances are fresh anyway.
pub fn sandbox() -> Arc<dyn Sandbox> {
    static SANDBOX: OnceLock<Arc<WasmSandbox>> = OnceLock::new();
    let make = || {
        let engine = WasmEngine::new(EngineSettings::default()).expect("the engine starts");
        let cache = repository().join("target/wasm-cache");
        Arc::new(WasmSandbox::new(Arc::new(engine), &agentscript(), Some(&cache)).expect("agentscript loads"))
    };
    SANDBOX.get_or_init(make).clone()
}

/// The repository's own deployment, read from a copy that names `address` as the upstream and has one skill
/// more: `everything`, which grants every operation.
pub(crate) fn reference_snapshot(address: &str) -> Snapshot {
    let folder = copy_reference(address);
    grant_everything(folder.path());
    let (snapshot, findings) = apply(load(folder.path()));
    snapshot.unwrap_or_else(|| panic!("the reference deployment does not apply: {findings:#?}"))
}

/// Adds a skill to a deployment that grants every operation.
pub fn grant_everything(folder: &Path) {
    let specs = load(folder).specs;
    let operations =
        specs.iter().flat_map(|spec| spec.operations.iter().map(move |each| (&spec.id, &each.id)));
    let mentions: String =
        operations.map(|(spec, operation)| format!("- [[op:{spec}/{operation}]]\n")).collect();
    let everything = folder.join("guests/skills/everything");
    fs::create_dir(&everything).expect("a folder");
    let frontmatter =
        "name: everything\ndescription: Grants every operation, for tests.\nhideFromDiscovery: true\n";
    fs::write(everything.join("SKILL.md"), format!("---\n{frontmatter}---\n{mentions}")).expect("a file");
}

/// A copy of the repository's own deployment that names `address` as the upstream.
pub(crate) fn copy_reference(address: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for part in [MANIFEST, "guests/openapi", "guests/skills"] {
        copy(&repository().join(part), &folder.path().join(part), address);
    }
    folder
}

fn load(folder: &Path) -> Deployment {
    let options = deployment::Options { environment: None, variable: &|_| None, download: None };
    let (loaded, findings) = deployment::load(&folder.join(MANIFEST), &options);
    loaded.unwrap_or_else(|| panic!("the reference deployment does not load: {findings:#?}"))
}

fn copy(from: &Path, to: &Path, address: &str) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("a folder");
        for entry in fs::read_dir(from).expect("a readable folder") {
            let name = entry.expect("an entry").file_name();
            copy(&from.join(&name), &to.join(&name), address);
        }
        return;
    }
    fs::create_dir_all(to.parent().expect("a file has a folder")).expect("a folder");
    match fs::read_to_string(from) {
        Ok(text) => fs::write(to, text.replace(WRITTEN_ADDRESS, address)).expect("a copy"),
        // Not text: a picture, say.
        Err(_) => drop(fs::copy(from, to).expect("a copy")),
    }
}

/// The secrets that the example API takes, and keys for callers.
pub(crate) struct DevelopmentSecrets;

impl Secrets for DevelopmentSecrets {
    fn get(&self, name: &str) -> Option<String> {
        let values = BTreeMap::from([
            ("ACME_API_TOKEN", DEVELOPMENT_TOKEN),
            ("BILLING_API_TOKEN", DEVELOPMENT_BILLING_KEY),
            ("API_KEYS", "alpha\nbeta"),
        ]);
        values.get(name).map(|value| (*value).to_owned())
    }
}

/// Keeps everything it is given.
pub struct Recorder<T>(Mutex<Vec<T>>);

impl<T> Default for Recorder<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Recorder<T> {
    /// Everything recorded since the last time.
    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut self.lock())
    }

    /// Keeps one more.
    pub fn record(&self, item: T) {
        self.lock().push(item);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log for Recorder<Fault> {
    fn fault(&self, fault: &Fault) {
        self.record(fault.clone());
    }
}
