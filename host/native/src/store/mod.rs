//! Durable storage in one SQLite file. Whatever is acknowledged survives a killed process and a power cut.
//!
//! Never deletes or recreates a file it does not understand, and never shares a folder with another process.

mod audit;
mod blobs;
mod bundles;
mod events;
mod schema;
mod sessions;
mod writer;

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use frontmcp_core::Fault;
use frontmcp_core::ports::BoxFuture;
use rusqlite::Connection;

use writer::Writer;

/// The file's name inside the data folder.
const FILE: &str = "frontmcp.sqlite3";
/// The file whose lock keeps other processes out.
const LOCK: &str = "lock";

/// An open data folder. Clones share it; the last one to go closes it.
#[derive(Clone)]
pub struct Store(Arc<Open>);

struct Open {
    writer: Writer,
    history: usize,
    /// Unlocked when dropped, which is after the writer.
    _lock: Option<File>,
}

impl Store {
    /// Opens the data folder, creating it if need be, and keeps `history` good bundles from now on (at least one).
    ///
    /// # Errors
    /// Another process has it, it cannot be written to, or its file is damaged, foreign or from a newer version.
    pub fn open(folder: &Path, history: usize) -> anyhow::Result<Self> {
        let place = folder.display();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("creating the data folder {place}"))?;
        let lock = lock(folder)?;
        let file = folder.join(FILE);
        // Its mode is what SQLite gives the files beside it, so a file that was put there gets ours too.
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&file)
            .and_then(|file| file.set_permissions(Permissions::from_mode(0o600)))
            .with_context(|| format!("{} cannot be written to; check its owner and mode", file.display()))?;
        Self::over(schema::open(&file)?, history, Some(lock))
    }

    /// Storage that ends with the process.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub fn in_memory() -> anyhow::Result<Self> {
        Self::over(schema::in_memory()?, 1, None)
    }

    fn over(connection: Connection, history: usize, lock: Option<File>) -> anyhow::Result<Self> {
        let writer = Writer::start(connection).context("starting the storage thread")?;
        Ok(Self(Arc::new(Open { writer, history: history.max(1), _lock: lock })))
    }

    /// Runs `job` in a transaction that other jobs may share, and answers once it is durable. A job that fails leaves no
    /// trace and does not disturb the others.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Fault>> {
        self.0.writer.run(job)
    }

    fn history(&self) -> usize {
        self.0.history
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").field("history", &self.0.history).finish_non_exhaustive()
    }
}

fn lock(folder: &Path) -> anyhow::Result<File> {
    let place = folder.display();
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(folder.join(LOCK))
        .with_context(|| format!("the data folder {place} cannot be written to"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another frontmcp-host uses the data folder {place}; stop it, or give --data another folder"
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("locking the data folder {place}"))
        }
    }
}

/// Numbers are stored as SQLite has them, signed; ours all fit.
fn signed(number: u64) -> rusqlite::Result<i64> {
    i64::try_from(number).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn unsigned(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, number))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
