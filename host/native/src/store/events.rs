//! `ports::Events` over SQLite: one table that streams are read from and appended to. Its bounds are `bounds.rs`'s.

use bytes::Bytes;
use frontmcp_core::Fault;
use frontmcp_core::ports::sessions::{Announced, Event, Page, StreamId, Unfinished};
use frontmcp_core::ports::{BoxFuture, Events};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Store, bounds, signed, unsigned};

/// Bytes of messages after which a page ends.
const PAGE_BYTES: usize = 1 << 20;

impl Events for Store {
    fn newest(&self) -> BoxFuture<'_, Result<u64, Fault>> {
        self.read(newest)
    }

    fn open(&self, session: &str, request: &str) -> BoxFuture<'_, Result<u64, Fault>> {
        let (session, request) = (session.to_owned(), request.to_owned());
        self.run(move |connection| {
            connection
                .prepare_cached("INSERT INTO streams (session, request) VALUES (?1, ?2) RETURNING id")?
                .query_row([session, request], |row| unsigned(row, "id"))
        })
    }

    fn append(&self, stream: StreamId, said: Vec<Bytes>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        self.run(move |connection| say(connection, &stream, &said, now_ms).map(|_| ()))
    }

    fn finish(&self, stream: StreamId, said: Vec<Bytes>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        self.run(move |connection| {
            if say(connection, &stream, &said, now_ms)? {
                connection
                    .prepare_cached("UPDATE streams SET finished_ms = ?2 WHERE id = ?1")?
                    .execute(params![stream.call.map(signed).transpose()?, signed(now_ms)?])?;
            }
            Ok(())
        })
    }

    fn announce(&self, said: Vec<Announced>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        self.run(move |connection| say_to_all(connection, &said, now_ms))
    }

    fn deployed(
        &self,
        bundle_sha256: &str,
        is_change: bool,
        said: Vec<Announced>,
        now_ms: u64,
    ) -> BoxFuture<'_, Result<bool, Fault>> {
        let bundle_sha256 = bundle_sha256.to_owned();
        self.run(move |connection| {
            let is_other: bool = connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM deployed WHERE bundle_sha256 <> ?1)")?
                .query_row([&bundle_sha256], |row| row.get(0))?;
            connection
                .prepare_cached("INSERT OR REPLACE INTO deployed VALUES (1, ?1)")?
                .execute([&bundle_sha256])?;
            if is_change || is_other {
                say_to_all(connection, &said, now_ms)?;
            }
            Ok(is_change || is_other)
        })
    }

    fn after(
        &self,
        stream: StreamId,
        position: u64,
        max: usize,
    ) -> BoxFuture<'_, Result<Option<Page>, Fault>> {
        self.read(move |connection| match stream.call {
            Some(call) => of_call(connection, &stream.session, call, position, max),
            None => of_session(connection, &stream.session, position, max),
        })
    }

    fn unfinished(&self, of: Option<&str>, max: usize) -> BoxFuture<'_, Result<Vec<Unfinished>, Fault>> {
        let of = of.map(str::to_owned);
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT id, session, request FROM streams
                     WHERE finished_ms IS NULL AND (?2 IS NULL OR session = ?2) ORDER BY id LIMIT ?1",
                )?
                .query_map(params![signed(max as u64)?, of], |row| {
                    let call = Some(unsigned(row, "id")?);
                    let stream = StreamId { session: row.get("session")?, call };
                    Ok(Unfinished { stream, request: row.get("request")? })
                })?
                .collect()
        })
    }

    fn forget(&self, before_ms: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        self.run(move |connection| bounds::forget(connection, before_ms))
    }
}

pub(super) fn newest(connection: &Connection) -> rusqlite::Result<u64> {
    // Not max(position), which goes back when the newest are forgotten.
    let mut statement = connection.prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'events'")?;
    Ok(statement.query_row([], |row| unsigned(row, "seq")).optional()?.unwrap_or_default())
}

fn say_to_all(connection: &Connection, said: &[Announced], now_ms: u64) -> rusqlite::Result<()> {
    // What nobody could hear is not worth keeping.
    let mut insert = connection.prepare_cached(
        "INSERT INTO events (uri, at_ms, message) SELECT ?1, ?2, ?3
         WHERE CASE WHEN ?1 IS NULL THEN EXISTS (SELECT 1 FROM sessions)
                    ELSE EXISTS (SELECT 1 FROM subscriptions WHERE uri = ?1) END",
    )?;
    for Announced { uri, message } in said {
        insert.execute(params![uri, signed(now_ms)?, &message[..]])?;
    }
    Ok(())
}

/// Whether the stream was there to say it on.
fn say(connection: &Connection, stream: &StreamId, said: &[Bytes], now_ms: u64) -> rusqlite::Result<bool> {
    let call = stream.call.map(signed).transpose()?;
    let there: bool = connection
        .prepare_cached(
            "SELECT CASE WHEN ?2 IS NULL THEN EXISTS (SELECT 1 FROM sessions WHERE id = ?1)
             ELSE EXISTS (SELECT 1 FROM streams WHERE id = ?2 AND session = ?1 AND finished_ms IS NULL) END",
        )?
        .query_row(params![stream.session, call], |row| row.get(0))?;
    if there {
        let mut insert = connection
            .prepare_cached("INSERT INTO events (session, stream, at_ms, message) VALUES (?1, ?2, ?3, ?4)")?;
        for message in said {
            insert.execute(params![stream.session, call, signed(now_ms)?, &message[..]])?;
        }
        bounds::keep_share(connection, &stream.session, said, now_ms)?;
    }
    Ok(there)
}

fn of_call(
    connection: &Connection,
    session: &str,
    call: u64,
    position: u64,
    max: usize,
) -> rusqlite::Result<Option<Page>> {
    // A stream with a hole would look whole.
    let finished: Option<bool> = connection
        .prepare_cached(
            "SELECT finished_ms IS NOT NULL FROM streams WHERE id = ?1 AND session = ?2 AND forgotten <= ?3",
        )?
        .query_row(params![signed(call)?, session, signed(position)?], |row| row.get(0))
        .optional()?;
    let Some(finished) = finished else { return Ok(None) };
    let (events, has_more) = connection
        .prepare_cached(
            "SELECT position, message FROM events WHERE session = ?1 AND stream = ?2 AND position > ?3
             ORDER BY position LIMIT ?4",
        )?
        .query_map(params![session, signed(call)?, signed(position)?, signed(max as u64)?], event)
        .and_then(|rows| page(rows, max))?;
    let read_to = events.last().map_or(position, |event| event.position);
    Ok(Some(Page { events, read_to, has_more, is_finished: finished && !has_more, has_gap: false }))
}

fn of_session(
    connection: &Connection,
    session: &str,
    position: u64,
    max: usize,
) -> rusqlite::Result<Option<Page>> {
    let standing = connection
        .prepare_cached(
            "SELECT (SELECT max(forgotten) FROM shares WHERE session IN (?1, '')) AS forgotten,
                    (SELECT seq FROM sqlite_sequence WHERE name = 'events') AS newest
             WHERE EXISTS (SELECT 1 FROM sessions WHERE id = ?1)",
        )?
        .query_row([session], |row| {
            let newest: Option<i64> = row.get("newest")?;
            Ok((unsigned(row, "forgotten")?, newest.and_then(|newest| u64::try_from(newest).ok())))
        })
        .optional()?;
    let Some((forgotten, newest)) = standing else { return Ok(None) };
    let (events, has_more) = connection
        .prepare_cached(
            "SELECT position, message FROM events
             WHERE session IS NULL AND stream IS NULL AND position > ?2 AND (uri IS NULL OR EXISTS (
               SELECT 1 FROM subscriptions WHERE session = ?1 AND uri = events.uri AND since < events.position))
             UNION ALL
             SELECT position, message FROM events WHERE session = ?1 AND stream IS NULL AND position > ?2
             ORDER BY position LIMIT ?3",
        )?
        .query_map(params![session, signed(position)?, signed(max as u64)?], event)
        .and_then(|rows| page(rows, max))?;
    let read_to = match events.last() {
        Some(event) if has_more => event.position,
        _ => newest.unwrap_or_default().max(position),
    };
    Ok(Some(Page { events, read_to, has_more, is_finished: false, has_gap: position < forgotten }))
}

/// As many events as a page holds, and whether there may be more.
fn page(
    rows: impl Iterator<Item = rusqlite::Result<Event>>,
    max: usize,
) -> rusqlite::Result<(Vec<Event>, bool)> {
    let (mut events, mut bytes) = (Vec::new(), 0);
    for event in rows {
        let event = event?;
        bytes += event.message.len();
        events.push(event);
        if bytes >= PAGE_BYTES {
            return Ok((events, true));
        }
    }
    let is_full = events.len() == max;
    Ok((events, is_full))
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let message = Bytes::from(row.get::<_, Vec<u8>>("message")?);
    Ok(Event { position: unsigned(row, "position")?, message })
}
