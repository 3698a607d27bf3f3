//! From a request to its operations, and from their outcomes to what follows. What needs more than one transaction is
//! here; the rest is a table.

use crate::exports::frontmcp::adapter::bindings::{Entry, Op, Place as Key, Statement, Transaction};
use crate::exports::frontmcp::adapter::storage_plan::{Outcome, Pending, Step, Value};
use crate::procedures::{ANNOUNCE, ANNOUNCE_OTHER, FINISH, IS_OTHER, KEEP_SHARE, PROCEDURES, Place, SAY};
use crate::schema::{BUNDLE_CACHE, REPLAY_NONCE, SKILL_DATA};

/// The largest value of a key-value store, with room to spare.
const MAX_CACHED: usize = 24 << 20;
/// Expired nonces that one push forgets.
const FORGOTTEN_AT_ONCE: i64 = 1000;

/// What to go on with. Stands first in the state.
mod stage {
    /// The answer is the first outcome; the others may fail.
    pub(super) const FIRST: i64 = 0;
    /// A promotion was committed: its copies are written.
    pub(super) const PROMOTED: i64 = 1;
    /// A nonce was spent; what nobody names any more is removed.
    pub(super) const SPENT: i64 = 2;
    /// Whether each of these is in the bucket.
    pub(super) const PRESENCE: i64 = 3;
    /// Whether an upload is expected.
    pub(super) const EXPECTED: i64 = 4;
    /// The bytes, if they are there.
    pub(super) const BYTES: i64 = 5;
    /// The upload is expected: keep it.
    pub(super) const UPLOAD: i64 = 6;
    /// All of them had to succeed.
    pub(super) const ALL: i64 = 7;
}

pub(crate) fn begin(procedure: &str, arguments: Vec<Value>) -> Step {
    let planned = match procedure {
        "events.append" => said(&arguments, false),
        "events.finish" => said(&arguments, true),
        "events.announce" => announced(&arguments),
        "events.deployed" => deployed(&arguments),
        "bundles.spend" => spent(&arguments),
        "bundles.stage" => staged(arguments),
        "bundles.promote" => promoted(&arguments),
        "blobs.missing" => present(&arguments),
        "blobs.expect" => expected(&arguments),
        "blobs.is-expected" => is_expected(&arguments),
        "blobs.put" => upload(arguments),
        "blobs.get" => bytes(&arguments),
        "audit.write" => written(arguments),
        _ => tabled(procedure, &arguments),
    };
    planned.unwrap_or_else(|| Step::Failed(format!("{procedure}: no such procedure, or other arguments")))
}

pub(crate) fn resume(state: Vec<Value>, outcomes: Vec<Outcome>) -> Step {
    let Some(Value::Integer(stage)) = state.first() else {
        return Step::Failed("the plan was resumed with a state that is not its own".to_owned());
    };
    match *stage {
        stage::PROMOTED => first(outcomes, |rows| copies(&rows)),
        stage::SPENT => first(outcomes, |rows| Some(swept(&rows))),
        stage::PRESENCE => missing(&state[1..], outcomes),
        stage::EXPECTED => expectation(outcomes),
        stage::BYTES => found(outcomes),
        stage::UPLOAD => first(outcomes, |rows| Some(keep(&state, &rows))),
        stage::ALL => every(outcomes),
        _ => first(outcomes, |rows| Some(Step::Done(rows))),
    }
}

/// One transaction whose statements take the request's arguments.
fn tabled(name: &str, arguments: &[Value]) -> Option<Step> {
    let procedure = PROCEDURES.iter().find(|procedure| procedure.name == name)?;
    let statements =
        procedure.statements.iter().map(|sql| statement(sql, arguments)).collect::<Option<_>>()?;
    Some(pending(vec![transaction(procedure.place, statements)], vec![integer(stage::FIRST)]))
}

/// session, call or null, time, a share in events and bytes, how many shares at most, what is not young, messages …
fn said(arguments: &[Value], is_last: bool) -> Option<Step> {
    let (target, rest) = arguments.split_at_checked(3)?;
    let (share, messages) = rest.split_at_checked(4)?;
    let mut statements: Vec<Statement> = messages
        .iter()
        .map(|message| statement(SAY, &[target, std::slice::from_ref(message)].concat()))
        .collect::<Option<_>>()?;
    let bytes = messages.iter().map(|message| if let Value::Blob(bytes) = message { bytes.len() } else { 0 });
    let said = [messages.len(), bytes.sum()].map(|number| integer(i64::try_from(number).unwrap_or(i64::MAX)));
    statements.push(statement(KEEP_SHARE, &[&target[..1], share, &said].concat())?);
    if is_last {
        statements.push(statement(FINISH, target)?);
    }
    Some(pending(vec![transaction(Place::Events, statements)], vec![integer(stage::FIRST)]))
}

/// time, then URI or null and message …
fn announced(arguments: &[Value]) -> Option<Step> {
    let (now, said) = arguments.split_first()?;
    let statements = said
        .chunks(2)
        .map(|each| statement(ANNOUNCE, &[each.first()?.clone(), now.clone(), each.get(1)?.clone()]))
        .collect::<Option<_>>()?;
    Some(pending(vec![transaction(Place::Events, statements)], vec![integer(stage::FIRST)]))
}

/// bundle, whether it is a change anyway, time, then URI or null and message … → whether it was said
fn deployed(arguments: &[Value]) -> Option<Step> {
    let (noted, said) = arguments.split_at_checked(3)?;
    let mut statements = vec![statement(IS_OTHER, noted.get(..2)?)?];
    for each in said.chunks(2) {
        let values = [each.first()?, &noted[2], each.get(1)?, &noted[0], &noted[1]].map(Clone::clone);
        statements.push(statement(ANNOUNCE_OTHER, &values)?);
    }
    statements.push(statement("INSERT OR REPLACE INTO deployed VALUES (1, ?1)", noted.get(..1)?)?);
    Some(pending(vec![transaction(Place::Events, statements)], vec![integer(stage::FIRST)]))
}

/// A nonce is new, or reserved for the same envelope; anything else fails on the constraint.
fn remember(nonce: &[Value]) -> Option<[Statement; 2]> {
    Some([
        statement("DELETE FROM nonces WHERE id = ?1 AND envelope = ?2 AND reserved = 1", nonce)?,
        statement("INSERT INTO nonces (id, envelope, expires_ms, reserved) VALUES (?1, ?2, ?3, ?4)", nonce)?,
    ])
}

/// What has expired, some of it at a time; the last statement names artifacts whose bytes go too.
fn forget(now: &Value) -> Option<[Statement; 2]> {
    let bounded = [now.clone(), integer(FORGOTTEN_AT_ONCE)];
    Some([
        statement(
            "DELETE FROM nonces WHERE id IN (
               SELECT id FROM nonces WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT ?2)",
            &bounded,
        )?,
        statement(
            "DELETE FROM blobs WHERE expires_ms < ?1 AND sha256 NOT IN (SELECT sha256 FROM bundle_blobs)
             RETURNING sha256",
            &bounded[..1],
        )?,
    ])
}

/// nonce: id, envelope, expiry, reserved; seq or null; now
fn spent(arguments: &[Value]) -> Option<Step> {
    let nonce = arguments.get(..4)?;
    let mut statements = remember(nonce)?.to_vec();
    statements.push(statement(
        "UPDATE high_water SET seq = max(seq, ?1) WHERE ?1 IS NOT NULL",
        arguments.get(4..5)?,
    )?);
    statements.extend(forget(arguments.get(5)?)?);
    Some(pending(vec![transaction(Place::Bundles, statements), mirror(nonce)?], vec![integer(stage::SPENT)]))
}

/// So that an operator can look. The object has decided by then.
fn mirror(nonce: &[Value]) -> Option<Op> {
    let [Value::Text(id), Value::Text(envelope), Value::Integer(expires_ms), _] = nonce else { return None };
    Some(Op::KvPut(Entry {
        binding: REPLAY_NONCE.to_owned(),
        key: id.clone(),
        bytes: envelope.clone().into_bytes(),
        expires_ms: u64::try_from(*expires_ms).ok(),
    }))
}

/// nonce (4); sha256, seq, kid, received, encoding; how many parts; parts …; artifacts …
fn staged(arguments: Vec<Value>) -> Option<Step> {
    let nonce = arguments.get(..4)?;
    let mut statements = remember(nonce)?.to_vec();
    statements.push(statement(
        "INSERT INTO bundles (sha256, seq, kid, received_ms, encoding) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
        arguments.get(4..9)?,
    )?);
    let Value::Integer(parts) = arguments.get(9)? else { return None };
    let (parts, artifacts) = arguments.get(10..)?.split_at_checked(usize::try_from(*parts).ok()?)?;
    for (part, bytes) in (0..).zip(parts) {
        statements.push(statement(
            "INSERT INTO envelopes (bundle, part, bytes) VALUES ((SELECT max(id) FROM bundles), ?1, ?2)",
            &[integer(part), bytes.clone()],
        )?);
    }
    for sha256 in artifacts {
        statements.push(statement(
            "INSERT OR IGNORE INTO bundle_blobs (bundle, sha256) VALUES ((SELECT max(id) FROM bundles), ?1)",
            std::slice::from_ref(sha256),
        )?);
    }
    Some(pending(vec![transaction(Place::Bundles, statements), mirror(nonce)?], vec![integer(stage::FIRST)]))
}

/// id, entry, history
fn promoted(arguments: &[Value]) -> Option<Step> {
    let [id, entry, history] = arguments else { return None };
    let mut statements = vec![
        // No such candidate is no entry, which the column does not take.
        statement(
            "INSERT INTO outbox (entry) SELECT CASE WHEN EXISTS (SELECT 1 FROM bundles WHERE id = ?1) THEN ?2 END",
            &[id.clone(), entry.clone()],
        )?,
        statement(
            "UPDATE bundles SET good = 1, promoted = (SELECT coalesce(max(promoted), 0) + 1 FROM bundles)
             WHERE id = ?1",
            std::slice::from_ref(id),
        )?,
        statement("SELECT bytes FROM envelopes WHERE bundle = ?1 ORDER BY part", std::slice::from_ref(id))?,
        statement(
            "UPDATE high_water SET seq = max(seq, (SELECT seq FROM bundles WHERE id = ?1))",
            std::slice::from_ref(id),
        )?,
        statement(
            "DELETE FROM nonces WHERE id IN (SELECT id FROM nonces
               WHERE expires_ms < (SELECT received_ms FROM bundles WHERE id = ?1) ORDER BY expires_ms LIMIT ?2)",
            &[id.clone(), integer(FORGOTTEN_AT_ONCE)],
        )?,
    ];
    // Its own time is noted before it may be forgotten itself.
    statements.push(statement(
        "DELETE FROM bundles WHERE id <> ?1 AND (good = 0
           OR id NOT IN (SELECT id FROM bundles WHERE good = 1 ORDER BY promoted DESC LIMIT ?2))",
        &[id.clone(), history.clone()],
    )?);
    statements.push(statement(
        "DELETE FROM blobs WHERE expires_ms < (SELECT received_ms FROM bundles WHERE id = ?1)
           AND sha256 NOT IN (SELECT sha256 FROM bundle_blobs) RETURNING sha256",
        std::slice::from_ref(id),
    )?);
    Some(pending(vec![transaction(Place::Bundles, statements)], vec![integer(stage::PROMOTED)]))
}

/// After a promotion: what a boot falls back to, unless it is too large for that.
fn copies(rows: &[Vec<Vec<Value>>]) -> Option<Step> {
    let mut envelope = Vec::new();
    for row in rows.get(2)? {
        let Value::Blob(part) = row.first()? else { return None };
        envelope.extend_from_slice(part);
    }
    let mut ops = removals(rows.last()?);
    if envelope.len() <= MAX_CACHED {
        let (binding, key) = (BUNDLE_CACHE.to_owned(), "newest".to_owned());
        ops.push(Op::KvPut(Entry { binding, key, bytes: envelope, expires_ms: None }));
    }
    Some(done_after(ops))
}

fn swept(rows: &[Vec<Vec<Value>>]) -> Step {
    done_after(removals(rows.last().map_or(&[], Vec::as_slice)))
}

fn removals(rows: &[Vec<Value>]) -> Vec<Op> {
    let names = rows.iter().filter_map(|row| match row.first() {
        Some(Value::Text(sha256)) => Some(Op::BucketDelete(artifact(sha256))),
        _ => None,
    });
    names.collect()
}

/// What was decided is in the object; whatever comes of these changes nothing about the answer.
fn done_after(mut ops: Vec<Op>) -> Step {
    if ops.is_empty() {
        return Step::Done(Vec::new());
    }
    // Something whose outcome can be the answer.
    ops.insert(0, transaction(Place::Bundles, Vec::new()));
    pending(ops, vec![integer(stage::FIRST)])
}

fn present(arguments: &[Value]) -> Option<Step> {
    if arguments.is_empty() {
        return Some(Step::Done(vec![Vec::new()]));
    }
    let ops =
        arguments.iter().map(|name| Some(Op::BucketHead(artifact(text(name)?)))).collect::<Option<_>>()?;
    let state = std::iter::once(integer(stage::PRESENCE)).chain(arguments.iter().cloned()).collect();
    Some(pending(ops, state))
}

fn missing(names: &[Value], outcomes: Vec<Outcome>) -> Step {
    let mut rows = Vec::new();
    for (name, outcome) in names.iter().zip(outcomes) {
        match outcome {
            Outcome::Bytes(Some(_)) => {}
            Outcome::Bytes(None) => rows.push(vec![name.clone()]),
            other => return failed(other),
        }
    }
    Step::Done(vec![rows])
}

/// expiry, artifacts …
fn expected(arguments: &[Value]) -> Option<Step> {
    let (expires, names) = arguments.split_first()?;
    let statements = names
        .iter()
        .map(|name| {
            statement(
                "INSERT INTO blobs (sha256, expires_ms) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET expires_ms = max(expires_ms, excluded.expires_ms)",
                &[name.clone(), expires.clone()],
            )
        })
        .collect::<Option<_>>()?;
    Some(pending(vec![transaction(Place::Bundles, statements)], vec![integer(stage::FIRST)]))
}

/// sha256, now
fn is_expected(arguments: &[Value]) -> Option<Step> {
    let name = text(arguments.first()?)?;
    let asked = statement("SELECT 1 FROM blobs WHERE sha256 = ?1 AND expires_ms >= ?2", arguments)?;
    let ops = vec![transaction(Place::Bundles, vec![asked]), Op::BucketHead(artifact(name))];
    Some(pending(ops, vec![integer(stage::EXPECTED)]))
}

fn expectation(outcomes: Vec<Outcome>) -> Step {
    let mut outcomes = outcomes.into_iter();
    match (outcomes.next(), outcomes.next()) {
        (Some(Outcome::Rows(rows)), Some(Outcome::Bytes(there))) => {
            let is_expected = there.is_some() || rows.iter().any(|rows| !rows.is_empty());
            Step::Done(vec![vec![vec![integer(is_expected.into())]]])
        }
        (Some(Outcome::Rows(_)), Some(other)) | (Some(other), _) => failed(other),
        (None, _) => unanswered(),
    }
}

/// sha256, bytes
fn upload(arguments: Vec<Value>) -> Option<Step> {
    let asked = statement("SELECT 1 FROM blobs WHERE sha256 = ?1", arguments.get(..1)?)?;
    let mut state = vec![integer(stage::UPLOAD)];
    state.extend(arguments);
    Some(pending(vec![transaction(Place::Bundles, vec![asked])], state))
}

fn keep(state: &[Value], rows: &[Vec<Vec<Value>>]) -> Step {
    let [_, Value::Text(name), Value::Blob(bytes)] = state else { return unanswered() };
    if rows.iter().all(Vec::is_empty) {
        return Step::Failed(format!("{SKILL_DATA}: {name} is not expected"));
    }
    let Key { binding, key } = artifact(name);
    let entry = Entry { binding, key, bytes: bytes.clone(), expires_ms: None };
    pending(vec![Op::BucketPut(entry)], vec![integer(stage::ALL)])
}

fn bytes(arguments: &[Value]) -> Option<Step> {
    let op = Op::BucketGet(artifact(text(arguments.first()?)?));
    Some(pending(vec![op], vec![integer(stage::BYTES)]))
}

fn found(outcomes: Vec<Outcome>) -> Step {
    match outcomes.into_iter().next() {
        Some(Outcome::Bytes(bytes)) => {
            Step::Done(vec![bytes.map(|bytes| vec![Value::Blob(bytes)]).into_iter().collect()])
        }
        Some(other) => failed(other),
        None => unanswered(),
    }
}

/// how many records; sequence, digest, text …; how many checkpoints; sequence, text …; the last record to remove or null
fn written(arguments: Vec<Value>) -> Option<Step> {
    let (records, rest) = counted(&arguments, 3)?;
    let (checkpoints, rest) = counted(rest, 2)?;
    let mut statements = Vec::new();
    // Of two writers the second one fails here: a sequence is given once.
    for record in records.chunks(3) {
        statements.push(statement("INSERT INTO audit (sequence, hash, record) VALUES (?1, ?2, ?3)", record)?);
    }
    for checkpoint in checkpoints.chunks(2) {
        let sql = "INSERT INTO audit_checkpoints (sequence, checkpoint) VALUES (?1, ?2)";
        statements.push(statement(sql, checkpoint)?);
    }
    if let [through @ Value::Integer(_)] = rest {
        let through = std::slice::from_ref(through);
        statements.push(statement("DELETE FROM audit WHERE sequence <= ?1", through)?);
        statements.push(statement("DELETE FROM audit_checkpoints WHERE sequence < ?1", through)?);
    }
    Some(pending(vec![transaction(Place::Audit, statements)], vec![integer(stage::FIRST)]))
}

/// A number of groups of so many values, and what follows.
fn counted(arguments: &[Value], width: usize) -> Option<(&[Value], &[Value])> {
    let (Value::Integer(count), rest) = arguments.split_first()? else { return None };
    rest.split_at_checked(usize::try_from(*count).ok()?.checked_mul(width)?)
}

/// A statement takes as many of the values as it names.
fn statement(sql: &str, values: &[Value]) -> Option<Statement> {
    let named = sql.match_indices('?').filter_map(|(at, _)| {
        let digits = sql[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        sql[at + 1..=at + digits].parse::<usize>().ok()
    });
    let values = values.get(..named.max().unwrap_or(0))?.to_vec();
    Some(Statement { sql: sql.to_owned(), values })
}

fn transaction(place: Place, statements: Vec<Statement>) -> Op {
    Op::Sql(Transaction {
        binding: place.binding().to_owned(),
        object: place.object().map(str::to_owned),
        statements,
    })
}

fn artifact(sha256: &str) -> Key {
    Key { binding: SKILL_DATA.to_owned(), key: format!("blobs/{sha256}") }
}

fn pending(ops: Vec<Op>, state: Vec<Value>) -> Step {
    Step::Pending(Pending { ops, state })
}

fn first(outcomes: Vec<Outcome>, next: impl FnOnce(Vec<Vec<Vec<Value>>>) -> Option<Step>) -> Step {
    match outcomes.into_iter().next() {
        Some(Outcome::Rows(rows)) => next(rows).unwrap_or_else(unanswered),
        Some(other) => failed(other),
        None => unanswered(),
    }
}

fn every(outcomes: Vec<Outcome>) -> Step {
    match outcomes.into_iter().find(|outcome| matches!(outcome, Outcome::Failed(_))) {
        Some(outcome) => failed(outcome),
        None => Step::Done(Vec::new()),
    }
}

fn failed(outcome: Outcome) -> Step {
    match outcome {
        Outcome::Failed(reason) => Step::Failed(reason),
        _ => unanswered(),
    }
}

fn unanswered() -> Step {
    Step::Failed("an operation was answered with something else than was asked".to_owned())
}

fn integer(number: i64) -> Value {
    Value::Integer(number)
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}
