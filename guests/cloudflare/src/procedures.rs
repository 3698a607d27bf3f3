//! Procedures that are one transaction: a table of SQL. `?1` is the request's first argument. No statement can ask what
//! the one before it found, so that every condition stands in the statement itself.

use crate::schema::{AUDIT, BUNDLE, EVENTS};

/// The object that sessions and events are in.
pub(crate) const LOG: &str = "log";
/// The object that bundles are in.
pub(crate) const MAIN: &str = "main";

/// Where a transaction runs.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Events,
    Bundles,
    Audit,
}

impl Place {
    pub(crate) fn binding(self) -> &'static str {
        match self {
            Self::Events => EVENTS,
            Self::Bundles => BUNDLE,
            Self::Audit => AUDIT,
        }
    }

    pub(crate) fn object(self) -> Option<&'static str> {
        match self {
            Self::Events => Some(LOG),
            Self::Bundles => Some(MAIN),
            Self::Audit => None,
        }
    }
}

/// One procedure: its statements, whose rows are the answer.
pub(crate) struct Procedure {
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    pub(crate) statements: &'static [&'static str],
}

const fn events(name: &'static str, statements: &'static [&'static str]) -> Procedure {
    Procedure { name, place: Place::Events, statements }
}

const fn bundles(name: &'static str, statements: &'static [&'static str]) -> Procedure {
    Procedure { name, place: Place::Bundles, statements }
}

const fn audit(name: &'static str, statements: &'static [&'static str]) -> Procedure {
    Procedure { name, place: Place::Audit, statements }
}

/// Something said on a stream: session, call or null, time, message.
pub(crate) const SAY: &str = "INSERT INTO events (session, stream, at_ms, message) SELECT ?1, ?2, ?3, ?4
     WHERE CASE WHEN ?2 IS NULL THEN EXISTS (SELECT 1 FROM sessions WHERE id = ?1)
           ELSE EXISTS (SELECT 1 FROM streams WHERE id = ?2 AND session = ?1 AND finished_ms IS NULL) END";

/// The end of a call's stream: session, call, time.
pub(crate) const FINISH: &str =
    "UPDATE streams SET finished_ms = ?3 WHERE id = ?2 AND session = ?1 AND finished_ms IS NULL";

/// Something everybody is told, unless nobody could hear it: URI or null, time, message.
pub(crate) const ANNOUNCE: &str = "INSERT INTO events (uri, at_ms, message) SELECT ?1, ?2, ?3
     WHERE CASE WHEN ?1 IS NULL THEN EXISTS (SELECT 1 FROM sessions)
           ELSE EXISTS (SELECT 1 FROM subscriptions WHERE uri = ?1) END";

/// All procedures that need one transaction and no more.
pub(crate) const PROCEDURES: &[Procedure] = &[
    // id, principal, version, level, seen, most in total, most of the principal → kept, total or principal
    events(
        "sessions.create",
        &[
            "SELECT CASE WHEN (SELECT sessions FROM log) >= ?6 THEN 'total'
               WHEN coalesce((SELECT sessions FROM session_counts WHERE principal = ?2), 0) >= ?7 THEN 'principal'
               ELSE 'kept' END, ?1, ?3, ?4, ?5",
            "INSERT INTO sessions (id, principal, version, level, seen_ms) SELECT ?1, ?2, ?3, ?4, ?5
             WHERE (SELECT sessions FROM log) < ?6
               AND coalesce((SELECT sessions FROM session_counts WHERE principal = ?2), 0) < ?7",
        ],
    ),
    events("sessions.get", &["SELECT principal, version, level, seen_ms FROM sessions WHERE id = ?1"]),
    events(
        "sessions.touch",
        &["UPDATE sessions SET seen_ms = max(seen_ms, ?2) WHERE id = ?1 RETURNING seen_ms"],
    ),
    events("sessions.agree", &["UPDATE sessions SET version = ?2 WHERE id = ?1"]),
    events("sessions.set-level", &["UPDATE sessions SET level = ?2 WHERE id = ?1"]),
    // id, URI, most → whether there is room
    events(
        "sessions.subscribe",
        &[
            "SELECT (SELECT count(*) FROM subscriptions WHERE session = ?1 AND uri <> ?2) < ?3",
            "INSERT OR IGNORE INTO subscriptions (session, uri, since)
             SELECT id, ?2, (SELECT newest FROM log) FROM sessions
             WHERE id = ?1 AND (SELECT count(*) FROM subscriptions WHERE session = ?1 AND uri <> ?2) < ?3",
        ],
    ),
    events("sessions.unsubscribe", &["DELETE FROM subscriptions WHERE session = ?1 AND uri = ?2"]),
    events("sessions.subscriptions", &["SELECT uri FROM subscriptions WHERE session = ?1 ORDER BY uri"]),
    events("sessions.end", &["DELETE FROM sessions WHERE id = ?1 RETURNING id"]),
    events(
        "sessions.expire",
        &["DELETE FROM sessions WHERE id IN
             (SELECT id FROM sessions WHERE seen_ms < ?1 ORDER BY seen_ms LIMIT ?2) RETURNING id"],
    ),
    events("sessions.count", &["SELECT sessions FROM log"]),
    events("events.newest", &["SELECT newest FROM log"]),
    events("events.open", &["INSERT INTO streams (session, request) SELECT id, ?2 FROM sessions WHERE id = ?1 RETURNING id"]),
    // session, call, position, most, most bytes → whether it is finished; events
    events(
        "events.of-call",
        &[
            "SELECT finished_ms IS NOT NULL FROM streams WHERE id = ?2 AND session = ?1",
            "SELECT position, message FROM (
               SELECT position, message, sum(length(message)) OVER (ORDER BY position) - length(message) AS before
               FROM events WHERE session = ?1 AND stream = ?2 AND position > ?3 ORDER BY position LIMIT ?4)
             WHERE before < ?5 ORDER BY position",
        ],
    ),
    // session, position, most, most bytes → forgotten, newest; events
    events(
        "events.of-session",
        &[
            "SELECT forgotten, newest FROM log WHERE EXISTS (SELECT 1 FROM sessions WHERE id = ?1)",
            "SELECT position, message FROM (
               SELECT position, message, sum(length(message)) OVER (ORDER BY position) - length(message) AS before
               FROM (
                 SELECT position, message FROM events
                 WHERE session IS NULL AND stream IS NULL AND position > ?2 AND (uri IS NULL OR EXISTS (
                   SELECT 1 FROM subscriptions WHERE session = ?1 AND uri = events.uri AND since < events.position))
                 UNION ALL
                 SELECT position, message FROM events WHERE session = ?1 AND stream IS NULL AND position > ?2
                 ORDER BY position LIMIT ?3))
             WHERE before < ?4 ORDER BY position",
        ],
    ),
    // most, session or null
    events(
        "events.unfinished",
        &["SELECT id, session, request FROM streams
           WHERE finished_ms IS NULL AND (?2 IS NULL OR session = ?2) ORDER BY id LIMIT ?1"],
    ),
    // older than, most events, most bytes, at once → whether there may be more
    events(
        "events.forget",
        &[
            "UPDATE log SET forgotten = max(forgotten, coalesce((SELECT max(position) FROM (
               SELECT position, at_ms FROM events ORDER BY position LIMIT ?4)
               WHERE position <= log.newest - ?2 OR at_ms < ?1 OR log.bytes > ?3), 0))",
            "DELETE FROM events WHERE position IN (SELECT position FROM (
               SELECT position, at_ms FROM events ORDER BY position LIMIT ?4), log
               WHERE position <= log.newest - ?2 OR at_ms < ?1 OR log.bytes > ?3)",
            "DELETE FROM streams WHERE id IN (
               SELECT id FROM streams WHERE finished_ms < ?1 ORDER BY finished_ms LIMIT ?4)",
            "SELECT bytes > ?3 OR coalesce((SELECT at_ms < ?1 OR position <= newest - ?2
               FROM events ORDER BY position LIMIT 1), 0)
               OR EXISTS (SELECT 1 FROM streams WHERE finished_ms < ?1), ?4 FROM log",
        ],
    ),
    bundles(
        "bundles.standing",
        &[
            "SELECT seq FROM high_water",
            "SELECT id, envelope, expires_ms, reserved FROM nonces WHERE id = ?1",
        ],
    ),
    bundles(
        "bundles.history",
        &["SELECT id, sha256, seq, kid, received_ms FROM bundles WHERE good = 1 ORDER BY promoted DESC"],
    ),
    bundles(
        "bundles.envelope",
        &[
            "SELECT encoding FROM bundles WHERE id = ?1 AND good = 1",
            "SELECT bytes FROM envelopes JOIN bundles ON bundle = id WHERE id = ?1 AND good = 1 ORDER BY part",
        ],
    ),
    bundles("outbox.read", &["SELECT id, entry FROM outbox ORDER BY id"]),
    bundles("outbox.clear", &["DELETE FROM outbox WHERE id <= ?1"]),
    audit(
        "audit.head",
        &[
            "SELECT sequence, record FROM audit ORDER BY sequence DESC LIMIT 1",
            "SELECT checkpoint FROM audit_checkpoints ORDER BY sequence DESC LIMIT 1",
            "SELECT coalesce(min(sequence), 1) - 1 FROM audit",
        ],
    ),
    audit(
        "audit.records",
        &["SELECT hash, record FROM audit WHERE sequence >= ?1 ORDER BY sequence LIMIT ?2"],
    ),
    audit("audit.checkpoints", &["SELECT checkpoint FROM audit_checkpoints ORDER BY sequence"]),
    // gone, through → the newest checkpoint in between
    audit(
        "audit.checkpoint-within",
        &["SELECT max(sequence) FROM audit_checkpoints WHERE sequence > ?1 AND sequence <= ?2"],
    ),
];
