//! Cloudflare's bindings, emulated: SQLite for every object and database, maps for key-value stores and buckets. Holds to
//! the platform's limits, and fails when it is told to. And the storage ports over it, by way of the adapter component.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use frontmcp_core::Fault;
use frontmcp_core::adapter::{
    Adapter, AuditLog, Bindings, Entry, MAX_INTEGER, Migration, Op, Outcome, Place, Planner, Rows,
    SeedSigner, Transaction, Value,
};
use frontmcp_core::ports::audit::{self, Checkpoint, Head, Kept};
use frontmcp_core::ports::bundles::{Candidate, GoodBundle, Nonce, Packed, Standing};
use frontmcp_core::ports::sessions::{
    Announced, Created, Page, Session, SessionLimits, StreamId, Unfinished,
};
use frontmcp_core::ports::{Audit, Blobs, BoxFuture, Bundles, Events, Sessions, Tasks};
use frontmcp_host::wasm::WasmAdapter;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};

use crate::adapter;
use crate::workerd::Workerd;

/// The largest value of a row, in bytes.
const MAX_VALUE: usize = 2 << 20;
/// Parameters of a statement.
const MAX_PARAMETERS: usize = 100;

/// One engine for everything in this process: compiling takes a while, instances are fresh anyway.
fn component() -> &'static (Arc<WasmAdapter>, Vec<Migration>) {
    static COMPONENT: OnceLock<(Arc<WasmAdapter>, Vec<Migration>)> = OnceLock::new();
    COMPONENT.get_or_init(|| {
        let wasm = std::fs::read(adapter()).expect("the built component");
        let adapter = WasmAdapter::new(&wasm).expect("a component");
        let migrations = adapter.migrations().expect("tables");
        (Arc::new(adapter), migrations)
    })
}

/// The tables of every binding.
pub(crate) fn migrations() -> &'static [Migration] {
    &component().1
}

/// What is bound.
#[derive(Default)]
pub struct Bound(Mutex<State>);

#[derive(Default)]
struct State {
    databases: HashMap<(String, Option<String>), Connection>,
    stores: HashMap<String, BTreeMap<String, Vec<u8>>>,
    failing: HashSet<String>,
    /// Who does what it is asked next, and whose answer is lost.
    loses_answer: HashSet<String>,
}

impl Bound {
    /// From now on everything asked of this binding fails, or works again.
    pub fn fail(&self, binding: &str, fails: bool) {
        let failing = &mut self.state().failing;
        let _ = if fails { failing.insert(binding.to_owned()) } else { failing.remove(binding) };
    }

    /// The next answer of this binding is lost, although it does what it was asked.
    pub fn lose_answer(&self, binding: &str) {
        self.state().loses_answer.insert(binding.to_owned());
    }

    /// What a key-value store or bucket holds.
    pub fn keys(&self, binding: &str) -> Vec<String> {
        self.state().stores.get(binding).into_iter().flat_map(BTreeMap::keys).cloned().collect()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds it")
    }
}

impl Bindings for Bound {
    fn perform(&self, ops: Vec<Op>) -> BoxFuture<'_, Vec<Outcome>> {
        let mut state = self.state();
        let outcomes: Vec<Outcome> = ops.into_iter().map(|op| state.perform(op)).collect();
        Box::pin(std::future::ready(outcomes))
    }
}

impl State {
    fn perform(&mut self, op: Op) -> Outcome {
        let (binding, kind) = match &op {
            Op::Sql(Transaction { binding, object, .. }) => {
                (binding.clone(), if object.is_some() { "Durable Object" } else { "D1" })
            }
            Op::KvGet(Place { binding, .. }) | Op::KvDelete(Place { binding, .. }) => (binding.clone(), "KV"),
            Op::KvPut(Entry { binding, .. }) => (binding.clone(), "KV"),
            Op::BucketHead(Place { binding, .. })
            | Op::BucketGet(Place { binding, .. })
            | Op::BucketDelete(Place { binding, .. }) => (binding.clone(), "R2"),
            Op::BucketPut(Entry { binding, .. }) => (binding.clone(), "R2"),
        };
        if self.failing.contains(&binding) {
            return Outcome::Failed(format!("{binding} ({kind}): it fails, as it was told to"));
        }
        let is_lost = self.loses_answer.remove(&binding);
        let failed = |error: String| Outcome::Failed(format!("{binding} ({kind}): {error}"));
        let outcome = self.execute(op, &failed);
        if is_lost { failed("the connection was lost".to_owned()) } else { outcome }
    }

    fn execute(&mut self, op: Op, failed: &dyn Fn(String) -> Outcome) -> Outcome {
        match op {
            Op::Sql(transaction) => self.transact(transaction).map_or_else(failed, Outcome::Rows),
            Op::KvGet(Place { binding, key, .. }) | Op::BucketGet(Place { binding, key, .. }) => {
                Outcome::Bytes(self.store(binding).get(&key).cloned())
            }
            Op::BucketHead(Place { binding, key, .. }) => {
                Outcome::Bytes(self.store(binding).contains_key(&key).then(Vec::new))
            }
            Op::KvPut(Entry { binding, key, bytes, .. })
            | Op::BucketPut(Entry { binding, key, bytes, .. }) => {
                self.store(binding).insert(key, bytes);
                Outcome::Done
            }
            Op::KvDelete(Place { binding, key, .. }) | Op::BucketDelete(Place { binding, key, .. }) => {
                self.store(binding).remove(&key);
                Outcome::Done
            }
        }
    }

    fn store(&mut self, binding: String) -> &mut BTreeMap<String, Vec<u8>> {
        self.stores.entry(binding).or_default()
    }

    fn transact(&mut self, transaction: Transaction) -> Result<Rows, String> {
        let mut parameters = transaction.statements.iter().flat_map(|statement| &statement.values);
        parameters.try_for_each(within_limits)?;
        self.run(transaction).map_err(|error| error.to_string())
    }

    fn run(&mut self, transaction: Transaction) -> rusqlite::Result<Rows> {
        let Transaction { binding, object, statements } = transaction;
        let connection = self.databases.entry((binding.clone(), object)).or_insert_with(|| tables(&binding));
        let transaction = connection.unchecked_transaction()?;
        let mut answers = Vec::new();
        for statement in statements {
            assert!(statement.values.len() <= MAX_PARAMETERS, "too many parameters: {}", statement.sql);
            let values = statement.values.into_iter().map(outwards);
            let mut prepared = transaction.prepare(&statement.sql)?;
            assert_eq!(prepared.parameter_count(), values.len(), "{}", statement.sql);
            let columns = prepared.column_count();
            let mut rows = prepared.query(params_from_iter(values))?;
            let mut answer = Vec::new();
            while let Some(row) = rows.next()? {
                answer.push((0..columns).map(|n| row.get_ref(n).map(inwards)).collect::<Result<_, _>>()?);
            }
            answers.push(answer);
        }
        transaction.commit()?;
        Ok(answers)
    }
}

/// A fresh database with the binding's tables.
fn tables(binding: &str) -> Connection {
    let connection = Connection::open_in_memory().expect("memory");
    connection.execute_batch("PRAGMA foreign_keys = ON").expect("a setting");
    let migrations = component().1.iter().filter(|migration| migration.binding == binding);
    for statement in migrations.flat_map(|migration| &migration.statements) {
        connection.execute_batch(statement).unwrap_or_else(|error| panic!("{error}: {statement}"));
    }
    connection
}

/// What the platform refuses to keep.
fn within_limits(value: &Value) -> Result<(), String> {
    match value {
        Value::Integer(number) if number.abs() > MAX_INTEGER => Err(format!("{number} would be rounded")),
        Value::Text(text) if text.len() > MAX_VALUE => Err("string or blob too big".to_owned()),
        Value::Blob(bytes) if bytes.len() > MAX_VALUE => Err("string or blob too big".to_owned()),
        _ => Ok(()),
    }
}

fn outwards(value: Value) -> rusqlite::types::Value {
    match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Integer(number) => rusqlite::types::Value::Integer(number),
        Value::Text(text) => rusqlite::types::Value::Text(text),
        Value::Blob(bytes) => rusqlite::types::Value::Blob(bytes),
    }
}

fn inwards(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8(text.to_vec()).expect("UTF-8")),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        ValueRef::Real(number) => panic!("{number} is no value of ours"),
    }
}

struct Spawned;

impl Tasks for Spawned {
    fn spawn(&self, work: BoxFuture<'static, ()>) {
        tokio::spawn(work);
    }
}

/// All storage ports over bindings, emulated ones unless it says otherwise.
pub struct EdgeStore<B = Bound> {
    /// What is bound.
    pub bound: Arc<B>,
    adapter: Arc<Adapter>,
    log: Arc<AuditLog>,
}

impl EdgeStore {
    /// An empty platform; keeps so many good bundles.
    pub fn new(history: usize) -> Self {
        Self::over(Arc::default(), history)
    }
}

impl EdgeStore<Workerd> {
    /// The same over the real bindings of the platform's own runtime.
    pub async fn on_workerd(history: usize) -> Self {
        Self::over(Arc::new(Workerd::empty().await), history)
    }
}

impl<B: Bindings + 'static> EdgeStore<B> {
    /// Another instance over the same platform, with an audit log of its own.
    pub fn over(bound: Arc<B>, history: usize) -> Self {
        let planner: Arc<dyn Planner> = component().0.clone();
        let adapter = Arc::new(Adapter::new(planner, bound.clone(), history));
        let log = Arc::new(AuditLog::new(adapter.clone(), Arc::new(Spawned), SeedSigner::new(&[7; 32]), 1));
        adapter.record_in(&log);
        Self { bound, adapter, log }
    }

    /// What checkpoints are verified with.
    pub fn public_jwk(&self) -> String {
        self.log.public_jwk()
    }
}

macro_rules! delegated {
    ($trait:ident by $field:ident { $(fn $name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)+ }) => {
        impl<B: Send + Sync> $trait for EdgeStore<B> {
            $(fn $name(&self, $($argument: $kind),*) -> BoxFuture<'_, Result<$answer, Fault>> {
                $trait::$name(&*self.$field, $($argument),*)
            })+
        }
    };
}

delegated!(Sessions by adapter {
    fn create(id: &str, session: Session, limits: SessionLimits) -> Created;
    fn get(id: &str) -> Option<Session>;
    fn touch(id: &str, seen_ms: u64) -> bool;
    fn agree(id: &str, version: &str) -> ();
    fn set_level(id: &str, level: &str) -> ();
    fn subscribe(id: &str, uri: &str, max: usize) -> bool;
    fn unsubscribe(id: &str, uri: &str) -> ();
    fn subscriptions(id: &str) -> Vec<String>;
    fn end(id: &str) -> bool;
    fn expire(before_ms: u64, max: usize) -> Vec<String>;
    fn count() -> u64;
});

delegated!(Events by adapter {
    fn newest() -> u64;
    fn open(session: &str, request: &str) -> u64;
    fn append(stream: StreamId, said: Vec<Bytes>, now_ms: u64) -> ();
    fn finish(stream: StreamId, said: Vec<Bytes>, now_ms: u64) -> ();
    fn announce(said: Vec<Announced>, now_ms: u64) -> ();
    fn deployed(bundle_sha256: &str, is_change: bool, said: Vec<Announced>, now_ms: u64) -> bool;
    fn after(stream: StreamId, position: u64, max: usize) -> Option<Page>;
    fn unfinished(of: Option<&str>, max: usize) -> Vec<Unfinished>;
    fn forget(before_ms: u64) -> bool;
});

delegated!(Bundles by adapter {
    fn standing(nonce: &str) -> Standing;
    fn spend(nonce: Nonce, seq: Option<u64>, now_ms: u64) -> ();
    fn stage(nonce: Nonce, candidate: Candidate) -> u64;
    fn promote(id: u64, entry: audit::Entry) -> ();
    fn history() -> Vec<GoodBundle>;
    fn envelope(id: u64) -> Option<Packed>;
});

delegated!(Blobs by adapter {
    fn missing(sha256s: Vec<String>) -> Vec<String>;
    fn expect(sha256s: Vec<String>, expires_ms: u64) -> ();
    fn is_expected(sha256: &str, now_ms: u64) -> bool;
    fn put(sha256: &str, bytes: Bytes) -> ();
    fn get(sha256: &str) -> Option<Bytes>;
});

delegated!(Audit by log {
    fn append(entries: Vec<audit::Entry>) -> Head;
    fn records(from: u64, limit: usize) -> Vec<Kept>;
    fn head() -> Head;
    fn checkpoints() -> Vec<Checkpoint>;
    fn checkpoint(now_ms: u64) -> Option<Checkpoint>;
    fn prune(keep: u64, now_ms: u64) -> Option<u64>;
});
