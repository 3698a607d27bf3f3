//! The SQLite file: how it is opened, whose it is, and which version its tables have. Never repairs one.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

/// `fmcp`, where SQLite files say which program they belong to.
pub(super) const APPLICATION_ID: i32 = 0x666d_6370;
/// In order; the number of those applied is the file's `user_version`.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/001-bundles.sql"),
    include_str!("migrations/002-audit.sql"),
    include_str!("migrations/003-sessions.sql"),
    include_str!("migrations/004-shares.sql"),
];

/// Statements that stay parsed.
pub(super) const STATEMENTS: usize = 128;

/// Opens the file, and brings its tables up to date. A file that is refused stays as it is, to the byte.
pub(super) fn open(file: &Path) -> anyhow::Result<Connection> {
    let place = file.display();
    let (found, mut connection) = look(file).map_err(|error| explained(file, error))?;
    if found.owner != i64::from(APPLICATION_ID) && !found.is_new() {
        bail!("{place} is not a file of frontmcp-host; move it away, or give --data another folder");
    }
    let known = MIGRATIONS.len();
    let version = usize::try_from(found.version).unwrap_or(usize::MAX);
    if version > known {
        bail!(
            "{place} was made by a newer version (tables of version {}, this one knows {known}); upgrade, or restore a backup",
            found.version
        );
    }
    configure(&connection).map_err(|error| explained(file, error))?;
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(version) {
        migrate(&mut connection, index + 1, migration)
            .map_err(|error| explained(file, error))
            .with_context(|| format!("upgrading {place} to version {}", index + 1))?;
    }
    Ok(connection)
}

/// The same tables in no file.
pub(super) fn in_memory() -> anyhow::Result<Connection> {
    let mut connection = Connection::open_in_memory()?;
    configure(&connection)?;
    for (index, migration) in MIGRATIONS.iter().enumerate() {
        migrate(&mut connection, index + 1, migration)?;
    }
    Ok(connection)
}

/// What a file says about itself.
struct Found {
    owner: i64,
    version: i64,
    /// Tables, indices and the like.
    objects: i64,
}

impl Found {
    /// Most programs do not sign their files, so that only one without tables is nobody's.
    fn is_new(&self) -> bool {
        self.owner == 0 && self.version == 0 && self.objects == 0
    }
}

/// Connects and reads, in a way that writes nothing to the file even if it is closed again.
fn look(file: &Path) -> rusqlite::Result<(Found, Connection)> {
    let connection = Connection::open(file)?;
    // The last one to close a file otherwise moves its log into it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let found = Found {
        owner: number("PRAGMA application_id")?,
        version: number("PRAGMA user_version")?,
        objects: number("SELECT count(*) FROM sqlite_schema")?,
    };
    Ok((found, connection))
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    // All that the store says, so that nothing is parsed twice.
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // What is forgotten leaves the file too. A file that was made without this is written anew, once.
    const INCREMENTAL: i64 = 2;
    let vacuum: i64 = connection.query_row("PRAGMA auto_vacuum", [], |row| row.get(0))?;
    if vacuum != INCREMENTAL {
        connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; VACUUM;")?;
    }
    // Answers are durable: a commit returns when the log is on the disk.
    connection.execute_batch(
        "PRAGMA busy_timeout = 5000;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA journal_size_limit = 16777216;",
    )
}

fn migrate(connection: &mut Connection, version: usize, migration: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(migration)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", u32::try_from(version).unwrap_or(u32::MAX))?;
    transaction.commit()
}

/// A full disk shows first where SQLite makes room for the index of its log.
fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

/// What an operator can do about it.
fn explained(file: &Path, error: rusqlite::Error) -> anyhow::Error {
    let place = file.display();
    let advice = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            format!("{place} is damaged or no database; move it away, or restore a backup")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            format!("{place} cannot be written to; check its owner and mode")
        }
        Some(ErrorCode::DiskFull) => format!("the disk of {place} is full"),
        _ if is_full(&error) => format!("the disk of {place} is full"),
        _ => format!("{place} cannot be opened"),
    };
    anyhow!(error).context(advice)
}
