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

/// Makes room in a session's share with the oldest of its own, once in each sixteenth of it that is said: session, a share
/// in events and in bytes, how many shares at most, what is not young, how many events and bytes were said just now, which
/// stay.
pub(crate) const KEEP_SHARE: &str = "DELETE FROM events WHERE position IN (SELECT position FROM (
       SELECT events.position, at_ms, count(*) OVER newer AS newer, sum(length(message)) OVER newer AS size,
         shares.events > ?2 * ?4 OR shares.bytes > ?3 * ?4 AS are_too_many
       FROM shares CROSS JOIN events ON events.session = shares.session
       WHERE shares.session = ?1 AND (
         shares.events > ?2 AND (shares.events - 1) / (?2 / 16) > (shares.events - 1 - ?6) / (?2 / 16)
         OR shares.bytes > ?3 AND (shares.bytes - 1) / (?3 / 16) > (shares.bytes - 1 - ?7) / (?3 / 16))
       WINDOW newer AS (ORDER BY events.position DESC))
     WHERE newer > ?6 AND (
       at_ms < ?5 AND (newer > ?2 / 16 * 15 OR size > ?3 / 16 * 15)
       OR are_too_many AND (newer > ?2 * ?4 / 16 * 15 OR size > ?3 * ?4 / 16 * 15)))";

/// Whether a bundle is to be told of: its digest, whether it is a change anyway.
pub(crate) const IS_OTHER: &str = "SELECT ?2 OR EXISTS (SELECT 1 FROM deployed WHERE bundle_sha256 <> ?1)";

/// As [`ANNOUNCE`], on account of a bundle: its digest, whether it is a change anyway.
pub(crate) const ANNOUNCE_OTHER: &str = "INSERT INTO events (uri, at_ms, message) SELECT ?1, ?2, ?3
     WHERE (?5 OR EXISTS (SELECT 1 FROM deployed WHERE bundle_sha256 <> ?4))
       AND CASE WHEN ?1 IS NULL THEN EXISTS (SELECT 1 FROM sessions)
           ELSE EXISTS (SELECT 1 FROM subscriptions WHERE uri = ?1) END";

/// Who holds the most of a log that is too large, how much that is, whether it is little, and how much may go at once: most
/// events, most bytes and at once are `?2`, `?3` and `?4`.
macro_rules! largest {
    () => {
        "WITH room AS (SELECT bytes > ?3 AS is_large, max(events - ?2, 0) AS excess FROM log),
           most AS (SELECT iif(is_large, ?4 / 10, min(excess, ?4)) AS most, is_large FROM room),
           holder AS (SELECT nullif(session, '') AS session, events,
               iif((SELECT is_large FROM room), bytes < 65536, events < 64) AS is_little
             FROM shares WHERE (SELECT is_large OR excess > 0 FROM room)
             ORDER BY iif((SELECT is_large FROM room), bytes, events) DESC LIMIT 1) "
    };
}

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
            // A stream with a hole would look whole.
            "SELECT finished_ms IS NOT NULL FROM streams WHERE id = ?2 AND session = ?1 AND forgotten <= ?3",
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
            "SELECT (SELECT max(forgotten) FROM shares WHERE session IN (?1, '')), newest
             FROM log WHERE EXISTS (SELECT 1 FROM sessions WHERE id = ?1)",
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
            "DELETE FROM events WHERE position IN (SELECT position FROM events ORDER BY position LIMIT ?4)
               AND at_ms < ?1",
            // Those that said nothing; the others went with their events.
            "DELETE FROM streams WHERE id IN (
               SELECT id FROM streams WHERE finished_ms < ?1 ORDER BY finished_ms LIMIT ?4
             ) AND NOT EXISTS (SELECT 1 FROM events WHERE session = streams.session AND stream = streams.id)",
            // From who holds the most, but not so much at once that another holds more then.
            concat!(
                largest!(),
                "DELETE FROM events WHERE position IN (SELECT position FROM events
                   WHERE session IS (SELECT session FROM holder)
                   ORDER BY position
                   LIMIT coalesce((SELECT iif(is_little, 0, min(most, max(events / 4, 1))) FROM holder, most), 0))"
            ),
            // Everybody has as little: the oldest go, whosever they are.
            concat!(
                largest!(),
                "DELETE FROM events WHERE position IN (SELECT position FROM events
                   ORDER BY position LIMIT coalesce((SELECT iif(is_little, most, 0) FROM holder, most), 0))"
            ),
            "SELECT bytes > ?3 OR events > ?2
               OR coalesce((SELECT at_ms < ?1 FROM events ORDER BY position LIMIT 1), 0)
               OR EXISTS (SELECT 1 FROM streams WHERE finished_ms < ?1 AND NOT EXISTS (
                 SELECT 1 FROM events WHERE session = streams.session AND stream = streams.id)), ?4 FROM log",
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
