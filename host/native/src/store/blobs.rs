//! `ports::Blobs` over SQLite. Takes only what is expected.

use bytes::Bytes;
use frontmcp_core::Fault;
use frontmcp_core::ports::{Blobs, BoxFuture};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Store, signed};

impl Blobs for Store {
    fn missing(&self, sha256s: Vec<String>) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        self.run(move |connection| {
            let mut missing = Vec::new();
            for sha256 in sha256s {
                if !is_here(connection, &sha256)? {
                    missing.push(sha256);
                }
            }
            Ok(missing)
        })
    }

    fn expect(&self, sha256s: Vec<String>, expires_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(
                "INSERT INTO blobs (sha256, expires_ms) VALUES (?1, ?2)
                 ON CONFLICT (sha256) DO UPDATE SET expires_ms = max(expires_ms, excluded.expires_ms)",
            )?;
            for sha256 in sha256s {
                statement.execute(params![sha256, signed(expires_ms)?])?;
            }
            Ok(())
        })
    }

    fn is_expected(&self, sha256: &str, now_ms: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        let sha256 = sha256.to_owned();
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT 1 FROM blobs WHERE sha256 = ?1 AND (bytes IS NOT NULL OR expires_ms >= ?2)",
            )?;
            statement.exists(params![sha256, signed(now_ms)?])
        })
    }

    fn put(&self, sha256: &str, bytes: Bytes) -> BoxFuture<'_, Result<(), Fault>> {
        let sha256 = sha256.to_owned();
        self.run(move |connection| {
            let taken = connection
                .prepare_cached("UPDATE blobs SET bytes = ?2 WHERE sha256 = ?1")?
                .execute(params![sha256, &bytes[..]])?;
            if taken == 1 { Ok(()) } else { Err(rusqlite::Error::StatementChangedRows(taken)) }
        })
    }

    fn get(&self, sha256: &str) -> BoxFuture<'_, Result<Option<Bytes>, Fault>> {
        let sha256 = sha256.to_owned();
        self.run(move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT bytes FROM blobs WHERE sha256 = ?1 AND bytes IS NOT NULL")?;
            let bytes: Option<Vec<u8>> = statement.query_row([sha256], |row| row.get(0)).optional()?;
            Ok(bytes.map(Bytes::from))
        })
    }
}

fn is_here(connection: &Connection, sha256: &str) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM blobs WHERE sha256 = ?1 AND bytes IS NOT NULL")?.exists([sha256])
}
