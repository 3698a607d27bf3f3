//! Where things are: the repository, its build folders, and the cache that outlives a clone.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub(crate) struct Layout {
    /// The repository.
    pub(crate) root: PathBuf,
    /// Cargo's target folder of the main workspace.
    pub(crate) target: PathBuf,
    /// Builds worth keeping beyond one clone. Never results of tests.
    pub(crate) cache: PathBuf,
    pub(crate) cargo_home: PathBuf,
}

impl Layout {
    pub(crate) fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").context("start this as `cargo xtask`")?;
        let root = Path::new(&manifest).parent().context("xtask lies in the repository")?.to_owned();
        let home = env::var_os("HOME").map(PathBuf::from).context("HOME is not set")?;
        let folder = |variable, otherwise: PathBuf| env::var_os(variable).map_or(otherwise, PathBuf::from);
        Ok(Self {
            target: root.join(folder("CARGO_TARGET_DIR", "target".into())),
            cache: folder("XDG_CACHE_HOME", home.join(".cache")).join("frontmcp-host"),
            cargo_home: folder("CARGO_HOME", home.join(".cargo")),
            root,
        })
    }

    /// Where the components go, whatever `CARGO_TARGET_DIR` says: tests look here.
    pub(crate) fn guests(&self) -> PathBuf {
        self.root.join("target/guests")
    }

    /// The component that scripts run in.
    pub(crate) fn sandbox(&self) -> PathBuf {
        self.guests().join("agentscript.wasm")
    }

    /// Where the test clients are installed.
    pub(crate) fn clients(&self) -> PathBuf {
        self.root.join("target/clients")
    }

    /// Where the Worker's parts go.
    pub(crate) fn worker(&self) -> PathBuf {
        self.root.join("target/worker")
    }

    /// A binary of the main workspace's development build.
    pub(crate) fn binary(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }
}
