//! Nothing grows without bound: whoever asks for too much is turned away and told when to try again.

use bytes::Bytes;
use frontmcp_core::Settings;
use frontmcp_core::transport::Body;
use frontmcp_tests::{Legacy, World};
use http::{Request, Response};
use serde_json::json;

use super::{VERSION, keyed, store};

async fn limited(change: impl FnOnce(&mut Settings)) -> World {
    let mut settings = Settings::default();
    change(&mut settings);
    World::keeping(&store(), settings, keyed).await
}

async fn initialize(client: &Legacy) -> (u16, bool) {
    let params =
        json!({"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let reply = client.request(1, "initialize", params).await;
    (reply.status, reply.headers.contains_key("retry-after"))
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_limited_for_each_principal_and_in_total() {
    let world = limited(|settings| {
        settings.sessions.max_sessions = 3;
        settings.sessions.max_per_principal = 2;
    })
    .await;
    let nobody = Legacy::new(world.host.clone());
    let (alpha, beta) = (nobody.with_key("alpha"), nobody.with_key("beta"));
    let first = alpha.begin(VERSION).await;
    assert_eq!(initialize(&alpha).await, (200, false));
    assert_eq!(initialize(&alpha).await, (429, true));
    assert_eq!(initialize(&beta).await, (200, false));
    assert_eq!(initialize(&beta).await, (503, true));
    first.end().await;
    assert_eq!(initialize(&beta).await, (200, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_limited_for_each_principal_and_in_total() {
    let world = limited(|settings| {
        settings.max_streams = 3;
        settings.sessions.max_streams_per_principal = 2;
    })
    .await;
    let nobody = Legacy::new(world.host.clone());
    let mut held = Vec::new();
    for (key, status) in [("alpha", 200), ("alpha", 200), ("alpha", 429), ("beta", 200), ("beta", 503)] {
        let reply = nobody.with_key(key).begin(VERSION).await.stream(None).await;
        assert_eq!(
            (reply.status, reply.headers.contains_key("retry-after")),
            (status, status != 200),
            "{key}"
        );
        held.push(reply);
    }
    held.remove(0);
    assert_eq!(nobody.with_key("beta").begin(VERSION).await.stream(None).await.status, 200);
}

/// Opens a subscription of the version without sessions.
async fn listen(world: &World, key: &str) -> (Response<Body>, bool) {
    let version = "2026-07-28";
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({"notifications": {"toolsListChanged": true}, "_meta": meta});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params});
    let request = Request::post("/mcp")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", version)
        .header("mcp-method", "subscriptions/listen")
        .header("x-api-key", key);
    let response = world.host.handle(request.body(Bytes::from(body.to_string())).unwrap()).await;
    let says_when = response.headers().contains_key("retry-after");
    (response, says_when)
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_without_a_session_are_limited_alike() {
    let world = limited(|settings| {
        settings.max_streams = 3;
        settings.sessions.max_streams_per_principal = 2;
    })
    .await;
    let nobody = Legacy::new(world.host.clone());
    let (mut replies, mut responses) = (Vec::new(), Vec::new());
    for (key, listens, status) in [
        ("alpha", false, 200),
        ("alpha", true, 200),
        ("alpha", false, 429),
        ("alpha", true, 429),
        ("beta", true, 200),
        ("beta", true, 503),
        ("beta", false, 503),
    ] {
        let found = if listens {
            let (response, says_when) = listen(&world, key).await;
            let status = response.status().as_u16();
            responses.push(response);
            (status, says_when)
        } else {
            let reply = nobody.with_key(key).stream(None).await;
            let found = (reply.status, reply.headers.contains_key("retry-after"));
            replies.push(reply);
            found
        };
        assert_eq!(found, (status, status != 200), "{key} {listens}");
    }
    responses.clear();
    assert_eq!(listen(&world, "alpha").await.0.status(), 200, "places come back");
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_nobody_can_tell_apart_share_the_total_of_streams_only() {
    let mut settings = Settings { max_streams: 2, ..Settings::default() };
    settings.sessions.max_streams_per_principal = 1;
    let world = World::keeping(&store(), settings, |_| ()).await;
    let nobody = Legacy::new(world.host.clone());
    let mut held = Vec::new();
    for status in [200, 503] {
        let in_session = nobody.begin(VERSION).await.stream(None).await;
        let alone = nobody.stream(None).await;
        assert_eq!((in_session.status, alone.status), (status, status));
        held.extend([in_session, alone]);
    }
    held.clear();
    let client = nobody.begin(VERSION).await;
    let _held = [client.stream(None).await, nobody.begin(VERSION).await.stream(None).await];
    assert_eq!(client.stream(None).await.status, 200, "who takes its own place needs no other");
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_were_displaced_count_until_they_are_gone() {
    let world = limited(|settings| settings.sessions.max_streams_per_principal = 1).await;
    let client = Legacy::new(world.host.clone()).with_key("alpha").begin(VERSION).await;
    let mut held = Vec::new();
    for status in [200, 200, 200, 200, 429, 429] {
        let reply = client.stream(None).await;
        assert_eq!(reply.status, status, "{}", held.len());
        held.push(reply);
    }
    held.remove(0);
    assert_eq!(client.stream(None).await.status, 200, "one has gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_finds_no_stream_left_is_answered_with_a_document() {
    let world = limited(|settings| settings.sessions.max_streams_per_principal = 1).await;
    let client = Legacy::new(world.host.clone()).with_key("alpha").begin(VERSION).await;
    let _held = client.stream(None).await;
    let reply = client.execute(1, "mcpLog('info', 'on the way'); return 1").await;
    assert_eq!((reply.status, &reply.document["result"]["structuredContent"]["result"]), (200, &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_once_are_limited_in_batches_too() {
    let world = limited(|settings| settings.calls.per_principal = 2).await;
    let client = Legacy::new(world.host.clone()).with_key("alpha").begin("2025-03-26").await;
    let call = |id: u64| {
        json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params":
            {"name": "codecall:execute", "arguments": {"script": "return await acme.slowReport({ ms: 300 })"}}})
    };
    let answers = client.post(&(0..5).map(call).collect()).await.document;
    let refused = answers.as_array().unwrap().iter().filter(|answer| answer["error"]["code"] == -32603);
    assert_eq!(refused.count(), 3, "{answers}");
    let batch =
        json!([{"jsonrpc": "2.0", "id": 1, "method": "logging/setLevel", "params": {"level": "error"}}]);
    assert_eq!(client.post(&batch).await.document[0]["error"]["code"], -32600);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_subscriptions_are_too_many() {
    let world = limited(|_| ()).await;
    let client = Legacy::new(world.host.clone()).with_key("alpha").begin(VERSION).await;
    let mut refused = 0;
    for n in 0..1_010 {
        let reply =
            client.request(n, "resources/subscribe", json!({"uri": format!("mcp+op://acme/{n}")})).await;
        refused += usize::from(reply.document["error"]["code"] == -32602);
    }
    assert_eq!(refused, 10);
    let long = json!({"uri": "x".repeat(3000)});
    assert_eq!(client.request("l", "resources/subscribe", long).await.document["error"]["code"], -32602);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_once_and_their_ids_are_limited() {
    let world = limited(|_| ()).await;
    let client = Legacy::new(world.host.clone()).with_key("alpha").begin(VERSION).await;
    assert_eq!(client.execute("x".repeat(2000), "return 1").await.status, 400);
    assert_eq!(client.execute("x".repeat(1000), "return 1").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_nobody_uses_end() {
    let world = limited(|settings| settings.sessions.idle_ms = 0).await;
    let client = Legacy::new(world.host.clone()).with_key("alpha").begin(VERSION).await;
    tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while client.request(1, "ping", json!({})).await.status != 404 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("it ends");
    world.host.sweep().await;
    assert_eq!(client.request(1, "ping", json!({})).await.status, 404);
}
