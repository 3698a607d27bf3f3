//! `ports::Audit` over SQLite. The storage thread links the records, since nobody else writes: a second branch cannot
//! come about. Never changes a record; the oldest are removed up to a checkpoint.

use std::cell::RefCell;

use frontmcp_core::Fault;
use frontmcp_core::audit::{genesis, link};
use frontmcp_core::bundle::sha256_hex;
use frontmcp_core::ports::audit::{Checkpoint, Entry, Event, Head, Kept};
use frontmcp_core::ports::{Audit, BoxFuture};
use rusqlite::{Connection, OptionalExtension, params};

use super::writer::Desk;
use super::{Store, signed, unsigned};
use crate::keys::PrivateKey;

/// Records behind which a checkpoint is signed.
const EVERY: u64 = 1_000;
/// Checkpoints up to which one append prunes, at most: more than one, so that a log over its bound shrinks.
const PRUNED_AT_ONCE: u64 = 4;
/// Who prunes.
const SERVER: &str = "frontmcp-host||";

impl Audit for Store {
    fn append(&self, entries: Vec<Entry>) -> BoxFuture<'_, Result<Head, Fault>> {
        self.post(move |desk| append(desk, &entries))
    }

    fn records(&self, from: u64, limit: usize) -> BoxFuture<'_, Result<Vec<Kept>, Fault>> {
        self.run(move |desk| records(desk, from, limit))
    }

    fn head(&self) -> BoxFuture<'_, Result<Head, Fault>> {
        self.run(|desk| head(desk))
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Vec<Checkpoint>, Fault>> {
        self.run(|desk| checkpoints(desk))
    }

    fn checkpoint(&self, now_ms: u64) -> BoxFuture<'_, Result<Option<Checkpoint>, Fault>> {
        self.run(move |desk| {
            sign_head(desk, now_ms)?;
            Ok(checkpoints(desk)?.pop())
        })
    }

    fn prune(&self, keep: u64, now_ms: u64) -> BoxFuture<'_, Result<Option<u64>, Fault>> {
        self.run(move |desk| {
            let mut state = desk.chain.take(desk)?;
            let through = state.head.sequence.saturating_sub(keep);
            let pruned = state.prune(desk, through, now_ms)?;
            desk.chain.put(state);
            Ok(pruned)
        })
    }
}

/// The end of the chain, and what it is signed with. Lives on the storage thread.
pub(super) struct Chain {
    key: PrivateKey,
    key_id: String,
    /// Records that are kept, at least.
    kept: u64,
    /// `None` whenever the tables may say something else.
    state: RefCell<Option<State>>,
}

struct State {
    head: Head,
    /// The record that the newest checkpoint is about.
    signed: u64,
    /// The last record that is gone.
    gone: u64,
}

impl Chain {
    pub(super) fn new(key: PrivateKey, kept: u64) -> Self {
        let key_id = key.public().thumbprint();
        Self { key, key_id, kept, state: RefCell::default() }
    }

    /// Something was rolled back.
    pub(super) fn forget(&self) {
        self.state.replace(None);
    }

    /// The state, which is gone until it is [put](Self::put) back: whoever fails in between leaves none that is wrong.
    fn take(&self, connection: &Connection) -> rusqlite::Result<State> {
        match self.state.take() {
            Some(state) => Ok(state),
            None => State::read(connection),
        }
    }

    fn put(&self, state: State) {
        self.state.replace(Some(state));
    }
}

/// Links and appends entries. Signs and prunes when it is time to.
pub(super) fn append(desk: &Desk, entries: &[Entry]) -> rusqlite::Result<Head> {
    let mut state = desk.chain.take(desk)?;
    for entry in entries {
        state.append(desk, entry)?;
    }
    if let Some(newest) = entries.last()
        && state.head.sequence - state.signed >= EVERY
    {
        state.sign(desk, newest.at_ms)?;
        let behind = state.head.sequence.saturating_sub(desk.chain.kept);
        state.prune(desk, behind.min(state.gone + PRUNED_AT_ONCE * EVERY), newest.at_ms)?;
    }
    let head = state.head.clone();
    desk.chain.put(state);
    Ok(head)
}

/// Signs where the log ends, unless that is done.
pub(super) fn sign_head(desk: &Desk, now_ms: u64) -> rusqlite::Result<()> {
    let mut state = desk.chain.take(desk)?;
    if state.head.sequence > state.signed {
        state.sign(desk, now_ms)?;
    }
    desk.chain.put(state);
    Ok(())
}

impl State {
    fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let number = |sql| connection.query_row(sql, [], |row| unsigned(row, "number"));
        Ok(Self {
            head: head(connection)?,
            signed: number("SELECT coalesce(max(sequence), 0) AS number FROM audit_checkpoints")?,
            gone: number("SELECT coalesce(min(sequence), 1) - 1 AS number FROM audit")?,
        })
    }

    fn append(&mut self, desk: &Desk, entry: &Entry) -> rusqlite::Result<()> {
        let (kept, head) =
            link(&self.head, entry).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        desk.prepare_cached("INSERT INTO audit (sequence, hash, record) VALUES (?1, ?2, ?3)")?
            .execute(params![signed(head.sequence)?, kept.hash, kept.text])?;
        self.head = head;
        Ok(())
    }

    fn sign(&mut self, desk: &Desk, at_ms: u64) -> rusqlite::Result<()> {
        let Chain { key, key_id, .. } = &desk.chain;
        let checkpoint = Checkpoint::make(&self.head, at_ms, key_id, |bytes| key.sign(bytes));
        let text = serde_json::to_string(&checkpoint).expect("strings and numbers can be written");
        desk.prepare_cached("INSERT INTO audit_checkpoints (sequence, checkpoint) VALUES (?1, ?2)")?
            .execute(params![signed(checkpoint.sequence)?, text])?;
        self.signed = checkpoint.sequence;
        Ok(())
    }

    /// Removes what lies up to the newest checkpoint that is not behind `through`.
    fn prune(&mut self, desk: &Desk, through: u64, at_ms: u64) -> rusqlite::Result<Option<u64>> {
        let checkpoint = desk
            .prepare_cached(
                "SELECT max(sequence) FROM audit_checkpoints WHERE sequence > ?1 AND sequence <= ?2",
            )?
            .query_row(params![signed(self.gone)?, signed(through)?], |row| row.get::<_, Option<i64>>(0))?;
        let Some(checkpoint) = checkpoint else { return Ok(None) };
        let through = u64::try_from(checkpoint).unwrap_or_default();
        // Told and signed before it is done.
        let entry = Entry {
            at_ms,
            event: Event::Pruned,
            outcome: "ok".to_owned(),
            subject: SERVER.to_owned(),
            through: Some(through),
            ..Entry::default()
        };
        self.append(desk, &entry)?;
        self.sign(desk, at_ms)?;
        desk.prepare_cached("DELETE FROM audit WHERE sequence <= ?1")?.execute([checkpoint])?;
        desk.prepare_cached("DELETE FROM audit_checkpoints WHERE sequence < ?1")?.execute([checkpoint])?;
        self.gone = through;
        Ok(Some(through))
    }
}

/// Where the log ends: behind its last record, or where the newest checkpoint says it did.
fn head(connection: &Connection) -> rusqlite::Result<Head> {
    // From the text, which is what counts, and not from the digest beside it.
    let last = connection
        .prepare_cached("SELECT sequence, record FROM audit ORDER BY sequence DESC LIMIT 1")?
        .query_row([], |row| {
            let text: String = row.get("record")?;
            Ok(Head { sequence: unsigned(row, "sequence")?, hash: sha256_hex(text.as_bytes()) })
        })
        .optional()?;
    match last {
        Some(head) => Ok(head),
        None => Ok(checkpoints(connection)?.pop().map_or_else(genesis, |checkpoint| checkpoint.head())),
    }
}

/// At most `limit` records from `from` on.
pub(super) fn records(connection: &Connection, from: u64, limit: usize) -> rusqlite::Result<Vec<Kept>> {
    let mut statement = connection
        .prepare_cached("SELECT hash, record FROM audit WHERE sequence >= ?1 ORDER BY sequence LIMIT ?2")?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![signed(from)?, limit], |row| {
        Ok(Kept { hash: row.get("hash")?, text: row.get("record")? })
    })?;
    rows.collect()
}

/// The checkpoints, oldest first.
pub(super) fn checkpoints(connection: &Connection) -> rusqlite::Result<Vec<Checkpoint>> {
    let mut statement =
        connection.prepare_cached("SELECT checkpoint FROM audit_checkpoints ORDER BY sequence")?;
    let rows = statement.query_map([], |row| {
        let text: String = row.get("checkpoint")?;
        serde_json::from_str(&text).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error.into())
        })
    })?;
    rows.collect()
}
