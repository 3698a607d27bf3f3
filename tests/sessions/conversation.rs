//! What a session is good for while it lives: begun, used, told things, cancelled, ended.

use serde_json::{Value, json};

use super::{client, store, world};
use frontmcp_tests::{Legacy, SseEvent};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_begins_with_initialize_and_ends_with_delete() {
    let world = world(&store()).await;
    let nobody = Legacy::new(world.host.clone());
    assert_eq!(
        nobody.request(1, "tools/list", json!({})).await.status,
        200,
        "who asks once needs no session"
    );
    assert_eq!(nobody.end().await, 400);
    let stranger = Legacy { session: Some("unknown".to_owned()), ..nobody.clone() };
    assert_eq!(stranger.request(1, "tools/list", json!({})).await.status, 404);
    assert_eq!(stranger.stream(None).await.status, 404);
    assert_eq!(stranger.end().await, 404);

    let client = client(&world).await;
    assert_eq!(client.notify("notifications/initialized", json!({})).await, 202);
    let tools = client.request(2, "tools/list", json!({})).await;
    assert_eq!(tools.status, 200);
    assert_eq!(tools.document["result"]["tools"].as_array().unwrap().len(), 5);
    let mut stream = client.stream(None).await;
    assert_eq!(client.end().await, 204);
    assert!(stream.events.rest().await.iter().all(|event| event.data.is_empty()), "its stream ends with it");
    assert_eq!(client.request(3, "ping", json!({})).await.status, 404);
    assert_eq!(client.notify("notifications/initialized", json!({})).await, 404);
    assert_eq!(client.stream(None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_says_something_becomes_a_stream_with_ids_and_one_that_does_not_a_document() {
    let world = world(&store()).await;
    let client = client(&world).await;
    let quiet = client.execute(1, "return 1").await;
    assert_eq!(quiet.document["result"]["structuredContent"]["result"], 1);
    let mut loud = client.execute(2, "mcpLog('info', 'one'); mcpLog('info', 'two'); return 2").await;
    let events = loud.events.rest().await;
    assert_eq!((events[0].data.as_str(), events[0].retry), ("", Some(1000)), "primed");
    assert!(events.iter().all(|event| event.id.is_some()), "{events:?}");
    let said: Vec<Value> = events[1..].iter().map(SseEvent::message).collect();
    assert_eq!(said[0]["params"]["data"]["message"], "one");
    assert_eq!(said[1]["params"]["data"]["message"], "two");
    assert_eq!((&said[2]["id"], &said[2]["result"]["structuredContent"]["result"]), (&json!(2), &json!(2)));
    assert_eq!(said.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_without_priming_get_none() {
    let world = world(&store()).await;
    for version in ["2025-06-18", "2025-03-26", "2024-11-05"] {
        let client = Legacy::new(world.host.clone()).begin(version).await;
        let mut loud = client.execute(1, "mcpLog('info', 'one'); return 1").await;
        assert!(loud.events.rest().await.iter().all(|event| !event.data.is_empty()), "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_level_that_was_set_holds_for_the_session_and_after_a_restart() {
    let store = store();
    let first = world(&store).await;
    let client = client(&first).await;
    assert_eq!(
        client.request(1, "logging/setLevel", json!({"level": "error"})).await.document["result"],
        json!({})
    );
    let script = "mcpLog('info', 'less'); mcpLog('error', 'more'); return 1";
    let second = world(&store).await;
    for host in [&first.host, &second.host] {
        let client = Legacy { host: host.clone(), ..client.clone() };
        let said = client.execute(2, script).await.events.rest().await;
        let levels: Vec<Value> = said
            .iter()
            .filter(|event| !event.data.is_empty())
            .map(|event| event.message()["params"]["level"].clone())
            .collect();
        assert_eq!(levels, [json!("error"), json!(null)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_call_ends_without_an_answer() {
    let world = world(&store()).await;
    let client = client(&world).await;
    let script = "mcpLog('info', 'started'); await acme.slowReport({ ms: 5000 });";
    let mut call = client.execute("it", script).await;
    assert_eq!(call.events.word().await.message()["params"]["data"]["message"], "started");
    let twice = client.execute("it", "return 1").await;
    assert_eq!((twice.status, &twice.document["error"]["code"]), (400, &json!(-32600)), "its id is taken");
    assert_eq!(client.notify("notifications/cancelled", json!({"requestId": "unknown"})).await, 202);
    assert_eq!(client.notify("notifications/cancelled", json!({"requestId": "it"})).await, 202);
    assert!(call.events.rest().await.iter().all(|event| event.data.is_empty()));
    assert_eq!(client.execute("it", "return 1").await.document["result"]["structuredContent"]["result"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_are_answered_in_sessions_of_the_version_that_has_them() {
    let world = world(&store()).await;
    let batch = json!([
        {"jsonrpc": "2.0", "id": 1, "method": "ping"},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "initialize", "params": {}},
    ]);
    let old = Legacy::new(world.host.clone()).begin("2025-03-26").await;
    let answers = old.post(&batch).await.document;
    assert_eq!(answers.as_array().unwrap().len(), 2);
    assert_eq!(answers[0]["result"], json!({}));
    assert_eq!(answers[1]["error"]["code"], -32600);
    let new = client(&world).await;
    assert_eq!(new.post(&batch).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stateless_request_needs_no_session_and_gets_none() {
    let world = world(&store()).await;
    let answer = world.client().execute("return 1").await;
    assert_eq!(answer["result"], 1);
}
