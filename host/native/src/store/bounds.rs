//! The bounds of the event log: what is old goes, a session makes room for itself, and the log as a whole takes from
//! those that hold the most. Never takes from one who holds little while another holds more.

use bytes::Bytes;
use frontmcp_core::ports::sessions::{SHARE_BYTES, SHARE_EVENTS, SHARE_GRACE_MS, SHARES_AT_MOST};
use rusqlite::{Connection, Row, params};

use super::{signed, unsigned};

/// Events that are kept.
const KEPT: u64 = 100_000;
/// Bytes of messages that are kept.
const KEPT_BYTES: u64 = 256 << 20;
/// Events, and finished streams, that one step forgets.
const AT_ONCE: u64 = 2_000;
/// Events that one step forgets when they are large.
const LARGE_AT_ONCE: u64 = 200;
/// Sessions that one step takes from.
const HOLDERS_AT_ONCE: i64 = 64;
/// Who holds less than this has little, in events and in bytes.
const LITTLE: Held = Held { events: 64, bytes: 64 << 10 };

#[derive(Debug, Clone, Copy)]
struct Held {
    events: u64,
    bytes: u64,
}

impl Held {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { events: unsigned(row, "events")?, bytes: unsigned(row, "bytes")? })
    }
}

/// Makes room in a session's share, once in each sixteenth of it that is said; what it said just now stays, and what is
/// young unless there are too many shares of it.
pub(super) fn keep_share(
    connection: &Connection,
    session: &str,
    said: &[Bytes],
    now_ms: u64,
) -> rusqlite::Result<()> {
    let bytes = said.iter().map(Bytes::len).sum::<usize>() as u64;
    let before_ms = now_ms.saturating_sub(SHARE_GRACE_MS);
    let limits = [SHARE_EVENTS, SHARE_BYTES, SHARES_AT_MOST, said.len() as u64, bytes, before_ms];
    let [events, most_bytes, shares, said, said_bytes, before_ms] = limits.map(signed);
    connection
        .prepare_cached(
            "DELETE FROM events WHERE position IN (SELECT position FROM (
               SELECT events.position, at_ms, count(*) OVER newer AS newer, sum(length(message)) OVER newer AS size,
                 shares.events > ?2 * ?4 OR shares.bytes > ?3 * ?4 AS are_too_many
               FROM shares CROSS JOIN events ON events.session = shares.session
               WHERE shares.session = ?1 AND (
                 shares.events > ?2 AND (shares.events - 1) / (?2 / 16) > (shares.events - 1 - ?5) / (?2 / 16)
                 OR shares.bytes > ?3 AND (shares.bytes - 1) / (?3 / 16) > (shares.bytes - 1 - ?6) / (?3 / 16))
               WINDOW newer AS (ORDER BY events.position DESC))
             WHERE newer > ?5 AND (
               at_ms < ?7 AND (newer > ?2 / 16 * 15 OR size > ?3 / 16 * 15)
               OR are_too_many AND (newer > ?2 * ?4 / 16 * 15 OR size > ?3 * ?4 / 16 * 15)))",
        )?
        .execute(params![session, events?, most_bytes?, shares?, said?, said_bytes?, before_ms?])
        .map(drop)
}

/// Forgets some of what is older than `before_ms`, and some more if the log is too large. Whether there may be more.
pub(super) fn forget(connection: &Connection, before_ms: u64) -> rusqlite::Result<bool> {
    let events = connection
        .prepare_cached(
            "DELETE FROM events WHERE position IN (SELECT position FROM events ORDER BY position LIMIT ?2)
             AND at_ms < ?1",
        )?
        .execute(params![signed(before_ms)?, signed(AT_ONCE)?])?;
    // Those that said nothing; the others went with their events.
    let streams = connection
        .prepare_cached(
            "DELETE FROM streams WHERE id IN (
               SELECT id FROM streams WHERE finished_ms < ?1 ORDER BY finished_ms LIMIT ?2
             ) AND NOT EXISTS (SELECT 1 FROM events WHERE stream = streams.id)",
        )?
        .execute(params![signed(before_ms)?, signed(AT_ONCE)?])?;
    let was_too_large = make_room(connection)?;
    give_back(connection)?;
    Ok(was_too_large || events.max(streams) as u64 == AT_ONCE)
}

/// Forgets some of the log if it is too large, from who holds the most. Whether it was.
fn make_room(connection: &Connection) -> rusqlite::Result<bool> {
    let log = connection.prepare_cached("SELECT events, bytes FROM log_size")?.query_row([], Held::of)?;
    let too_large = log.bytes > KEPT_BYTES;
    if log.events <= KEPT && !too_large {
        return Ok(false);
    }
    let most = if too_large { LARGE_AT_ONCE } else { AT_ONCE.min(log.events - KEPT) };
    let size = |held: &Held| if too_large { held.bytes } else { held.events };
    let holders = connection
        .prepare_cached(
            "SELECT session, events, bytes FROM shares ORDER BY iif(?1, bytes, events) DESC LIMIT ?2",
        )?
        .query_map(params![too_large, HOLDERS_AT_ONCE], |row| {
            Ok((row.get::<_, String>("session")?, Held::of(row)?))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    // Not so much at once that another holds more then: a quarter of the most, and of what is more than is left of it.
    let least = holders.first().map_or(0, |(_, most)| size(most) / 4 * 3).max(size(&LITTLE));
    let mut left = most;
    for (holder, held) in holders.iter().filter(|(_, held)| size(held) >= least) {
        if left > 0 {
            left = left.saturating_sub(take(connection, holder, left.min(held.events / 4).max(1))?);
        }
    }
    if left == most {
        // Everybody has as little: the oldest go, whosever they are.
        connection
            .prepare_cached(
                "DELETE FROM events WHERE position IN (SELECT position FROM events ORDER BY position LIMIT ?1)",
            )?
            .execute([signed(most)?])?;
    }
    Ok(true)
}

/// Forgets the oldest that somebody holds. How many.
fn take(connection: &Connection, holder: &str, most: u64) -> rusqlite::Result<u64> {
    let oldest = if holder.is_empty() {
        "DELETE FROM events WHERE position IN (SELECT position FROM events
           WHERE ?1 = '' AND session IS NULL AND stream IS NULL ORDER BY position LIMIT ?2)"
    } else {
        "DELETE FROM events WHERE position IN (SELECT position FROM events
           WHERE session = ?1 ORDER BY position LIMIT ?2)"
    };
    connection.prepare_cached(oldest)?.execute(params![holder, signed(most)?]).map(|taken| taken as u64)
}

/// Gives room back to the disk, a little at a time. The pragma moves a page for each row it is asked for.
fn give_back(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("PRAGMA incremental_vacuum(512)")?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

#[cfg(test)]
#[path = "bounds_tests.rs"]
mod tests;
