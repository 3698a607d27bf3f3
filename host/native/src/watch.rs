//! `serve --dev`: reloads the deployment when its files change. A broken one is explained and not served: what was
//! served before is served on. Never listens to anybody but the filesystem.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use frontmcp_core::Host;
use frontmcp_core::findings::{Finding, has_errors};
use frontmcp_core::manifest::schema::{SpecEntry, Specs};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use url::Url;

use crate::boot;
use crate::config::Config;
use crate::render;

/// Editors write a file in several steps, and `git checkout` writes many: wait until it has been quiet for this long.
const QUIET: Duration = Duration::from_millis(80);
/// Watch for no longer than this before reloading, however busy the folder is.
const PATIENCE: Duration = Duration::from_secs(2);

/// Watches until the process ends.
///
/// # Errors
/// The system has no watches left, or the manifest's folder cannot be watched.
pub fn start(config: Config, host: Arc<Host>) -> anyhow::Result<()> {
    let (changed, mut changes) = mpsc::channel(1);
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
            // A full channel means that a reload is due anyway.
            let _ = changed.try_send(());
        }
    });
    let mut watched = Watched { watcher: watcher.context("watching files")?, folders: BTreeSet::new() };
    watched.follow(&config)?;
    tokio::spawn(async move {
        let mut last = Vec::new();
        while changes.recv().await.is_some() {
            settle(&mut changes).await;
            let (config_, host_) = (config.clone(), host.clone());
            let told = tokio::task::spawn_blocking(move || reload(&config_, &host_, last)).await;
            last = told.unwrap_or_default();
            if let Err(error) = watched.follow(&config) {
                tracing::warn!("{error:#}");
            }
        }
    });
    Ok(())
}

/// Waits until nothing has changed for a moment.
async fn settle(changes: &mut mpsc::Receiver<()>) {
    let quiet = async { while let Ok(Some(())) = tokio::time::timeout(QUIET, changes.recv()).await {} };
    // Out of patience is as good as quiet.
    let _ = tokio::time::timeout(PATIENCE, quiet).await;
}

/// Serves what the files say now; answers what was found, so that the same findings are not printed twice.
fn reload(config: &Config, host: &Host, last: Vec<Finding>) -> Vec<Finding> {
    let secrets = match boot::secrets(config) {
        Ok(secrets) => secrets,
        Err(error) => {
            tracing::warn!("{error:#}");
            return last;
        }
    };
    let (snapshot, mut findings) = boot::read(config, &secrets);
    // As they were printed the last time, so that they can be compared.
    render::sort(&mut findings);
    if !findings.is_empty()
        && findings != last
        && let Err(error) = boot::print(config, &mut findings)
    {
        tracing::warn!("printing findings failed: {error}");
    }
    match snapshot {
        Some(snapshot) if !has_errors(&findings) => {
            if let Some(changes) = host.reload(snapshot) {
                say(&changes.summary());
            }
        }
        _ => say("the deployment has errors; what was served before is served on"),
    }
    findings
}

/// One line for the developer who watches this terminal, whatever the log level is.
fn say(line: &str) {
    eprintln!("reload: {line}");
}

/// The folders that are watched.
struct Watched {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
}

impl Watched {
    /// Watches what the manifest names now, and no longer what it named before.
    fn follow(&mut self, config: &Config) -> anyhow::Result<()> {
        let wanted = folders(config);
        for folder in self.folders.difference(&wanted) {
            // It may be gone, which is why it is not wanted any more.
            let _ = self.watcher.unwatch(folder);
        }
        for folder in wanted.iter().filter(|folder| folder.is_dir()) {
            let mode = match folder == &manifest_folder(&config.manifest) {
                true => RecursiveMode::NonRecursive,
                false => RecursiveMode::Recursive,
            };
            if !self.folders.contains(folder) {
                self.watcher.watch(folder, mode).with_context(|| format!("watching {}", folder.display()))?;
            }
        }
        self.folders = wanted.into_iter().filter(|folder| folder.is_dir()).collect();
        Ok(())
    }
}

/// The manifest's folder itself, and everything below the folders of skills and descriptions. If the manifest cannot be
/// read, only its own folder: its next change tells more.
fn folders(config: &Config) -> BTreeSet<PathBuf> {
    let base = manifest_folder(&config.manifest);
    let mut folders = BTreeSet::from([base.clone()]);
    let Some(manifest) = boot::deployed(config) else { return folders };
    folders.insert(base.join(manifest.skills_source()));
    match &manifest.specs {
        Specs::Folder(folder) => _ = folders.insert(base.join(folder)),
        Specs::List(entries) => {
            let files = entries.iter().map(SpecEntry::source).map(|source| source.spec);
            let local = files.filter(|file| Url::parse(file).is_err());
            folders.extend(local.filter_map(|file| base.join(file).parent().map(Path::to_owned)));
        }
    }
    folders
}

fn manifest_folder(manifest: &Path) -> PathBuf {
    match manifest.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
