//! The storage ports over an adapter: a component that says which binding operations a request comes to. Knows the
//! procedures; knows no platform, no binding and no SQL. Never performs an operation itself.
//!
//! ```text
//! port method → procedure and arguments → plan ⇄ bindings (performed by the shell) → rows → answer
//! ```
//!
//! The types follow `frontmcp:adapter` in `wit/`, and are written for JavaScript as its transpiled components take them.

use std::sync::{Arc, OnceLock, Weak};

use serde::{Deserialize, Serialize};

use crate::ports::BoxFuture;
use crate::reject::Fault;

mod audit;
mod bundles;
mod events;
mod rows;
mod sessions;
mod signer;

pub use audit::AuditLog;
pub use signer::SeedSigner;

/// The largest integer that every platform holds exactly: 2^53 - 1.
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// A value of SQL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Value {
    /// No value.
    Null,
    /// Between -[`MAX_INTEGER`] and [`MAX_INTEGER`].
    Integer(i64),
    /// UTF-8.
    Text(String),
    /// Bytes; two megabytes at most on some platforms.
    Blob(#[serde(with = "serde_bytes")] Vec<u8>),
}

/// The rows of each statement of a transaction.
pub type Rows = Vec<Vec<Vec<Value>>>;

/// One SQL statement and its parameters, `?1` first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The statement.
    pub sql: String,
    /// Its parameters.
    pub values: Vec<Value>,
}

/// Statements in one transaction: all of them take effect, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// The binding of a class of objects with storage of their own, or of a database.
    pub binding: String,
    /// The object's name; none for a database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// In order.
    pub statements: Vec<Statement>,
}

/// A place in a key-value store or bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The store's binding.
    pub binding: String,
    /// The place in it.
    pub key: String,
}

/// What to write there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The store's binding.
    pub binding: String,
    /// The place in it.
    pub key: String,
    /// The bytes.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
    /// Milliseconds since the Unix epoch after which it may be forgotten, where the store can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_ms: Option<u64>,
}

/// One binding operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Op {
    /// Answered by [`Outcome::Rows`].
    Sql(Transaction),
    /// Answered by [`Outcome::Bytes`].
    KvGet(Place),
    /// Answered by [`Outcome::Done`].
    KvPut(Entry),
    /// Answered by [`Outcome::Done`].
    KvDelete(Place),
    /// Whether something is there: [`Outcome::Bytes`] without bytes.
    BucketHead(Place),
    /// Answered by [`Outcome::Bytes`].
    BucketGet(Place),
    /// Answered by [`Outcome::Done`].
    BucketPut(Entry),
    /// Answered by [`Outcome::Done`].
    BucketDelete(Place),
}

/// What came of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Outcome {
    /// Of a transaction.
    Rows(Rows),
    /// What is there, if anything is.
    Bytes(#[serde(with = "serde_bytes")] Option<Vec<u8>>),
    /// Written or deleted.
    Done,
    /// Why it failed, for an operator: names the binding.
    Failed(String),
}

/// A procedure of the storage ports, with arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// For instance `sessions.get`.
    pub procedure: String,
    /// In the procedure's order.
    pub arguments: Vec<Value>,
}

/// Operations to perform, and what to go on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// To perform in order, whatever comes of each.
    pub ops: Vec<Op>,
    /// The plan's own.
    pub state: Vec<Value>,
}

/// Where a plan stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Step {
    /// It has to know more.
    Pending(Pending),
    /// The answer.
    Done(Rows),
    /// It cannot be answered; for an operator.
    Failed(String),
}

/// The tables of one binding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// The binding.
    pub binding: String,
    /// Statements to apply in order, each once ever.
    pub statements: Vec<String>,
}

/// The adapter component. Pure: the same arguments give the same step.
pub trait Planner: Send + Sync {
    /// Begins to answer a request.
    ///
    /// # Errors
    /// The component trapped.
    fn begin(&self, request: Request) -> Result<Step, Fault>;
    /// Goes on with the outcomes of the operations that were asked for last.
    ///
    /// # Errors
    /// The component trapped.
    fn resume(&self, state: Vec<Value>, outcomes: Vec<Outcome>) -> Result<Step, Fault>;
}

/// The platform's bindings.
pub trait Bindings: Send + Sync {
    /// Performs operations in order and answers their outcomes, as many as there are operations.
    fn perform(&self, ops: Vec<Op>) -> BoxFuture<'_, Vec<Outcome>>;
}

/// The ports `Sessions`, `Events`, `Bundles` and `Blobs` over an adapter.
pub struct Adapter {
    planner: Arc<dyn Planner>,
    bindings: Arc<dyn Bindings>,
    history: usize,
    /// Where promotions go on record; only where the audit log is written.
    audit: OnceLock<Weak<AuditLog>>,
}

impl Adapter {
    /// Storage that keeps `history` good bundles, at least one.
    pub fn new(planner: Arc<dyn Planner>, bindings: Arc<dyn Bindings>, history: usize) -> Self {
        Self { planner, bindings, history: history.max(1), audit: OnceLock::new() }
    }

    /// From now on promotions go on record here. Where no log is, none is accepted.
    pub fn record_in(&self, audit: &Arc<AuditLog>) {
        // Whoever comes first is the one writer there is.
        let _ = self.audit.set(Arc::downgrade(audit));
    }

    /// Runs a procedure to its end.
    async fn ask(&self, procedure: &str, arguments: Vec<Value>) -> Result<Rows, Fault> {
        if let Some(number) = arguments.iter().find_map(too_large) {
            return Err(Fault::new(format!(
                "storage: {procedure}: {number} is no number that storage can hold"
            )));
        }
        let mut step = self.planner.begin(Request { procedure: procedure.to_owned(), arguments })?;
        loop {
            match step {
                Step::Done(rows) => return Ok(rows),
                Step::Failed(reason) => return Err(Fault::new(format!("storage: {procedure}: {reason}"))),
                Step::Pending(Pending { ops, state }) => {
                    let outcomes = self.bindings.perform(ops).await;
                    step = self.planner.resume(state, outcomes)?;
                }
            }
        }
    }

    /// The same for a procedure that answers nothing.
    async fn tell(&self, procedure: &str, arguments: Vec<Value>) -> Result<(), Fault> {
        self.ask(procedure, arguments).await.map(drop)
    }
}

fn too_large(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(number) if number.abs() > MAX_INTEGER => Some(*number),
        _ => None,
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Integer(flag.into())
    }
}

/// What does not fit is found out where it is asked for.
impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<Option<u64>> for Value {
    fn from(number: Option<u64>) -> Self {
        number.map_or(Self::Null, Self::from)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::from(number as u64)
    }
}

impl From<bytes::Bytes> for Value {
    fn from(bytes: bytes::Bytes) -> Self {
        Self::Blob(bytes.into())
    }
}
