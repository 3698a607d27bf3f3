//! Fifty clients with open streams and running calls, and a server that is killed again and again: every client goes on
//! where it was.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use frontmcp_tests::{EventStream, Server, Site, client, try_push};
use serde_json::{Value, json};

use super::hot_reload::{Publisher, marked};

const CLIENTS: usize = 50;
const KILLS: u64 = 50;
const PATIENCE: Duration = Duration::from_secs(60);

/// What all clients share.
struct Place {
    http: reqwest::Client,
    url: RwLock<String>,
    over: AtomicBool,
    ready: AtomicU64,
    answered: AtomicU64,
    interrupted: AtomicU64,
}

/// One client's session, and the positions of what its stream said.
struct Visitor {
    place: Arc<Place>,
    session: String,
    heard: Arc<Mutex<Vec<u64>>>,
    /// Digests of the arguments of every call that was answered.
    answered: Mutex<Vec<String>>,
}

impl Visitor {
    async fn arrive(place: Arc<Place>) -> Self {
        let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        let message = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
        let url = place.url.read().unwrap().clone();
        let answer = place.http.post(url).header("accept", "application/json, text/event-stream");
        let answer =
            answer.header("content-type", "application/json").body(message.to_string()).send().await.unwrap();
        let session = answer.headers()["mcp-session-id"].to_str().unwrap().to_owned();
        Self { place, session, heard: Arc::default(), answered: Mutex::default() }
    }

    fn request(&self, method: http::Method) -> reqwest::RequestBuilder {
        let url = self.place.url.read().unwrap().clone();
        let accept = if method == http::Method::GET {
            "text/event-stream"
        } else {
            "application/json, text/event-stream"
        };
        self.place.http.request(method, url).header("mcp-session-id", &self.session).header("accept", accept)
    }

    /// The stream after an event; `None` while nobody is there.
    async fn stream(&self, last: Option<&str>) -> Option<EventStream> {
        let mut request = self.request(http::Method::GET);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.ok()?;
        assert_eq!(response.status(), 200, "no session is ever lost, and no event id forgotten");
        Some(EventStream::of(response.bytes_stream()))
    }

    /// Listens until everything is over, coming back after every break.
    async fn listen(&self) {
        let mut last: Option<String> = None;
        while !self.place.over.load(Ordering::Relaxed) {
            let Some(mut events) = self.stream(last.as_deref()).await else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            while let Some(event) = events.next_or_break(&self.place.over).await {
                if last.is_none() {
                    self.place.ready.fetch_add(1, Ordering::Relaxed);
                }
                let id = event.id.expect("every event can be resumed from");
                if !event.data.is_empty() {
                    let position = id.split_once('-').unwrap().1.parse().unwrap();
                    self.heard.lock().unwrap().push(position);
                }
                last = Some(id);
            }
        }
    }

    /// Calls and calls. Every call whose stream began gets exactly one answer, before or after a break.
    async fn ask(&self) {
        let mut id = 0;
        while !self.place.over.load(Ordering::Relaxed) {
            id += 1;
            // Each call is another one, so that its record can be told from the others.
            let script = format!(
                "mcpLog('info', '{} {id}'); await acme.getOrder({{ orderId: 'ord_1002' }}); mcpLog('info', 'two'); return 1",
                self.session
            );
            let arguments = json!({"script": script});
            let digest = frontmcp_core::audit::digest(&arguments);
            let call = json!({"name": "codecall:execute", "arguments": arguments});
            let message = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": call});
            let request = self.request(http::Method::POST).header("content-type", "application/json");
            let Ok(response) = request.body(message.to_string()).send().await else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            assert_eq!(response.status(), 200, "no session is ever lost");
            if self.answer(id, EventStream::of(response.bytes_stream())).await {
                self.answered.lock().unwrap().push(digest);
            }
        }
    }

    /// Whether there was an answer from the call itself.
    async fn answer(&self, id: u64, mut events: EventStream) -> bool {
        let mut last: Option<String> = None;
        let mut seen = BTreeSet::new();
        loop {
            while let Some(event) = events.next_or_break(&AtomicBool::new(false)).await {
                last.clone_from(&event.id);
                assert!(seen.insert(event.id.clone()), "nothing twice: {event:?}");
                let message: Value = serde_json::from_str(&event.data).unwrap_or_default();
                if message["id"] == id {
                    let interrupted = message["error"]["code"] == -32603;
                    assert!(
                        interrupted || message["result"]["structuredContent"]["status"] == "ok",
                        "{message}"
                    );
                    let counter = if interrupted { &self.place.interrupted } else { &self.place.answered };
                    counter.fetch_add(1, Ordering::Relaxed);
                    return !interrupted;
                }
            }
            // Without an event nothing is known of the call, and nothing was promised.
            if last.is_none() {
                return false;
            }
            loop {
                if let Some(again) = self.stream(last.as_deref()).await {
                    events = again;
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_no_session_no_event_and_no_answer() {
    let site = Site::new();
    let publisher = Publisher::new(&site);
    let mut server = publisher.serve_at(&site, 0);
    let url = server.url().to_owned();
    let port: u16 = url.rsplit(':').next().unwrap().trim_end_matches("/mcp").parse().unwrap();
    let place = Arc::new(Place {
        http: client(),
        url: RwLock::new(url),
        over: AtomicBool::new(false),
        ready: AtomicU64::new(0),
        answered: AtomicU64::new(0),
        interrupted: AtomicU64::new(0),
    });
    let mut visitors = Vec::new();
    for _ in 0..CLIENTS {
        visitors.push(Arc::new(Visitor::arrive(place.clone()).await));
    }
    let listening: Vec<_> =
        visitors.iter().cloned().map(|each| tokio::spawn(async move { each.listen().await })).collect();
    until("every stream is open", || place.ready.load(Ordering::Relaxed) == CLIENTS as u64).await;
    let asking: Vec<_> =
        visitors.iter().cloned().map(|each| tokio::spawn(async move { each.ask().await })).collect();

    let accepted = push_and_kill(&site, &publisher, &mut server, port).await + 1;
    let (status, answer) = try_push(server.origin(), publisher.envelope(marked("word end"))).await.unwrap();
    assert_eq!(status, 200, "{answer}");
    let ends =
        || visitors.iter().map(|each| each.heard.lock().unwrap().last().copied()).collect::<BTreeSet<_>>();
    let counts = || visitors.iter().map(|each| each.heard.lock().unwrap().len()).min().unwrap_or_default();
    until("everybody has heard everything", || ends().len() == 1 && counts() >= 4 * accepted).await;
    place.over.store(true, Ordering::Relaxed);
    for task in listening.into_iter().chain(asking) {
        tokio::time::timeout(PATIENCE, task).await.expect("it ends").unwrap();
    }

    let all: Vec<u64> = visitors[0].heard.lock().unwrap().clone();
    assert!(all.is_sorted_by(|one, next| one < next), "in order and never twice");
    for visitor in &visitors {
        assert_eq!(*visitor.heard.lock().unwrap(), all, "everybody hears the same");
    }
    let (answered, interrupted) =
        (place.answered.load(Ordering::Relaxed), place.interrupted.load(Ordering::Relaxed));
    assert!(answered > KILLS && interrupted > 0, "{answered} answered, {interrupted} interrupted");
    server.terminate();
    server.wait();
    let (code, out, err) = site.run(&["audit", "verify", "--data", "data"], &[], "");
    assert_eq!(code, 0, "{out}{err}");
    let recorded = recorded(&site);
    for digest in visitors.iter().flat_map(|each| each.answered.lock().unwrap().clone()) {
        assert!(recorded.contains(&digest), "an answered call is not on record");
    }
}

/// Pushes, kills and restarts; returns how many pushes were accepted.
async fn push_and_kill(site: &Site, publisher: &Publisher, server: &mut Server, port: u16) -> usize {
    let mut accepted = 0;
    for kill in 0..KILLS {
        let word = format!("word {kill}");
        let pushed = try_push(server.origin(), publisher.envelope(marked(&word)));
        let answer = if kill % 3 == 0 {
            // In the middle of it.
            tokio::time::timeout(Duration::from_millis(5 * (kill % 7)), pushed).await.ok()
        } else {
            Some(pushed.await)
        };
        accepted += usize::from(matches!(answer, Some(Ok((200, _)))));
        server.kill_now();
        *server = publisher.serve_at(site, port);
    }
    accepted
}

/// Digests of the arguments of every call on record.
fn recorded(site: &Site) -> BTreeSet<String> {
    let (code, out, err) = site.run(&["audit", "export", "--data", "data"], &[], "");
    assert_eq!(code, 0, "{err}");
    let records = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let digest = |line: Value| {
        let record = line.get("record").cloned().unwrap_or(line);
        (record["event"] == "tool-call").then(|| record["inputHash"].as_str().unwrap().to_owned())
    };
    records.filter_map(digest).collect()
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{what}, in time"));
}
