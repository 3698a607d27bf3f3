//! Sessions and streams in a Worker: what outlives its objects, and what is resumed.

use std::time::{Duration, Instant};

use frontmcp_tests::{Edge, Site, client};
use reqwest::{RequestBuilder, Response};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

const EVENTS: &str = "text/event-stream";

/// A skill that grants an operation which takes its time.
pub(super) const SLOW: &str =
    "---\nname: slow\ndescription: Slow reports.\n---\n# Slow\n\nop://acme/slowReport\n";

/// A client of the versions with sessions.
pub(super) struct Session<'a> {
    edge: &'a Edge,
    id: String,
}

fn message(edge: &Edge, body: &Value) -> RequestBuilder {
    client()
        .post(edge.url())
        .header("content-type", "application/json")
        .header("accept", format!("application/json, {EVENTS}"))
        .timeout(Duration::from_secs(60))
        .body(body.to_string())
}

impl<'a> Session<'a> {
    pub(super) async fn begin(edge: &'a Edge) -> Self {
        let params = json!({
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}
        });
        let body = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
        let answer = message(edge, &body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let id = answer.headers()["mcp-session-id"].to_str().unwrap().to_owned();
        Self { edge, id }
    }

    /// One that began earlier.
    pub(super) fn of(edge: &'a Edge, id: String) -> Self {
        Self { edge, id }
    }

    pub(super) async fn post(&self, body: Value) -> Response {
        message(self.edge, &body).header("mcp-session-id", &self.id).send().await.unwrap()
    }

    pub(super) async fn get(&self, last: Option<&str>) -> Response {
        let request = client()
            .get(self.edge.url())
            .header("accept", EVENTS)
            .header("mcp-session-id", &self.id)
            .timeout(Duration::from_secs(60));
        let request = match last {
            Some(last) => request.header("last-event-id", last),
            None => request,
        };
        request.send().await.unwrap()
    }
}

pub(super) fn execute(id: u64, script: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {
        "name": "codecall:execute", "arguments": {"script": script}
    }})
}

/// The frames of a stream until one holds `mark`.
pub(super) async fn read_until(answer: &mut Response, mark: &str) -> String {
    let mut text = String::new();
    while !text.contains(mark) {
        match answer.chunk().await.unwrap() {
            Some(chunk) => text.push_str(std::str::from_utf8(&chunk).unwrap()),
            None => panic!("the stream ended without {mark}: {text}"),
        }
    }
    text
}

const TALKS: &str = "for (let i = 0; i < 5; i++) mcpNotify('tick', {i}); return 'done'";

#[tokio::test(flavor = "multi_thread")]
async fn sessions_and_finished_streams_survive_the_end_of_the_runtime() {
    let mut edge = Edge::start();
    let (id, whole) = {
        let session = Session::begin(&edge).await;
        let whole = session.post(execute(1, TALKS)).await.text().await.unwrap();
        (session.id, whole)
    };
    assert_eq!(whole.matches("\nid: ").count(), 6, "{whole}");
    edge.restart();
    let session = Session { edge: &edge, id };
    for seen in 0..6 {
        let resumed = session.get(Some(&format!("1-{seen}"))).await;
        assert_eq!(resumed.status(), 200);
        let rest = resumed.text().await.unwrap();
        assert!(whole.ends_with(&rest) && rest.matches("id: ").count() == 6 - seen, "{seen}: {rest}");
    }
    let answer = session.post(json!({"jsonrpc": "2.0", "id": 9, "method": "ping"})).await;
    assert_eq!(answer.status(), 200, "the session is still there");
}

/// Ends the runtime in the middle of call 1 of a session, and answers the session's id.
pub(super) async fn interrupted(edge: &mut Edge) -> String {
    edge.site.add_skill("slow", SLOW);
    assert_eq!(edge.push(&[]).0, 0);
    let id = {
        let session = Session::begin(edge).await;
        let script = "mcpNotify('begun'); await acme.slowReport({ms: 10000}); return 1";
        let mut answer = session.post(execute(1, script)).await;
        read_until(&mut answer, "begun").await;
        session.id
    };
    edge.restart();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_died_with_its_object_is_answered_when_its_client_comes_back() {
    let mut edge = Edge::start();
    let id = interrupted(&mut edge).await;
    let session = Session { edge: &edge, id };
    let rest = session.get(Some("1-1")).await.text().await.unwrap();
    assert!(rest.contains("restarted while this call ran") && rest.contains("\"id\":1"), "{rest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_hears_of_a_push_wherever_it_is_open_and_misses_nothing_across_a_restart() {
    let mut edge = Edge::start();
    let id = {
        let session = Session::begin(&edge).await;
        let mut stream = session.get(None).await;
        read_until(&mut stream, "retry").await;
        edge.site
            .add_skill("new-one", "---\nname: new-one\ndescription: Something new to know.\n---\n# New\n");
        let (code, said) = edge.push(&[]);
        assert_eq!(code, 0, "{said}");
        let heard = read_until(&mut stream, "notifications/prompts/list_changed").await;
        for list in ["skills", "tools", "resources"] {
            assert_eq!(heard.matches(&format!("notifications/{list}/list_changed")).count(), 1, "{heard}");
        }
        session.id
    };
    edge.restart();
    let session = Session { edge: &edge, id };
    let mut stream = session.get(Some("0-0")).await;
    let missed = read_until(&mut stream, "notifications/prompts/list_changed").await;
    assert_eq!(missed.matches("list_changed").count(), 4, "{missed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_is_announced_to_sessions_in_other_objects() {
    let edge = Edge::start();
    let (watching, acting) = (Session::begin(&edge).await, Session::begin(&edge).await);
    let mut stream = watching.get(None).await;
    read_until(&mut stream, "retry").await;
    let script = "return await acme.refundOrder({orderId: 'ord_1001', amountCents: 100, reason: 'damaged'})";
    let answer = acting.post(execute(2, script)).await.text().await.unwrap();
    assert!(answer.contains("\\\"status\\\":\\\"ok\\\""), "{answer}");
    let heard = read_until(&mut stream, "notifications/resources/list_changed").await;
    assert_eq!(heard.matches("data: {").count(), 1, "{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_session_answers_to_an_id_that_was_never_given_or_was_ended() {
    let edge = Edge::start();
    let session = Session::begin(&edge).await;
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    assert_eq!(session.post(ping.clone()).await.status(), 200);
    let ended = client().delete(edge.url()).header("mcp-session-id", &session.id).send().await.unwrap();
    assert_eq!(ended.status(), 204);
    assert_eq!(session.post(ping.clone()).await.status(), 404);
    for id in ["x", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", "../main"] {
        let stranger = Session { edge: &edge, id: id.to_owned() };
        assert_eq!(stranger.post(ping.clone()).await.status(), 404, "{id}");
    }
}

/// How many sessions and events the log holds, as the platform keeps it on this machine.
fn held(edge: &Edge) -> Option<(i64, i64)> {
    let mut folders = vec![edge.storage().join("do")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).ok()? {
            let path = entry.ok()?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "sqlite") {
                let log = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
                let count = "SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM events)";
                if let Ok(held) = log.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?))) {
                    return Some(held);
                }
            }
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_ends_idle_sessions_and_forgets_old_events() {
    let mut edge = Edge::stopped(Site::new());
    edge.build(&[]);
    edge.bind("FRONTMCP_SESSION_IDLE_S", Some("1"));
    edge.bind("FRONTMCP_KEEP_EVENTS_S", Some("1"));
    edge.serve();
    let session = Session::begin(&edge).await;
    session.post(execute(1, TALKS)).await.text().await.unwrap();
    assert_eq!(held(&edge), Some((1, 6)));
    // The first alarm comes ten seconds after something was kept.
    let deadline = Instant::now() + Duration::from_secs(60);
    while held(&edge) != Some((0, 0)) {
        assert!(Instant::now() < deadline, "{:?} after a minute", held(&edge));
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let ping = json!({"jsonrpc": "2.0", "id": 2, "method": "ping"});
    assert_eq!(session.post(ping).await.status(), 404);
}
