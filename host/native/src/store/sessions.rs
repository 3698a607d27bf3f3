//! `ports::Sessions` over SQLite. Ending a session takes everything that belongs to it along.

use frontmcp_core::Fault;
use frontmcp_core::ports::sessions::{Created, Session, SessionLimits};
use frontmcp_core::ports::{BoxFuture, Sessions};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Store, signed, unsigned};

impl Sessions for Store {
    fn create(
        &self,
        id: &str,
        session: Session,
        limits: SessionLimits,
    ) -> BoxFuture<'_, Result<Created, Fault>> {
        let id = id.to_owned();
        self.run(move |connection| {
            if total(connection)? >= limits.total {
                return Ok(Created::TooMany);
            }
            if of_principal(connection, &session.principal)? >= limits.per_principal {
                return Ok(Created::TooManyOfPrincipal);
            }
            connection
                .prepare_cached(
                    "INSERT INTO sessions (id, principal, version, level, seen_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    id,
                    session.principal,
                    session.version,
                    session.level,
                    signed(session.seen_ms)?
                ])?;
            Ok(Created::Kept)
        })
    }

    fn get(&self, id: &str) -> BoxFuture<'_, Result<Option<Session>, Fault>> {
        let id = id.to_owned();
        self.read(move |connection| {
            connection
                .prepare_cached("SELECT principal, version, level, seen_ms FROM sessions WHERE id = ?1")?
                .query_row([id], |row| {
                    Ok(Session {
                        principal: row.get("principal")?,
                        version: row.get("version")?,
                        level: row.get("level")?,
                        seen_ms: unsigned(row, "seen_ms")?,
                    })
                })
                .optional()
        })
    }

    fn touch(&self, id: &str, seen_ms: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        let id = id.to_owned();
        self.run(move |connection| {
            connection
                .prepare_cached("UPDATE sessions SET seen_ms = max(seen_ms, ?2) WHERE id = ?1")?
                .execute(params![id, signed(seen_ms)?])
                .map(|there| there == 1)
        })
    }

    fn agree(&self, id: &str, version: &str) -> BoxFuture<'_, Result<(), Fault>> {
        set(self, "UPDATE sessions SET version = ?2 WHERE id = ?1", id, version)
    }

    fn set_level(&self, id: &str, level: &str) -> BoxFuture<'_, Result<(), Fault>> {
        set(self, "UPDATE sessions SET level = ?2 WHERE id = ?1", id, level)
    }

    fn subscribe(&self, id: &str, uri: &str, max: usize) -> BoxFuture<'_, Result<bool, Fault>> {
        let (id, uri) = (id.to_owned(), uri.to_owned());
        self.run(move |connection| {
            let others: i64 = connection
                .prepare_cached("SELECT count(*) FROM subscriptions WHERE session = ?1 AND uri <> ?2")?
                .query_row([&id, &uri], |row| row.get(0))?;
            if usize::try_from(others).is_ok_and(|others| others >= max) {
                return Ok(false);
            }
            connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO subscriptions (session, uri, since)
                     SELECT id, ?2, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)
                     FROM sessions WHERE id = ?1",
                )?
                .execute([id, uri])?;
            Ok(true)
        })
    }

    fn unsubscribe(&self, id: &str, uri: &str) -> BoxFuture<'_, Result<(), Fault>> {
        set(self, "DELETE FROM subscriptions WHERE session = ?1 AND uri = ?2", id, uri)
    }

    fn subscriptions(&self, id: &str) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        let id = id.to_owned();
        self.read(move |connection| {
            connection
                .prepare_cached("SELECT uri FROM subscriptions WHERE session = ?1 ORDER BY uri")?
                .query_map([id], |row| row.get(0))?
                .collect()
        })
    }

    fn end(&self, id: &str) -> BoxFuture<'_, Result<bool, Fault>> {
        let id = id.to_owned();
        self.run(move |connection| {
            connection
                .prepare_cached("DELETE FROM sessions WHERE id = ?1")?
                .execute([id])
                .map(|ended| ended == 1)
        })
    }

    fn expire(&self, before_ms: u64, max: usize) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        self.run(move |connection| {
            let ids: Vec<String> = connection
                .prepare_cached("SELECT id FROM sessions WHERE seen_ms < ?1 ORDER BY seen_ms LIMIT ?2")?
                .query_map(params![signed(before_ms)?, signed(max as u64)?], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let mut end = connection.prepare_cached("DELETE FROM sessions WHERE id = ?1")?;
            for id in &ids {
                end.execute([id])?;
            }
            Ok(ids)
        })
    }

    fn count(&self) -> BoxFuture<'_, Result<u64, Fault>> {
        self.read(total)
    }
}

fn set(
    store: &Store,
    statement: &'static str,
    id: &str,
    value: &str,
) -> BoxFuture<'static, Result<(), Fault>> {
    let (id, value) = (id.to_owned(), value.to_owned());
    store.run(move |connection| connection.prepare_cached(statement)?.execute([id, value]).map(|_| ()))
}

fn total(connection: &Connection) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached("SELECT sessions FROM session_total")?;
    statement.query_row([], |row| unsigned(row, "sessions"))
}

fn of_principal(connection: &Connection, principal: &str) -> rusqlite::Result<u64> {
    let mut statement =
        connection.prepare_cached("SELECT sessions FROM session_counts WHERE principal = ?1")?;
    let count = statement.query_row([principal], |row| unsigned(row, "sessions")).optional()?;
    Ok(count.unwrap_or_default())
}
