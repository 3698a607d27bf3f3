//! Other people's clients lose their connection and find their stream again: they send the last event they read, and
//! hear once of everything that was announced meanwhile. The clients reconnect by themselves; nothing here helps them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use frontmcp_tests::{Proxy, Server, Site, push};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::clients::{node_script, python_script};
use super::hot_reload::{Publisher, marked};

/// How long anything may take before a test gives up. The clients wait up to some seconds before they reconnect.
const PATIENCE: Duration = Duration::from_secs(30);
/// What every push announces. The Python client drops what is not in the specification, so only these are counted
/// at the clients.
const STANDARD: [&str; 3] = ["tools", "resources", "prompts"];
const KINDS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn the_first_typescript_client_resumes_its_stream() {
    resumes(node_script("resume.mjs").arg("v1")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_typescript_client_resumes_its_stream() {
    resumes(node_script("resume.mjs").arg("v2")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_client_resumes_its_stream() {
    resumes(&mut python_script("resume.py")).await;
}

/// One announcement is heard, two are missed, and one comes after the stream was resumed.
async fn resumes(command: &mut Command) {
    let site = Site::new();
    let publisher = Publisher::new(&site);
    let server = publisher.serve(&site);
    let proxy = Proxy::start(server.origin().strip_prefix("http://").unwrap().parse().unwrap()).await;
    let mut client = Listener::start(command.arg(format!("http://{}/mcp", proxy.address())));
    client.within("the stream opens", proxy.a_stream_is_open()).await;

    announce(&server, &publisher, "word 1").await;
    client.has_heard(1).await;
    tokio::time::timeout(PATIENCE, proxy.cut()).await.expect("the connections are cut");
    announce(&server, &publisher, "word 2").await;
    announce(&server, &publisher, "word 3").await;
    proxy.open();
    client.has_heard(3).await;
    announce(&server, &publisher, "word 4").await;
    client.has_heard(4).await;

    // A stopping server ends its streams after all they have to say, so nothing can be said twice later.
    server.terminate();
    client.within("the streams end", proxy.all_ended()).await;
    let heard = client.end().await;
    assert_eq!(heard, STANDARD.map(|kind| (list_changed(kind), 4)).into());
    compare_streams(&proxy);
}

/// Which streams there were, seen from the wire.
fn compare_streams(proxy: &Proxy) {
    let streams = proxy.streams();
    let [first, resumed] = streams.as_slice() else { panic!("not two streams: {streams:#?}") };
    let session = first.header("mcp-session-id");
    assert!(session.is_some(), "the stream belongs to no session: {first:#?}");
    assert_eq!(resumed.header("mcp-session-id"), session);
    assert_eq!(first.header("last-event-id"), None);
    let last = resumed.header("last-event-id").unwrap_or_else(|| panic!("nothing is resumed: {resumed:#?}"));
    let mut ids = first.answer.lines().filter_map(|line| line.strip_prefix("id:")).map(str::trim);
    assert_eq!(ids.next_back(), Some(last), "it goes on after the last event of {first:#?}");
    let announced = [first, resumed].map(|stream| stream.answer.matches("/list_changed\"").count());
    assert_eq!(announced, [KINDS, 3 * KINDS]);
}

async fn announce(server: &Server, publisher: &Publisher, word: &str) {
    let (status, answer) = push(server.origin(), publisher.envelope(marked(word))).await;
    assert_eq!((status, &answer["status"]), (200, &json!("applied")), "{answer:#}");
}

fn list_changed(kind: &str) -> String {
    format!("notifications/{kind}/list_changed")
}

/// A client as a child process, which prints what it is told until its input is closed.
struct Listener {
    child: Child,
    lines: UnboundedReceiver<Value>,
    printed: Vec<Value>,
}

impl Listener {
    fn start(command: &mut Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the client starts");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, lines) = unbounded_channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // Nobody listens any more once the test is over.
                let _ = sender.send(serde_json::from_str(&line).unwrap_or(Value::String(line)));
            }
        });
        Self { child, lines, printed: Vec::new() }
    }

    /// Waits for something that the client does; tells what it printed if that takes too long.
    async fn within(&mut self, what: &str, done: impl Future<Output = ()>) {
        if tokio::time::timeout(PATIENCE, done).await.is_err() {
            while let Ok(line) = self.lines.try_recv() {
                self.printed.push(line);
            }
            panic!("{what}: not within {PATIENCE:?}; the client printed {:#?}", self.printed);
        }
    }

    /// Waits until it has been told of this many changes of each list.
    async fn has_heard(&mut self, pushes: usize) {
        let wanted = |counts: &BTreeMap<String, usize>| {
            STANDARD.iter().all(|kind| counts.get(&list_changed(kind)).is_some_and(|count| *count >= pushes))
        };
        while !wanted(&self.heard()) {
            match tokio::time::timeout(PATIENCE, self.lines.recv()).await {
                Ok(Some(line)) => self.printed.push(line),
                _ => panic!("{pushes} announcements were not heard; the client printed {:#?}", self.printed),
            }
        }
    }

    /// How often it was told of each standard list.
    fn heard(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        let methods = self.printed.iter().filter_map(|line| line["notification"].as_str());
        for method in methods.filter(|method| STANDARD.iter().any(|kind| *method == list_changed(kind))) {
            *counts.entry(method.to_owned()).or_default() += 1;
        }
        counts
    }

    /// Closes its input, reads all it has to say, and answers what it was told in its whole life.
    async fn end(mut self) -> BTreeMap<String, usize> {
        drop(self.child.stdin.take());
        loop {
            match tokio::time::timeout(PATIENCE, self.lines.recv()).await {
                Ok(Some(line)) => self.printed.push(line),
                Ok(None) => break,
                Err(_) => panic!("the client does not end; it printed {:#?}", self.printed),
            }
        }
        let status = self.child.wait().expect("it can be waited for");
        assert!(status.success(), "{status}: {:#?}", self.printed);
        self.heard()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It may have ended already; either way nothing of it stays.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
