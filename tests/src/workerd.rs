//! Cloudflare's bindings as the platform's own runtime has them. One runtime for this process, and one test at a time in
//! it: each begins with nothing. Ends with the process.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use frontmcp_core::adapter::{self, Bindings, Op, Outcome};
use frontmcp_core::ports::BoxFuture;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Value, json};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::bindings::migrations;
use crate::{client, platform, repository};

/// The bindings of one test.
pub struct Workerd {
    http: reqwest::Client,
    test: u64,
    tables: Value,
    _turn: OwnedMutexGuard<()>,
}

struct Runtime {
    url: String,
    turn: Arc<Mutex<()>>,
    /// It ends when its input does, with this process at the latest.
    _child: Child,
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let home = std::env::temp_dir();
        let mut command = platform(&repository().join("tests/clients/serve-bindings.mjs"), &home);
        command.arg(repository().join("tests/contract/workerd.js"));
        command.arg(repository().join("host/workerd/js/bindings.js"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("its output is ours");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("listening on ").expect("workerd starts").to_owned();
        Runtime { url, turn: Arc::default(), _child: child }
    })
}

impl Workerd {
    /// An empty platform, once nobody else uses it.
    pub(crate) async fn empty() -> Self {
        static TESTS: AtomicU64 = AtomicU64::new(1);
        let turn = runtime().turn.clone().lock_owned().await;
        let tables = migrations()
            .iter()
            .map(|migration| (migration.binding.clone(), json!(migration.statements)))
            .collect();
        Self { http: client(), test: TESTS.fetch_add(1, Ordering::Relaxed), tables, _turn: turn }
    }

    async fn ask(&self, ops: &[Op]) -> reqwest::Result<Vec<u8>> {
        let mut body = Vec::new();
        let asked = Asked { test: self.test, tables: &self.tables, ops };
        asked.serialize(&mut Serializer::with_formatter(&mut body, Compact)).expect("plain JSON");
        let request = self.http.post(&runtime().url).timeout(Duration::from_secs(60)).body(body);
        Ok(request.send().await?.bytes().await?.into())
    }
}

#[derive(Serialize)]
struct Asked<'a> {
    test: u64,
    tables: &'a Value,
    ops: &'a [Op],
}

/// JSON with bytes in base64.
struct Compact;

impl Formatter for Compact {
    fn write_byte_array<W: ?Sized + Write>(&mut self, writer: &mut W, bytes: &[u8]) -> io::Result<()> {
        write!(writer, "\"{}\"", STANDARD.encode(bytes))
    }
}

impl Bindings for Workerd {
    fn perform(&self, ops: Vec<Op>) -> BoxFuture<'_, Vec<Outcome>> {
        Box::pin(async move {
            let answer = self.ask(&ops).await.expect("an answer from workerd");
            let outcomes: Vec<Value> = serde_json::from_slice(&answer)
                .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&answer)));
            outcomes.iter().map(outcome).collect()
        })
    }
}

fn outcome(outcome: &Value) -> Outcome {
    let val = &outcome["val"];
    match outcome["tag"].as_str() {
        Some("rows") => Outcome::Rows(list(val, |rows| list(rows, |row| list(row, cell)))),
        Some("bytes") => Outcome::Bytes(val.as_str().map(|_| bytes(val))),
        Some("done") => Outcome::Done,
        Some("failed") => Outcome::Failed(val.as_str().expect("a reason").to_owned()),
        _ => panic!("no outcome: {outcome}"),
    }
}

fn cell(cell: &Value) -> adapter::Value {
    let val = &cell["val"];
    match cell["tag"].as_str() {
        Some("null") => adapter::Value::Null,
        Some("integer") => adapter::Value::Integer(val.as_i64().expect("an integer")),
        Some("text") => adapter::Value::Text(val.as_str().expect("a text").to_owned()),
        Some("blob") => adapter::Value::Blob(bytes(val)),
        _ => panic!("no value: {cell}"),
    }
}

fn list<T>(list: &Value, item: impl Fn(&Value) -> T) -> Vec<T> {
    list.as_array().expect("a list").iter().map(item).collect()
}

fn bytes(text: &Value) -> Vec<u8> {
    STANDARD.decode(text.as_str().expect("base64")).expect("base64")
}
