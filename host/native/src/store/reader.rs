//! The audit log as it lies in the data folder, for commands that look at it while a server may run. Never writes, and
//! never judges what it reads.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use frontmcp_core::ports::audit::Kept;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, params};

use super::{AUDIT_PUBLIC_KEY, FILE, schema, signed, unsigned};

/// Records that are read at once.
const BATCH: usize = 1_000;

/// A data folder's audit log at one moment.
pub struct AuditReader {
    folder: PathBuf,
    connection: Connection,
}

/// One thing in the log, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A record.
    Record(Kept),
    /// A checkpoint's JSON.
    Checkpoint(String),
}

/// Where a walk through the log begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Records up to this one are left out.
    pub behind: u64,
    /// Whether more is kept than that.
    pub is_suffix: bool,
}

impl AuditReader {
    /// Opens the log for reading.
    ///
    /// # Errors
    /// There is none, or it is of another version.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join(FILE);
        let place = file.display();
        if !file.is_file() {
            bail!("there is no audit log: {place} is missing");
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&file, flags).and_then(|connection| {
            let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
            let (owner, version) = (number("PRAGMA application_id")?, number("PRAGMA user_version")?);
            Ok((connection, owner, version))
        });
        let (connection, owner, version) = opened.with_context(|| format!("reading {place}"))?;
        if owner != i64::from(schema::APPLICATION_ID) {
            bail!("{place} is not a file of frontmcp-host");
        }
        if usize::try_from(version).ok() != Some(schema::MIGRATIONS.len()) {
            bail!(
                "{place} has tables of version {version}, this version reads {}; a server of this version upgrades older ones",
                schema::MIGRATIONS.len()
            );
        }
        let reader = Self { folder: folder.to_owned(), connection };
        reader.connection.execute_batch("BEGIN").with_context(|| format!("reading {place}"))?;
        Ok(reader)
    }

    /// Opens the log of a Worker: what `wrangler d1 export` wrote, or the database's own file.
    ///
    /// # Errors
    /// It is neither, or there is no log in it.
    pub fn of_d1(file: &Path) -> anyhow::Result<Self> {
        let place = file.display();
        let bytes = fs::read(file).with_context(|| format!("reading {place}"))?;
        let connection = if bytes.starts_with(b"SQLite format 3\0") {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            Connection::open_with_flags(file, flags).with_context(|| format!("reading {place}"))?
        } else {
            let sql = String::from_utf8(bytes).with_context(|| format!("{place} is no export of D1"))?;
            let connection = Connection::open_in_memory()?;
            // Statements that somebody else wrote stay in here.
            connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
            connection.execute_batch(&sql).with_context(|| format!("reading the export {place}"))?;
            connection
        };
        connection
            .execute_batch("BEGIN; SELECT 1 FROM audit, audit_checkpoints LIMIT 0")
            .with_context(|| format!("there is no audit log in {place}"))?;
        Ok(Self { folder: PathBuf::new(), connection })
    }

    /// Looks at the log as it is now.
    ///
    /// # Errors
    /// It cannot be read any more.
    pub fn refresh(&self) -> anyhow::Result<()> {
        Ok(self.connection.execute_batch("COMMIT; BEGIN")?)
    }

    /// The public key that lies beside it.
    ///
    /// # Errors
    /// There is none.
    pub fn public_key(&self) -> anyhow::Result<String> {
        let file = self.folder.join(AUDIT_PUBLIC_KEY);
        fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))
    }

    /// The last record's sequence; 0 without any.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn last(&self) -> anyhow::Result<u64> {
        self.number("SELECT coalesce(max(sequence), 0) AS number FROM audit", 0)
    }

    /// Where to begin so that record `from` is vouched for: behind the newest checkpoint before it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn start(&self, from: u64) -> anyhow::Result<Start> {
        let newest = "SELECT coalesce(max(sequence), 0) AS number FROM audit_checkpoints WHERE sequence < ?1";
        let first = "SELECT coalesce(min(sequence), ?1) AS number FROM audit";
        let (behind, first) = (self.number(newest, from)?, self.number(first, from)?);
        // All that is kept is no suffix, even if it does not begin with record 1.
        let is_suffix = behind >= first;
        Ok(Start { behind: if is_suffix { behind } else { 0 }, is_suffix })
    }

    /// Shows everything from `start` on, a checkpoint behind the record it is about.
    ///
    /// # Errors
    /// It cannot be read, or `see` says stop.
    pub fn walk(&self, start: Start, see: &mut dyn FnMut(Item) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let mut statement = self.connection.prepare(
            "SELECT sequence, checkpoint FROM audit_checkpoints WHERE sequence >= ?1 ORDER BY sequence",
        )?;
        let checkpoints = statement.query_map([signed(start.behind)?], |row| {
            Ok((unsigned(row, "sequence")?, row.get::<_, String>("checkpoint")?))
        })?;
        let mut checkpoints = checkpoints.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().peekable();
        let mut behind = start.behind;
        loop {
            let records = self.records(behind, BATCH)?;
            let Some((last, _)) = records.last() else { break };
            behind = *last;
            for (sequence, kept) in records {
                while let Some((_, checkpoint)) = checkpoints.next_if(|(next, _)| *next < sequence) {
                    see(Item::Checkpoint(checkpoint))?;
                }
                see(Item::Record(kept))?;
            }
        }
        checkpoints.try_for_each(|(_, checkpoint)| see(Item::Checkpoint(checkpoint)))
    }

    /// At most `limit` records behind the one with this sequence, each with the place it is kept at.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn records(&self, behind: u64, limit: usize) -> anyhow::Result<Vec<(u64, Kept)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT sequence, hash, record FROM audit WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
        )?;
        let rows = statement
            .query_map(params![signed(behind)?, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                Ok((unsigned(row, "sequence")?, Kept { hash: row.get("hash")?, text: row.get("record")? }))
            })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn number(&self, sql: &str, parameter: u64) -> anyhow::Result<u64> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let parameter = signed(parameter)?;
        let number = match statement.parameter_count() {
            0 => statement.query_row([], |row| unsigned(row, "number")),
            _ => statement.query_row([parameter], |row| unsigned(row, "number")),
        };
        Ok(number?)
    }
}
