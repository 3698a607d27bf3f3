//! The tables, by binding. A statement that was released never changes: a change is a new statement at the end.

use crate::exports::frontmcp::adapter::storage_plan::Migration;

/// Accepted bundles, in one object.
pub(crate) const BUNDLE: &str = "BUNDLE";
/// Sessions and events, in one object.
pub(crate) const EVENTS: &str = "EVENTS";
/// The audit log, in a database that can be queried and exported.
pub(crate) const AUDIT: &str = "AUDIT";
/// The newest bundle once more, for a boot that cannot ask the object.
pub(crate) const BUNDLE_CACHE: &str = "BUNDLE_CACHE";
/// Spent nonces once more, to be looked at. The object decides.
pub(crate) const REPLAY_NONCE: &str = "REPLAY_NONCE";
/// Large artifacts.
pub(crate) const SKILL_DATA: &str = "SKILL_DATA";

const EVENT_TABLES: &[&str] = &[
    "CREATE TABLE sessions (
       id TEXT PRIMARY KEY, principal TEXT NOT NULL, version TEXT NOT NULL, level TEXT, seen_ms INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID",
    "CREATE INDEX sessions_by_use ON sessions (seen_ms)",
    // Counting all rows for every new one would take longer than all the rest.
    "CREATE TABLE session_counts (principal TEXT PRIMARY KEY, sessions INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE subscriptions (
       session TEXT NOT NULL, uri TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (session, uri)
     ) STRICT, WITHOUT ROWID",
    "CREATE INDEX subscriptions_by_uri ON subscriptions (uri)",
    "CREATE TABLE streams (
       id INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL, request TEXT NOT NULL, finished_ms INTEGER
     ) STRICT",
    "CREATE INDEX streams_by_session ON streams (session)",
    "CREATE INDEX streams_by_end ON streams (finished_ms)",
    // Without a session an event is everybody's; without a stream it is on the session's own.
    "CREATE TABLE events (
       position INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT, stream INTEGER, uri TEXT, at_ms INTEGER NOT NULL,
       message BLOB NOT NULL
     ) STRICT",
    "CREATE INDEX events_by_stream ON events (session, stream, position)",
    // Sums, so that nobody has to add up; the newest position stays when its event is forgotten.
    "CREATE TABLE log (
       only INTEGER PRIMARY KEY CHECK (only = 1), sessions INTEGER NOT NULL, newest INTEGER NOT NULL,
       forgotten INTEGER NOT NULL, bytes INTEGER NOT NULL
     ) STRICT",
    "INSERT INTO log VALUES (1, 0, 0, 0, 0)",
    "CREATE TRIGGER session_begins AFTER INSERT ON sessions BEGIN
       INSERT INTO session_counts VALUES (new.principal, 1) ON CONFLICT DO UPDATE SET sessions = sessions + 1;
       UPDATE log SET sessions = sessions + 1;
     END",
    "CREATE TRIGGER session_ends AFTER DELETE ON sessions BEGIN
       UPDATE session_counts SET sessions = sessions - 1 WHERE principal = old.principal;
       DELETE FROM session_counts WHERE principal = old.principal AND sessions = 0;
       UPDATE log SET sessions = sessions - 1;
       DELETE FROM subscriptions WHERE session = old.id;
       DELETE FROM events WHERE session = old.id;
       DELETE FROM streams WHERE session = old.id;
     END",
    "CREATE TRIGGER stream_is_forgotten AFTER DELETE ON streams BEGIN
       DELETE FROM events WHERE session = old.session AND stream = old.id;
     END",
    "CREATE TRIGGER event_is_said AFTER INSERT ON events BEGIN
       UPDATE log SET newest = new.position, bytes = bytes + length(new.message);
     END",
    "CREATE TRIGGER event_is_forgotten AFTER DELETE ON events BEGIN
       UPDATE log SET bytes = bytes - length(old.message);
     END",
    // The bundle that sessions were last told of.
    "CREATE TABLE deployed (only INTEGER PRIMARY KEY CHECK (only = 1), bundle_sha256 TEXT NOT NULL) STRICT",
    // What each session holds, and the newest event of its own stream that was forgotten; '' is for what all are told.
    "CREATE TABLE shares (
       session TEXT PRIMARY KEY, events INTEGER NOT NULL, bytes INTEGER NOT NULL, forgotten INTEGER NOT NULL DEFAULT 0
     ) STRICT, WITHOUT ROWID",
    "INSERT INTO shares (session, events, bytes)
       SELECT ifnull(session, ''), count(*), sum(length(message)) FROM events GROUP BY session",
    "INSERT OR IGNORE INTO shares (session, events, bytes) VALUES ('', 0, 0)",
    "UPDATE shares SET forgotten = (SELECT forgotten FROM log) WHERE session = ''",
    "CREATE TRIGGER share_ends AFTER DELETE ON sessions BEGIN DELETE FROM shares WHERE session = old.id; END",
    // The newest of its events that was forgotten: whoever read less cannot go on.
    "ALTER TABLE streams ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0",
    "DELETE FROM streams WHERE finished_ms IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM events WHERE session = streams.session AND stream = streams.id)",
    "ALTER TABLE log ADD COLUMN events INTEGER NOT NULL DEFAULT 0",
    "UPDATE log SET events = (SELECT count(*) FROM events)",
    "CREATE TRIGGER share_grows AFTER INSERT ON events BEGIN
       UPDATE log SET events = events + 1;
       INSERT INTO shares (session, events, bytes) VALUES (ifnull(new.session, ''), 1, length(new.message))
         ON CONFLICT DO UPDATE SET events = events + 1, bytes = bytes + excluded.bytes;
     END",
    "CREATE TRIGGER share_shrinks AFTER DELETE ON events BEGIN
       UPDATE log SET events = events - 1;
       UPDATE shares SET events = events - 1, bytes = bytes - length(old.message),
           forgotten = iif(old.stream IS NULL, max(forgotten, old.position), forgotten)
         WHERE session = ifnull(old.session, '');
       UPDATE streams SET forgotten = max(forgotten, old.position) WHERE id = old.stream;
       DELETE FROM streams WHERE id = old.stream AND finished_ms IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM events WHERE session = old.session AND stream = old.stream);
     END",
    // Of what was forgotten before this was noted for each stream, nobody knows on which it was.
    "UPDATE streams SET forgotten = max(forgotten, (SELECT forgotten FROM log))",
];

const BUNDLE_TABLES: &[&str] = &[
    "CREATE TABLE high_water (only INTEGER PRIMARY KEY CHECK (only = 1), seq INTEGER NOT NULL) STRICT",
    "INSERT INTO high_water VALUES (1, 0)",
    "CREATE TABLE nonces (
       id TEXT PRIMARY KEY, envelope TEXT NOT NULL, expires_ms INTEGER NOT NULL, reserved INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID",
    "CREATE INDEX nonces_by_expiry ON nonces (expires_ms)",
    // `promoted` counts promotions, so that the newest good bundle is the last one promoted.
    "CREATE TABLE bundles (
       id INTEGER PRIMARY KEY AUTOINCREMENT, good INTEGER NOT NULL DEFAULT 0, promoted INTEGER, sha256 TEXT NOT NULL,
       seq INTEGER NOT NULL, kid TEXT NOT NULL, received_ms INTEGER NOT NULL, encoding TEXT NOT NULL
     ) STRICT",
    // A row holds two megabytes at most.
    "CREATE TABLE envelopes (
       bundle INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (bundle, part)
     ) STRICT, WITHOUT ROWID",
    // The bytes are in the bucket.
    "CREATE TABLE blobs (sha256 TEXT PRIMARY KEY, expires_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE bundle_blobs (bundle INTEGER NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (bundle, sha256)
     ) STRICT, WITHOUT ROWID",
    "CREATE INDEX bundle_blobs_by_sha256 ON bundle_blobs (sha256)",
    "CREATE TRIGGER bundle_is_forgotten AFTER DELETE ON bundles BEGIN
       DELETE FROM envelopes WHERE bundle = old.id;
       DELETE FROM bundle_blobs WHERE bundle = old.id;
     END",
    // Records of promotions that are not in the audit log yet: it is another database, and no transaction spans both.
    "CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL) STRICT",
];

/// As on the server, so that an export verifies alike.
const AUDIT_TABLES: &[&str] = &[
    "CREATE TABLE audit (sequence INTEGER PRIMARY KEY, hash TEXT NOT NULL, record TEXT NOT NULL) STRICT",
    "CREATE TABLE audit_checkpoints (sequence INTEGER PRIMARY KEY, checkpoint TEXT NOT NULL) STRICT",
];

pub(crate) fn migrations() -> Vec<Migration> {
    [(EVENTS, EVENT_TABLES), (BUNDLE, BUNDLE_TABLES), (AUDIT, AUDIT_TABLES)]
        .map(|(binding, statements)| Migration {
            binding: binding.to_owned(),
            statements: statements.iter().map(|&statement| statement.to_owned()).collect(),
        })
        .into()
}
