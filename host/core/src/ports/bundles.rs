//! Storage for accepted bundles and their large artifacts. Never implements it.
//!
//! One process writes. Everything a method acknowledges is durable: it survives a killed process and a power cut.

use bytes::Bytes;

use super::BoxFuture;
use super::audit::Entry;
use crate::reject::Fault;

/// Accepted bundles, and what keeps repeated and older ones out.
pub trait Bundles: Send + Sync {
    /// What a push with this nonce is judged against. Reads only.
    fn standing(&self, nonce: &str) -> BoxFuture<'_, Result<Standing, Fault>>;
    /// Spends a nonce on a push that changed no bundle. Raises the high-water mark to `seq` if one is given. Forgets
    /// nonces, and artifacts that no bundle here names, that had expired by `now_ms`.
    fn spend(&self, nonce: Nonce, seq: Option<u64>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>>;
    /// Keeps a candidate that passed every check, and spends its nonce, in one transaction. Never touches a good
    /// bundle. Answers the candidate's id.
    fn stage(&self, nonce: Nonce, candidate: Candidate) -> BoxFuture<'_, Result<u64, Fault>>;
    /// Makes a candidate the newest good bundle, raises the high-water mark to its `seq`, and appends `entry` to the
    /// audit log, in one transaction. Forgets candidates and good bundles beyond the history, expired nonces, and
    /// artifacts nobody names any more.
    fn promote(&self, id: u64, entry: Entry) -> BoxFuture<'_, Result<(), Fault>>;
    /// The good bundles that are kept, newest first, without their bytes.
    fn history(&self) -> BoxFuture<'_, Result<Vec<GoodBundle>, Fault>>;
    /// The envelope of a good bundle, packed as it arrived; `None` if it is not kept any more.
    fn envelope(&self, id: u64) -> BoxFuture<'_, Result<Option<Packed>, Fault>>;
}

/// A push's nonce and how long it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce {
    /// The envelope's `jti`.
    pub id: String,
    /// SHA-256 of the envelope that carries it, lower-case hex.
    pub envelope: String,
    /// Milliseconds since the Unix epoch after which it may be forgotten.
    pub expires_ms: u64,
    /// Whether the same envelope may come again, because artifacts were missing.
    pub reserved: bool,
}

/// What a push is judged against.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// The highest `seq` that was ever accepted; 0 before the first.
    pub high_water: u64,
    /// The nonce as it is remembered, if it was seen.
    pub seen: Option<Nonce>,
}

/// A bundle that passed every check and is not live yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// SHA-256 of the payload, lower-case hex.
    pub bundle_sha256: String,
    /// The envelope's `seq`.
    pub seq: u64,
    /// Who signed it.
    pub kid: String,
    /// Milliseconds since the Unix epoch.
    pub received_ms: u64,
    /// The envelope as it arrived.
    pub envelope: Packed,
    /// The artifacts it needs from [`Blobs`], by SHA-256.
    pub blobs: Vec<String>,
}

/// Bytes and how they are packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// An HTTP content coding: `identity`, `gzip` or `zstd`.
    pub encoding: String,
    /// The packed bytes.
    pub bytes: Bytes,
}

/// A good bundle, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodBundle {
    /// Its id in this store; newer ones are larger.
    pub id: u64,
    /// SHA-256 of the payload, lower-case hex.
    pub bundle_sha256: String,
    /// The envelope's `seq`.
    pub seq: u64,
    /// Who signed it.
    pub kid: String,
    /// Milliseconds since the Unix epoch.
    pub received_ms: u64,
}

/// Artifacts too large for an envelope, by the SHA-256 of their bytes.
pub trait Blobs: Send + Sync {
    /// Those of `sha256s` that are not here, in the same order.
    fn missing(&self, sha256s: Vec<String>) -> BoxFuture<'_, Result<Vec<String>, Fault>>;
    /// From now on, until `expires_ms`, [`Blobs::put`] takes these.
    fn expect(&self, sha256s: Vec<String>, expires_ms: u64) -> BoxFuture<'_, Result<(), Fault>>;
    /// Whether [`Blobs::put`] would take it at `now_ms`: expected and not expired, or here already.
    fn is_expected(&self, sha256: &str, now_ms: u64) -> BoxFuture<'_, Result<bool, Fault>>;
    /// Keeps an expected artifact. The caller has compared bytes and name.
    fn put(&self, sha256: &str, bytes: Bytes) -> BoxFuture<'_, Result<(), Fault>>;
    /// The bytes, if they are here.
    fn get(&self, sha256: &str) -> BoxFuture<'_, Result<Option<Bytes>, Fault>>;
}
