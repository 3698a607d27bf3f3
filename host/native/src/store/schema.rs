//! The SQLite file: how it is opened, whose it is, and which version its tables have. Never repairs one.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

/// `fmcp`, where SQLite files say which program they belong to.
const APPLICATION_ID: i32 = 0x666d_6370;
/// In order; the number of those applied is the file's `user_version`.
const MIGRATIONS: &[&str] = &[include_str!("migrations/001-bundles.sql")];

/// Opens the file, and brings its tables up to date.
pub(super) fn open(file: &Path) -> anyhow::Result<Connection> {
    let place = file.display();
    let connect = || {
        let mut connection = Connection::open(file)?;
        // Answers are durable: a commit returns when the log is on the disk.
        connection.execute_batch(
            "PRAGMA busy_timeout = 5000;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;
             PRAGMA journal_size_limit = 16777216;",
        )?;
        Ok((whose(&connection)?, version(&mut connection)?, connection))
    };
    let (owner, version, mut connection) = connect().map_err(|error| explained(file, error))?;
    if owner != APPLICATION_ID && (owner != 0 || version != 0) {
        bail!("{place} is not a file of frontmcp-host; move it away, or give --data another folder");
    }
    let known = MIGRATIONS.len();
    if version > known {
        bail!(
            "{place} was made by a newer version (tables of version {version}, this one knows {known}); upgrade, or restore a backup"
        );
    }
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(version) {
        migrate(&mut connection, index + 1, migration)
            .map_err(|error| explained(file, error))
            .with_context(|| format!("upgrading {place} to version {}", index + 1))?;
    }
    Ok(connection)
}

fn whose(connection: &Connection) -> rusqlite::Result<i32> {
    connection.query_row("PRAGMA application_id", [], |row| row.get(0))
}

fn version(connection: &mut Connection) -> rusqlite::Result<usize> {
    connection
        .query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0))
        .map(|version| version as usize)
}

fn migrate(connection: &mut Connection, version: usize, migration: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(migration)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", u32::try_from(version).unwrap_or(u32::MAX))?;
    transaction.commit()
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
        _ => format!("{place} cannot be opened"),
    };
    anyhow!(error).context(advice)
}
