//! What `serve` needs to know, as values. Never reads a flag or a variable itself.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use frontmcp_core::Settings;

use crate::server::Limits;
use crate::store::AUDIT_KEPT;

/// Everything about one server.
#[derive(Debug, Clone)]
pub struct Config {
    /// The deployment's manifest.
    pub manifest: PathBuf,
    /// The environment whose overlay applies.
    pub env: Option<String>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whether `.dev.vars` is read; loopback only.
    pub dev: bool,
    /// Where accepted bundles are kept; without it none is accepted.
    pub data: Option<PathBuf>,
    /// Good bundles that are kept.
    pub history: usize,
    /// Records of the audit log that are kept, at least.
    pub audit_records: u64,
    /// Where figures are served; nowhere if absent.
    pub admin_listen: Option<SocketAddr>,
    /// A folder with one file per secret.
    pub secrets_dir: Option<PathBuf>,
    /// The script sandbox component; searched for if absent.
    pub sandbox: Option<PathBuf>,
    /// Where compiled components are kept; nowhere if absent.
    pub cache: Option<PathBuf>,
    /// What connections may take.
    pub limits: Limits,
    /// What the core is told.
    pub settings: Settings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            manifest: PathBuf::from("frontmcp.deploy.yaml"),
            env: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 3000)),
            dev: false,
            data: None,
            history: 5,
            audit_records: AUDIT_KEPT,
            admin_listen: None,
            secrets_dir: None,
            sandbox: None,
            cache: None,
            limits: Limits::default(),
            settings: Settings::default(),
        }
    }
}
