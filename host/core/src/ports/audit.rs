//! The audit log: what is recorded, and what a store owes its readers. Never implements it, and has no place for a body
//! or a secret: of what went in and out there are only digests.
//!
//! One process writes, and links what it writes: record n+1 carries the digest of record n, so that the log is one chain
//! and has no second branch. What a method acknowledges is durable.

use serde::{Deserialize, Serialize};

use super::BoxFuture;
use crate::reject::Fault;

/// Something that happened, before it has its place in the log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Entry {
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// What kind of thing it was.
    pub event: Event,
    /// What came of it: `ok`, `applied`, the code of an error.
    pub outcome: String,
    /// Who asked, as `issuer|subject|tenant`.
    pub subject: String,
    /// The session it belongs to, where there are sessions.
    pub session: Option<String>,
    /// Joins the records of one tool call.
    pub call: Option<String>,
    /// The tool that was called, e.g. `execute`.
    pub tool: Option<String>,
    /// The operation's tool name (`spec.operation`), as it was asked for if there is none.
    pub operation: Option<String>,
    /// The active skills; for an operation those of them that grant it. `*` for all.
    pub skills: Vec<String>,
    /// The bundle that was live, or that was pushed.
    pub bundle_sha256: Option<String>,
    /// SHA-256 of the canonical JSON that went in.
    pub input_sha256: Option<String>,
    /// SHA-256 of the canonical JSON that came out.
    pub output_sha256: Option<String>,
    /// The upstream's HTTP status; 0 without an answer.
    pub status: Option<u16>,
    /// What was wrong, bounded.
    pub error: Option<String>,
    /// SHA-256 of the envelope that was pushed.
    pub envelope_sha256: Option<String>,
    /// Whose signature the pushed envelope has.
    pub kid: Option<String>,
    /// The pushed bundle's place in the order of bundles.
    pub seq: Option<u64>,
    /// For [`Event::Pruned`]: the last record that is gone.
    pub through: Option<u64>,
    /// How many like this one were not recorded before it, because anybody can cause them.
    pub suppressed: Option<u64>,
}

/// What kind of thing a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A tool was called, and answered.
    #[default]
    ToolCall,
    /// An operation was called and answered 2xx.
    OperationSuccess,
    /// An operation was called and did not succeed, or nobody knows: the call was broken off.
    OperationFailure,
    /// An operation was asked for and not called: not granted, or not callable like this.
    OperationRefused,
    /// A bundle was pushed.
    Resync,
    /// Somebody did not prove who they are.
    AuthFailure,
    /// The oldest records were removed.
    Pruned,
}

/// Where the log ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The last record's sequence; 0 before the first.
    pub sequence: u64,
    /// Its digest, 64 lower-case hexadecimal digits; zeros before the first.
    pub hash: String,
}

/// A record as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// SHA-256 of the text. Says nothing that the text does not; tells which of two records was changed.
    pub hash: String,
    /// Canonical JSON.
    pub text: String,
}

/// A signed statement that the log ended so at some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Checkpoint {
    /// The last record's digest.
    pub hash: String,
    /// Thumbprint (RFC 7638) of the key that signed.
    pub key_id: String,
    /// The last record's sequence.
    pub sequence: u64,
    /// Ed25519 over the other members and a type, base64url.
    pub signature: String,
    /// RFC 3339, UTC, with milliseconds.
    pub timestamp: String,
}

/// Who did what, and what came of it.
pub trait Audit: Send + Sync {
    /// Links entries to the end of the log, in order and in one transaction. Answers where it ends then. They are handed
    /// over when this returns: nobody has to wait for the answer. Must not block.
    fn append(&self, entries: Vec<Entry>) -> BoxFuture<'_, Result<Head, Fault>>;
    /// At most `limit` records, from the one with sequence `from` on, oldest first.
    fn records(&self, from: u64, limit: usize) -> BoxFuture<'_, Result<Vec<Kept>, Fault>>;
    /// Where the log ends.
    fn head(&self) -> BoxFuture<'_, Result<Head, Fault>>;
    /// The checkpoints that are kept, oldest first. If records were pruned, the first one tells where the log ended
    /// that is gone.
    fn checkpoints(&self) -> BoxFuture<'_, Result<Vec<Checkpoint>, Fault>>;
    /// Signs where the log ends, unless the newest checkpoint does, and answers the newest.
    fn checkpoint(&self, now_ms: u64) -> BoxFuture<'_, Result<Option<Checkpoint>, Fault>>;
    /// Removes the oldest records up to the newest checkpoint that leaves at least `keep` of them. Leaves a record of
    /// that and signs it. Answers the last record that is gone; `None` if all stay.
    fn prune(&self, keep: u64, now_ms: u64) -> BoxFuture<'_, Result<Option<u64>, Fault>>;
}
