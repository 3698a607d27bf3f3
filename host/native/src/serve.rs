//! `frontmcp-host serve`: reads a deployment, builds the host from its ports, serves until told to stop.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use frontmcp_core::Host;
use frontmcp_core::findings::has_errors;
use frontmcp_core::manifest::Manifest;
use frontmcp_core::manifest::schema::Auth;
use frontmcp_core::ports::{Ports, Secrets};
use frontmcp_core::registry::apply::apply;
use tokio::io::BufReader;
use tokio::net::TcpListener;

use crate::commands::check;
use crate::config::Config;
use crate::deployment::{self, Options};
use crate::ports::clock::SystemClock;
use crate::ports::entropy::SystemEntropy;
use crate::ports::fetch::HttpFetch;
use crate::ports::log::TracingLog;
use crate::ports::secrets::SecretMap;
use crate::server::{self, Running};
use crate::wasm::{EngineSettings, WasmEngine, WasmSandbox};
use crate::{render, stdio};

/// The deployment has errors, which were printed.
#[derive(Debug)]
pub struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the deployment has errors")
    }
}

impl std::error::Error for Refused {}

/// Serves until a signal asks to stop, or standard input ends.
///
/// # Errors
/// The deployment is refused, the address is taken, or something the server needs is missing.
pub fn run(over_stdio: bool, config: Config) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        if over_stdio {
            return converse(&config).await;
        }
        let running = start(&config).await?;
        announce(&config, &running)?;
        stop_signal().await?;
        running.drain().await;
        Ok(())
    })
}

/// Starts a server and returns it listening.
///
/// # Errors
/// As [`run`].
pub async fn start(config: &Config) -> anyhow::Result<Running> {
    if config.dev && !config.listen.ip().is_loopback() {
        bail!("--dev only listens on loopback, not on {}", config.listen);
    }
    let host = host(config)?;
    let listener =
        TcpListener::bind(config.listen).await.with_context(|| format!("listening on {}", config.listen))?;
    Ok(server::start(listener, host, config.limits)?)
}

/// A host with its deployment published.
fn host(config: &Config) -> anyhow::Result<Arc<Host>> {
    let variable = |name: &str| std::env::var(name).ok();
    let options = Options { environment: config.env.as_deref(), variable: &variable, download: None };
    let (deployment, mut findings) = deployment::load(&config.manifest, &options);
    let manifest = deployment.as_ref().map(|deployment| deployment.manifest.clone());
    let snapshot = deployment.and_then(|deployment| {
        let (snapshot, more) = apply(deployment);
        findings.extend(more);
        snapshot
    });
    if !findings.is_empty() {
        render::sort(&mut findings);
        let text = render::text(&findings, &check::sources(&config.manifest, &findings));
        std::io::stderr().write_all(text.as_bytes())?;
    }
    let (Some(manifest), Some(snapshot), false) = (manifest, snapshot, has_errors(&findings)) else {
        return Err(Refused.into());
    };
    supported(&manifest)?;
    let secrets = secrets(config, &manifest)?;
    let host = Host::new(ports(config, secrets)?, config.settings.clone());
    host.publish(snapshot);
    Ok(Arc::new(host))
}

/// Refuses what this version would have to ignore.
fn supported(manifest: &Manifest) -> anyhow::Result<()> {
    match manifest.auth {
        Auth::None {} => Ok(()),
        _ => bail!(
            "the manifest asks for authentication that this version does not have; serve an environment with \
             `auth: {{ provider: none }}`, behind something that authenticates"
        ),
    }
}

/// The declared secrets. Refuses when a required one is not bound, naming all that are missing.
fn secrets(config: &Config, manifest: &Manifest) -> anyhow::Result<SecretMap> {
    let names: Vec<String> = manifest.secrets.iter().map(|secret| secret.name.clone()).collect();
    let beside = config.manifest.with_file_name(".dev.vars");
    let dev_vars = config.dev.then_some(beside.as_path());
    let environment = |name: &str| std::env::var(name).ok();
    let secrets = SecretMap::read(&names, environment, config.secrets_dir.as_deref(), dev_vars)?;
    let missing: Vec<&str> = manifest
        .secrets
        .iter()
        .filter(|secret| secret.required && secrets.get(&secret.name).is_none())
        .map(|secret| secret.name.as_str())
        .collect();
    if !missing.is_empty() {
        bail!(
            "required secrets are not bound: {}; set them in the environment, as files in --secrets-dir, or in \
             .dev.vars with --dev",
            missing.join(", ")
        );
    }
    Ok(secrets)
}

fn ports(config: &Config, secrets: SecretMap) -> anyhow::Result<Ports> {
    Ok(Ports {
        clock: Arc::new(SystemClock::default()),
        entropy: Arc::new(SystemEntropy),
        fetch: Arc::new(HttpFetch::new()?),
        sandbox: Arc::new(sandbox(config)?),
        secrets: Arc::new(secrets),
        log: Arc::new(TracingLog),
        storage: None,
    })
}

fn sandbox(config: &Config) -> anyhow::Result<WasmSandbox> {
    let file = match &config.sandbox {
        Some(file) => file.clone(),
        None => beside_the_program()?,
    };
    let wasm = std::fs::read(&file).with_context(|| format!("reading the sandbox {}", file.display()))?;
    let memory = usize::try_from(config.settings.script.engine.memory_bytes)?;
    let defaults = EngineSettings::default();
    let max_memory_bytes = defaults.max_memory_bytes.max(memory.saturating_mul(2));
    let engine = WasmEngine::new(EngineSettings { max_memory_bytes, ..defaults })?;
    WasmSandbox::new(Arc::new(engine), &wasm, config.cache.as_deref())
        .with_context(|| format!("loading the sandbox {}", file.display()))
}

/// Where packages and builds put the sandbox component, seen from the program.
fn beside_the_program() -> anyhow::Result<PathBuf> {
    const PLACES: [&str; 3] =
        ["agentscript.wasm", "../guests/agentscript.wasm", "../share/frontmcp-host/agentscript.wasm"];
    let program = std::env::current_exe()?;
    let folder = program.parent().unwrap_or(Path::new("/"));
    PLACES.iter().map(|place| folder.join(place)).find(|file| file.is_file()).with_context(|| {
        let places = PLACES.map(|place| folder.join(place).display().to_string()).join(", ");
        format!(
            "the sandbox component is at none of {places}; build it with `cargo xtask guests` or give --sandbox FILE"
        )
    })
}

async fn converse(config: &Config) -> anyhow::Result<()> {
    let host = host(config)?;
    Ok(stdio::converse(host, BufReader::new(tokio::io::stdin()), tokio::io::stdout()).await?)
}

/// The ready line, for people and for scripts that wait for it.
fn announce(config: &Config, running: &Running) -> std::io::Result<()> {
    if config.dev {
        tracing::warn!(
            "--dev: secrets come from .dev.vars and upstreams may be on loopback; not for production"
        );
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on http://{}{}", running.addr(), config.settings.mcp_path)?;
    out.flush()
}

/// Resolves when the process is asked to end.
async fn stop_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}
