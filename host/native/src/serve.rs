//! `frontmcp-host serve`: reads a deployment, builds the host from its ports, serves until told to stop.

use std::io::Write;

use anyhow::{Context, bail};
use tokio::io::BufReader;
use tokio::net::TcpListener;

use crate::boot::{self, Booted};
use crate::config::Config;
use crate::server::{self, Running};
use crate::{admin, stdio, watch};

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
    let Booted { host, figures } = boot::boot(config).await?;
    let listener =
        TcpListener::bind(config.listen).await.with_context(|| format!("listening on {}", config.listen))?;
    if let Some(address) = config.admin_listen {
        admin::start(address, figures).await?;
    }
    if config.dev {
        watch::start(config.clone(), host.clone())?;
    }
    Ok(server::start(listener, host, config.limits)?)
}

async fn converse(config: &Config) -> anyhow::Result<()> {
    let Booted { host, .. } = boot::boot(config).await?;
    if config.dev {
        watch::start(config.clone(), host.clone())?;
    }
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
