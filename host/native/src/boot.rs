//! From settings to a host that serves: the newest good bundle, else the local manifest, else nothing yet.
//!
//! Decides nothing about bundles: the core does. Prints findings; never a secret.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::Context;
use frontmcp_core::findings::{Finding, has_errors};
use frontmcp_core::manifest::Manifest;
use frontmcp_core::ports::{Ports, Secrets, SessionPorts, Storage};
use frontmcp_core::registry::apply::apply;
use frontmcp_core::registry::readiness;
use frontmcp_core::{Host, Snapshot};

use crate::commands::check;
use crate::components;
use crate::config::Config;
use crate::deployment::{self, Options};
use crate::ports::clock::SystemClock;
use crate::ports::entropy::SystemEntropy;
use crate::ports::fetch::HttpFetch;
use crate::ports::log::{Figures, TracingLog};
use crate::ports::secrets::SecretSource;
use crate::ports::tasks::TokioTasks;
use crate::store::Store;
use crate::wasm::{EngineSettings, WasmEngine, WasmSandbox};

/// How often what is old is looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

/// The deployment has errors, which were printed.
#[derive(Debug)]
pub struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the deployment has errors")
    }
}

impl std::error::Error for Refused {}

/// A host and what outlives its requests.
pub struct Booted {
    /// The host, ready if there was anything to serve.
    pub host: Arc<Host>,
    /// What it counts.
    pub figures: Arc<Figures>,
}

/// Builds the host and puts live what there is.
///
/// # Errors
/// Storage cannot be opened, or the local manifest is wanted and cannot be served.
pub async fn boot(config: &Config) -> anyhow::Result<Booted> {
    let secrets = Arc::new(secrets(config)?);
    let figures = Arc::new(Figures::default());
    let store = Arc::new(store(config)?);
    let ports = Ports {
        clock: Arc::new(SystemClock::default()),
        entropy: Arc::new(SystemEntropy),
        fetch: Arc::new(HttpFetch::new()?),
        sandbox: Arc::new(sandbox(config)?),
        secrets: secrets.clone(),
        log: Arc::new(TracingLog::new(figures.clone())),
        // Only what survives a restart may be acknowledged.
        storage: config.data.is_some().then(|| storage_ports(&store)),
        sessions: Some(session_ports(store)),
        peers: None,
    };
    let host = Arc::new(Host::new(ports, config.settings.clone()));
    host.recover().await.map_err(|fault| anyhow::anyhow!("reading kept streams failed: {}", fault.detail))?;
    put_live(config, &host, &*secrets).await?;
    tokio::spawn(sweep(Arc::downgrade(&host)));
    Ok(Booted { host, figures })
}

fn store(config: &Config) -> anyhow::Result<Store> {
    let Some(folder) = &config.data else {
        tracing::warn!(
            "without --data there is no audit log, no push is accepted, and sessions end with this server"
        );
        return Store::in_memory();
    };
    Store::open_keeping(folder, config.history, config.audit_records)
}

fn storage_ports(store: &Arc<Store>) -> Storage {
    Storage { bundles: store.clone(), blobs: store.clone(), audit: store.clone() }
}

/// Sessions in this store.
pub fn session_ports(store: Arc<Store>) -> SessionPorts {
    SessionPorts { sessions: store.clone(), events: store, tasks: Arc::new(TokioTasks) }
}

/// Ends what nobody uses and forgets what is old, a little at a time, for as long as there is a host.
pub async fn sweep(host: Weak<Host>) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        loop {
            let Some(host) = host.upgrade() else { return };
            if !host.sweep().await {
                break;
            }
        }
    }
}

/// With `--dev` only the local manifest counts: it is what the developer is looking at.
async fn put_live(config: &Config, host: &Host, secrets: &dyn Secrets) -> anyhow::Result<()> {
    if !config.dev && restored(config, host).await? {
        return Ok(());
    }
    if !config.manifest.exists() && waits_for_a_push(config) {
        tracing::warn!("there is nothing to serve yet; waiting for the first push");
        return Ok(());
    }
    host.publish(local(config, secrets)?);
    Ok(())
}

/// Without a manifest the operator's own trust roots say who may push the first bundle.
fn waits_for_a_push(config: &Config) -> bool {
    config.data.is_some() && !config.settings.resync.trust_roots.is_empty()
}

async fn restored(config: &Config, host: &Host) -> anyhow::Result<bool> {
    let deployed = deployed(config);
    let restored = host
        .restore(deployed.as_ref())
        .await
        .map_err(|fault| anyhow::anyhow!("reading kept bundles failed: {}", fault.detail))?;
    for skipped in &restored.skipped {
        tracing::warn!("{skipped}");
    }
    if let Some(sha256) = &restored.bundle_sha256 {
        tracing::info!("serving the kept bundle {sha256}");
    }
    Ok(restored.bundle_sha256.is_some())
}

/// The manifest beside the server, if it can be read at all: what the server was deployed with.
pub(crate) fn deployed(config: &Config) -> Option<Manifest> {
    let variable = |name: &str| std::env::var(name).ok();
    let options = Options { environment: config.env.as_deref(), variable: &variable, download: None };
    deployment::load_manifest(&config.manifest, &options)
}

/// The local deployment, printed findings and all.
///
/// # Errors
/// [`Refused`] with errors among the findings.
pub fn local(config: &Config, secrets: &dyn Secrets) -> anyhow::Result<Snapshot> {
    let (snapshot, mut findings) = read(config, secrets);
    if !findings.is_empty() {
        print(config, &mut findings)?;
    }
    match snapshot {
        Some(snapshot) if !has_errors(&findings) => Ok(snapshot),
        _ => Err(Refused.into()),
    }
}

/// The local deployment and everything there is to say about it.
pub fn read(config: &Config, secrets: &dyn Secrets) -> (Option<Snapshot>, Vec<Finding>) {
    let variable = |name: &str| std::env::var(name).ok();
    let options = Options { environment: config.env.as_deref(), variable: &variable, download: None };
    let (deployment, mut findings) = deployment::load(&config.manifest, &options);
    let snapshot = deployment.and_then(|deployment| {
        let (snapshot, more) = apply(deployment);
        findings.extend(more);
        snapshot
    });
    if let Some(manifest) = snapshot.as_ref().and_then(|snapshot| snapshot.manifest.as_ref()) {
        let bound = |name: &str| secrets.get(name).is_some_and(|value| !value.is_empty());
        findings.extend(readiness::unmet(manifest, &bound));
    }
    (snapshot, findings)
}

/// Prints findings to standard error as `check` does.
///
/// # Errors
/// Standard error cannot be written to.
pub fn print(config: &Config, findings: &mut [Finding]) -> std::io::Result<()> {
    std::io::stderr().write_all(check::report(&config.manifest, findings).as_bytes())
}

/// Where this server's secrets are. `.dev.vars` counts with `--dev` only.
pub(crate) fn secrets(config: &Config) -> anyhow::Result<SecretSource> {
    let beside = config.manifest.with_file_name(".dev.vars");
    let dev_vars = config.dev.then_some(beside.as_path());
    SecretSource::new(|name| std::env::var(name).ok(), config.secrets_dir.clone(), dev_vars)
}

fn sandbox(config: &Config) -> anyhow::Result<WasmSandbox> {
    let (file, wasm) = components::SANDBOX.read(config.sandbox.as_deref())?;
    let memory = usize::try_from(config.settings.script.engine.memory_bytes)?;
    let defaults = EngineSettings::default();
    let max_memory_bytes = defaults.max_memory_bytes.max(memory.saturating_mul(2));
    let engine = WasmEngine::new(EngineSettings { max_memory_bytes, ..defaults })?;
    WasmSandbox::new(Arc::new(engine), &wasm, config.cache.as_deref())
        .with_context(|| format!("loading the sandbox {}", file.display()))
}
