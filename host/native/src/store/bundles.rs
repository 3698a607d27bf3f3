//! `ports::Bundles` over SQLite: bundles, nonces and the high-water mark, in one transaction where they must agree.

use bytes::Bytes;
use frontmcp_core::Fault;
use frontmcp_core::ports::audit::Entry;
use frontmcp_core::ports::bundles::{Candidate, GoodBundle, Nonce, Packed, Standing};
use frontmcp_core::ports::{BoxFuture, Bundles};
use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::{Store, audit, signed, unsigned};

/// Expired nonces that one push forgets.
const FORGOTTEN_AT_ONCE: u32 = 1000;

impl Bundles for Store {
    fn standing(&self, nonce: &str) -> BoxFuture<'_, Result<Standing, Fault>> {
        let nonce = nonce.to_owned();
        self.run(move |connection| {
            let high_water =
                connection.query_row("SELECT seq FROM high_water", [], |row| unsigned(row, "seq"))?;
            Ok(Standing { high_water, seen: seen(connection, &nonce)? })
        })
    }

    fn spend(&self, nonce: Nonce, seq: Option<u64>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        self.run(move |connection| {
            remember(connection, &nonce)?;
            seq.map_or(Ok(()), |seq| raise(connection, seq))?;
            forget(connection, now_ms)
        })
    }

    fn stage(&self, nonce: Nonce, candidate: Candidate) -> BoxFuture<'_, Result<u64, Fault>> {
        self.run(move |connection| {
            remember(connection, &nonce)?;
            let id = insert(connection, &candidate)?;
            let mut name = connection
                .prepare_cached("INSERT OR IGNORE INTO bundle_blobs (bundle, sha256) VALUES (?1, ?2)")?;
            for sha256 in &candidate.blobs {
                name.execute(params![signed(id)?, sha256])?;
            }
            Ok(id)
        })
    }

    fn promote(&self, id: u64, entry: Entry) -> BoxFuture<'_, Result<(), Fault>> {
        let history = self.history();
        self.run(move |connection| {
            let (seq, received_ms) = connection.query_row(
                "UPDATE bundles SET good = 1, promoted = (SELECT coalesce(max(promoted), 0) + 1 FROM bundles)
                 WHERE id = ?1 RETURNING seq, received_ms",
                [signed(id)?],
                |row| Ok((unsigned(row, "seq")?, unsigned(row, "received_ms")?)),
            )?;
            raise(connection, seq)?;
            prune(connection, history, received_ms)?;
            audit::append(connection, &[entry]).map(drop)
        })
    }

    fn history(&self) -> BoxFuture<'_, Result<Vec<GoodBundle>, Fault>> {
        self.run(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, sha256, seq, kid, received_ms FROM bundles WHERE good = 1 ORDER BY promoted DESC",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(GoodBundle {
                    id: unsigned(row, "id")?,
                    bundle_sha256: row.get("sha256")?,
                    seq: unsigned(row, "seq")?,
                    kid: row.get("kid")?,
                    received_ms: unsigned(row, "received_ms")?,
                })
            })?;
            rows.collect()
        })
    }

    fn envelope(&self, id: u64) -> BoxFuture<'_, Result<Option<Packed>, Fault>> {
        self.run(move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT encoding, bytes FROM envelopes JOIN bundles ON bundle = id WHERE id = ?1 AND good = 1")?;
            let packed = |row: &rusqlite::Row<'_>| {
                Ok(Packed {
                    encoding: row.get("encoding")?,
                    bytes: Bytes::from(row.get::<_, Vec<u8>>("bytes")?),
                })
            };
            statement.query_row([signed(id)?], packed).optional()
        })
    }
}

fn seen(connection: &Connection, id: &str) -> rusqlite::Result<Option<Nonce>> {
    let mut statement =
        connection.prepare_cached("SELECT id, envelope, expires_ms, reserved FROM nonces WHERE id = ?1")?;
    let nonce = |row: &rusqlite::Row<'_>| {
        Ok(Nonce {
            id: row.get("id")?,
            envelope: row.get("envelope")?,
            expires_ms: unsigned(row, "expires_ms")?,
            reserved: row.get("reserved")?,
        })
    };
    statement.query_row([id], nonce).optional()
}

/// A nonce is new, or reserved for the same envelope; anything else fails on the constraint.
fn remember(connection: &Connection, nonce: &Nonce) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM nonces WHERE id = ?1 AND envelope = ?2 AND reserved = 1")?
        .execute(params![nonce.id, nonce.envelope])?;
    connection
        .prepare_cached("INSERT INTO nonces (id, envelope, expires_ms, reserved) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![nonce.id, nonce.envelope, signed(nonce.expires_ms)?, nonce.reserved])?;
    Ok(())
}

fn raise(connection: &Connection, seq: u64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE high_water SET seq = max(seq, ?1)")?.execute([signed(seq)?]).map(|_| ())
}

fn insert(connection: &Connection, candidate: &Candidate) -> rusqlite::Result<u64> {
    let id = connection
        .prepare_cached(
            "INSERT INTO bundles (sha256, seq, kid, received_ms)
             VALUES (:sha256, :seq, :kid, :received_ms) RETURNING id",
        )?
        .query_row(
            named_params! {
                ":sha256": candidate.bundle_sha256,
                ":seq": signed(candidate.seq)?,
                ":kid": candidate.kid,
                ":received_ms": signed(candidate.received_ms)?,
            },
            |row| unsigned(row, "id"),
        )?;
    let Packed { encoding, bytes } = &candidate.envelope;
    connection
        .prepare_cached("INSERT INTO envelopes (bundle, encoding, bytes) VALUES (?1, ?2, ?3)")?
        .execute(params![signed(id)?, encoding, &bytes[..]])?;
    Ok(id)
}

/// Keeps the newest good bundles, and what they need.
fn prune(connection: &Connection, history: usize, now_ms: u64) -> rusqlite::Result<()> {
    let history = i64::try_from(history).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "DELETE FROM bundles WHERE good = 0
             OR id NOT IN (SELECT id FROM bundles WHERE good = 1 ORDER BY promoted DESC LIMIT ?1)",
        )?
        .execute([history])?;
    forget(connection, now_ms)
}

/// Forgets what has expired, some of it at a time.
fn forget(connection: &Connection, now_ms: u64) -> rusqlite::Result<()> {
    let now_ms = signed(now_ms)?;
    connection
        .prepare_cached(
            "DELETE FROM nonces WHERE id IN (SELECT id FROM nonces WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT ?2)",
        )?
        .execute(params![now_ms, FORGOTTEN_AT_ONCE])?;
    connection
        .prepare_cached(
            "DELETE FROM blobs WHERE expires_ms < ?1 AND sha256 NOT IN (SELECT sha256 FROM bundle_blobs)",
        )?
        .execute([now_ms])?;
    Ok(())
}
