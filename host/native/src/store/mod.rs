//! Durable storage in one SQLite file. Whatever is acknowledged survives a killed process and a power cut.
//!
//! Never deletes or recreates a file it does not understand, and never shares a folder with another process.

mod audit;
mod blobs;
mod bounds;
mod bundles;
mod events;
mod queue;
mod reader;
mod reads;
mod schema;
mod sessions;
mod signing;
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

use crate::keys::PrivateKey;

use audit::Chain;
use queue::Queue;
use writer::Desk;

pub use reader::{AuditReader, Item, Start};
pub use signing::PUBLIC as AUDIT_PUBLIC_KEY;

/// The file's name inside the data folder.
const FILE: &str = "frontmcp.sqlite3";
/// Records of the audit log that are kept at least, unless told otherwise.
pub const AUDIT_KEPT: u64 = 1_000_000;
/// The file whose lock keeps other processes out.
const LOCK: &str = "lock";

/// An open data folder. Clones share it; the last one to go closes it.
#[derive(Clone)]
pub struct Store(Arc<Open>);

/// Dropped from the first to the last, so that the one who writes closes the file and the lock goes after it.
struct Open {
    /// What only lies in memory has one connection.
    reads: Option<Queue<Connection>>,
    writer: Queue<Desk>,
    history: usize,
    _lock: Option<File>,
}

impl Store {
    /// Opens the data folder, creating it if need be, and keeps `history` good bundles from now on (at least one).
    ///
    /// # Errors
    /// Another process has it, it cannot be written to, or its file is damaged, foreign or from a newer version.
    pub fn open(folder: &Path, history: usize) -> anyhow::Result<Self> {
        Self::open_keeping(folder, history, AUDIT_KEPT)
    }

    /// The same, that removes records of the audit log once there are more than so many, some at a time.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_keeping(folder: &Path, history: usize, audit_kept: u64) -> anyhow::Result<Self> {
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
        let connection = schema::open(&file)?;
        let key = signing::key(folder)?;
        warn_of_other_key(&connection, &key)?;
        let writer = write(connection, Chain::new(key, audit_kept))?;
        let reads = Some(reads::start(&file)?);
        Ok(Self(Arc::new(Open { reads, writer, history: history.max(1), _lock: Some(lock) })))
    }

    /// Storage that ends with the process.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub fn in_memory() -> anyhow::Result<Self> {
        let chain = Chain::new(signing::passing_key(), 1);
        let writer = write(schema::in_memory()?, chain)?;
        Ok(Self(Arc::new(Open { reads: None, writer, history: 1, _lock: None })))
    }

    /// Runs `job` in a transaction that other jobs may share, and answers once it is durable. A job that fails leaves no
    /// trace and does not disturb the others.
    fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Desk) -> rusqlite::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Fault>> {
        self.0.writer.run(job)
    }

    /// The same for a job that must not be lost, even if nobody waits for its answer: it is handed over at once.
    fn post<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Desk) -> rusqlite::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Fault>> {
        self.0.writer.post(job)
    }

    /// Runs a job that only reads, beside those that write. It sees everything that was acknowledged before it was asked
    /// for.
    fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Fault>> {
        match &self.0.reads {
            Some(reads) => reads.run(job),
            None => self.0.writer.run(move |desk| job(desk)),
        }
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

fn write(connection: Connection, chain: Chain) -> anyhow::Result<Queue<Desk>> {
    writer::start(Desk { connection, chain }).context("starting the storage thread")
}

/// Runs one of the few statements around jobs; parsed once.
fn statement(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

/// A new key does not make old checkpoints wrong, but auditors need both.
fn warn_of_other_key(connection: &Connection, key: &PrivateKey) -> anyhow::Result<()> {
    let checkpoints = audit::checkpoints(connection).context("reading the audit log's checkpoints")?;
    if let Some(newest) = checkpoints.last().filter(|newest| newest.key_id != key.public().thumbprint()) {
        tracing::warn!(
            "the audit log was signed with the key {} so far, and is with {} from now on; verify with both",
            newest.key_id,
            key.public().thumbprint()
        );
    }
    Ok(())
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
