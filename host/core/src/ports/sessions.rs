//! Storage for sessions of the versions up to 2025-11-25, and for what their streams say. Never implements it.
//!
//! One process writes. Everything a method acknowledges is durable, so that a host that was killed resumes its sessions
//! and their streams where they were.

use bytes::Bytes;

use super::BoxFuture;
use crate::reject::Fault;

/// Sessions and what they asked for.
pub trait Sessions: Send + Sync {
    /// Keeps a new session, unless there are as many as there may be.
    fn create(
        &self,
        id: &str,
        session: Session,
        limits: SessionLimits,
    ) -> BoxFuture<'_, Result<Created, Fault>>;
    /// The session of this id, if it was not ended.
    fn get(&self, id: &str) -> BoxFuture<'_, Result<Option<Session>, Fault>>;
    /// It was used at `seen_ms`. Whether it is there.
    fn touch(&self, id: &str, seen_ms: u64) -> BoxFuture<'_, Result<bool, Fault>>;
    /// The protocol version was negotiated after the session began.
    fn agree(&self, id: &str, version: &str) -> BoxFuture<'_, Result<(), Fault>>;
    /// Log messages from this level on; see `mcp::notify::Level`.
    fn set_level(&self, id: &str, level: &str) -> BoxFuture<'_, Result<(), Fault>>;
    /// From now on it hears of changes of this resource. `false` if it has `max` subscriptions already.
    fn subscribe(&self, id: &str, uri: &str, max: usize) -> BoxFuture<'_, Result<bool, Fault>>;
    /// It hears of this resource no more.
    fn unsubscribe(&self, id: &str, uri: &str) -> BoxFuture<'_, Result<(), Fault>>;
    /// What it subscribed to.
    fn subscriptions(&self, id: &str) -> BoxFuture<'_, Result<Vec<String>, Fault>>;
    /// Ends it, with everything that belongs to it. Whether it was there.
    fn end(&self, id: &str) -> BoxFuture<'_, Result<bool, Fault>>;
    /// Ends at most `max` sessions that were last used before `before_ms`, and names them.
    fn expire(&self, before_ms: u64, max: usize) -> BoxFuture<'_, Result<Vec<String>, Fault>>;
    /// How many there are.
    fn count(&self) -> BoxFuture<'_, Result<u64, Fault>>;
}

/// What is remembered of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose it is; see `Principal::key`.
    pub principal: String,
    /// The protocol version that was negotiated; empty while nothing was, on the transport of 2024-11-05.
    pub version: String,
    /// Log messages from this level on, if the client said so.
    pub level: Option<String>,
    /// When it was last used: milliseconds since the Unix epoch, a little behind.
    pub seen_ms: u64,
}

/// How many sessions there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// In total.
    pub total: u64,
    /// Of one principal.
    pub per_principal: u64,
}

/// What came of [`Sessions::create`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// It is kept.
    Kept,
    /// There are as many as there may be in total.
    TooMany,
    /// Its principal has as many as one may have.
    TooManyOfPrincipal,
}

/// Events that one session keeps of what was said to it alone, on its own stream and those of its calls.
pub const SHARE_EVENTS: u64 = 10_000;
/// Bytes of messages that it keeps of them.
pub const SHARE_BYTES: u64 = 16 << 20;
/// Milliseconds for which its readers have time: what is younger goes only if it has more than [`SHARES_AT_MOST`] shares.
pub const SHARE_GRACE_MS: u64 = 60_000;
/// Shares that one session has at most, however young it all is.
pub const SHARES_AT_MOST: u64 = 4;

/// The log that streams are read from: what was said, to whom, in one order. A session that has more than its share
/// forgets the oldest of its own, once in a sixteenth of a share, but not what its readers had no time to read; if there
/// is too much in total, those that hold the most forget first.
pub trait Events: Send + Sync {
    /// The position of the newest event; 0 before the first.
    fn newest(&self) -> BoxFuture<'_, Result<u64, Fault>>;
    /// Opens a stream for the answer to a request of this session. Answers its number, which no other stream ever gets.
    fn open(&self, session: &str, request: &str) -> BoxFuture<'_, Result<u64, Fault>>;
    /// Says something on a stream, all of it or nothing. Says nothing if the stream is not there any more.
    fn append(&self, stream: StreamId, said: Vec<Bytes>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>>;
    /// As [`Events::append`] for the last time on a call's stream.
    fn finish(&self, stream: StreamId, said: Vec<Bytes>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>>;
    /// Says something to every session on its own stream.
    fn announce(&self, said: Vec<Announced>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>>;
    /// Notes which bundle is live, and says this to every session if `is_change`, or else if another one was noted
    /// before. In one step; whether it was said.
    fn deployed(
        &self,
        bundle_sha256: &str,
        is_change: bool,
        said: Vec<Announced>,
        now_ms: u64,
    ) -> BoxFuture<'_, Result<bool, Fault>>;
    /// What was said on a stream after a position, oldest first, at most `max` events. `None` if the session has no such
    /// stream, or, on a call's stream, something that was said after the position was forgotten.
    fn after(
        &self,
        stream: StreamId,
        position: u64,
        max: usize,
    ) -> BoxFuture<'_, Result<Option<Page>, Fault>>;
    /// Streams of calls that were never finished, at most `max`, of one session or of all: after a start, of calls that died
    /// with the process.
    fn unfinished(&self, of: Option<&str>, max: usize) -> BoxFuture<'_, Result<Vec<Unfinished>, Fault>>;
    /// Forgets some of the events, and of the finished streams, that are older than `before_ms` or too many. Whether there
    /// may be more to forget.
    fn forget(&self, before_ms: u64) -> BoxFuture<'_, Result<bool, Fault>>;
}

/// One stream of one session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StreamId {
    /// The session's id.
    pub session: String,
    /// The stream that answers a call, or else the session's own.
    pub call: Option<u64>,
}

/// Something every session is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// Only to those who subscribed to this resource, if there is one.
    pub uri: Option<String>,
    /// The notification.
    pub message: Bytes,
}

/// Part of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// In order.
    pub events: Vec<Event>,
    /// Where to go on: nothing else was said up to here.
    pub read_to: u64,
    /// There may be more to read at once: the page is full.
    pub has_more: bool,
    /// Nothing will follow them.
    pub is_finished: bool,
    /// Events between the position and the first of these may have been forgotten.
    pub has_gap: bool,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place in the log.
    pub position: u64,
    /// The message.
    pub message: Bytes,
}

/// A stream that waits for an answer nobody is working on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The stream.
    pub stream: StreamId,
    /// The request, as [`Events::open`] was given it.
    pub request: String,
}
