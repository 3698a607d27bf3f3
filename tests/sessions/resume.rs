//! Streams that broke: whoever comes back with the last event id misses nothing and hears nothing twice, even from
//! another process.

use frontmcp_core::Snapshot;
use frontmcp_core::mcp::jsonrpc;
use frontmcp_core::ports::Events as _;
use frontmcp_core::ports::sessions::StreamId;
use frontmcp_tests::{Legacy, SseEvent, World};
use serde_json::{Value, json};

use super::{client, store, world};

fn republish(world: &World) {
    let again = world.snapshot(|snapshot: &mut Snapshot| snapshot.version.push('x'));
    world.host.publish(again);
}

async fn heard(reply: &mut frontmcp_tests::Reply, count: usize) -> Vec<(String, String)> {
    let mut heard = Vec::new();
    while heard.len() < count {
        let event = reply.events.word().await;
        let method = event.message()["method"].as_str().unwrap_or("answer").to_owned();
        heard.push((event.id.expect("an id"), method));
    }
    heard
}

#[tokio::test(flavor = "multi_thread")]
async fn every_session_hears_each_change_once_and_goes_on_where_it_stopped() {
    let world = world(&store()).await;
    let (one, two) = (client(&world).await, client(&world).await);
    let mut streams = [one.stream(None).await, two.stream(None).await];
    republish(&world);
    for stream in &mut streams {
        let methods: Vec<String> = heard(stream, 4).await.into_iter().map(|(_, method)| method).collect();
        let kinds = ["skills", "tools", "resources", "prompts"];
        assert_eq!(methods, kinds.map(|kind| format!("notifications/{kind}/list_changed")));
        assert!(stream.events.is_quiet().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_while_a_client_was_away_is_there_when_it_comes_back() {
    let store = store();
    let first = world(&store).await;
    let client = client(&first).await;
    let mut stream = client.stream(None).await;
    republish(&first);
    let before = heard(&mut stream, 3).await;
    drop(stream);
    republish(&first);
    // The same store under another host: a restart.
    let second = world(&store).await;
    let back = Legacy { host: second.host.clone(), ..client };
    let mut stream = back.stream(Some(&before[2].0)).await;
    let after = heard(&mut stream, 5).await;
    assert_eq!(after[0].1, "notifications/prompts/list_changed", "the rest of the first change");
    assert_eq!(after[4].1, after[0].1, "then the second, whole");
    republish(&second);
    let later = heard(&mut stream, 4).await;
    let ids: Vec<&String> = before.iter().chain(&after).chain(&later).map(|(id, _)| id).collect();
    let distinct: std::collections::BTreeSet<&&String> = ids.iter().collect();
    assert_eq!(distinct.len(), 12, "nothing twice");
    assert!(stream.events.is_quiet().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_goes_on_without_its_client_and_its_stream_can_be_read_to_the_end_later() {
    let world = world(&store()).await;
    let client = client(&world).await;
    let script = "mcpLog('info', 'one'); await acme.getOrder({ orderId: 'ord_1001' }); mcpLog('info', 'two'); return 3";
    let mut call = client.execute(7, script).await;
    let first = call.events.word().await;
    drop(call);
    let mut again = client.stream(first.id.as_deref()).await;
    let rest: Vec<Value> = again.events.rest().await.iter().map(SseEvent::message).collect();
    assert_eq!(rest[0]["params"]["data"]["message"], "two");
    assert_eq!((&rest[1]["id"], &rest[1]["result"]["structuredContent"]["result"]), (&json!(7), &json!(3)));
    assert_eq!(rest.len(), 2);
    let mut twice = client.stream(first.id.as_deref()).await;
    assert_eq!(twice.events.rest().await.len(), 2, "it can be read again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_words_were_forgotten_cannot_be_resumed_as_if_it_had_said_none() {
    let store = store();
    let world = world(&store).await;
    let client = client(&world).await;
    let mut call = client.execute(1, "mcpLog('info', 'one'); return 1").await;
    let first = call.events.word().await.id.unwrap();
    call.events.rest().await;
    let session = client.session.clone().unwrap();
    let own = StreamId { session, call: None };
    let said = vec![bytes::Bytes::from_static(b"{}"); 1_000];
    for _ in 0..11 {
        // Long after, when it is no longer spared.
        store.append(own.clone(), said.clone(), 1 << 50).await.unwrap();
    }
    assert_eq!(client.stream(Some(&first)).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_died_with_its_host_is_answered_by_the_next_one() {
    let store = store();
    let client = client(&world(&store).await).await;
    // What a host leaves behind that is killed while a call runs.
    let session = client.session.clone().unwrap();
    let call = store.open(&session, "\"died\"").await.unwrap();
    let said = jsonrpc::notification("notifications/message", r#"{"level":"info","data":"started"}"#);
    store.append(StreamId { session, call: Some(call) }, vec![said], 1).await.unwrap();
    let next = world(&store).await;
    let back = Legacy { host: next.host.clone(), ..client };
    let events = back.stream(Some(&format!("{call}-0"))).await.events.rest().await;
    assert_eq!(events[0].message()["params"]["data"], "started");
    let answer = events[1].message();
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!("died"), &json!(-32603)), "{answer}");
    assert_eq!(events.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn event_ids_that_are_none_or_not_the_sessions_are_refused() {
    let world = world(&store()).await;
    let (one, two) = (client(&world).await, client(&world).await);
    let mut call = one.execute(1, "mcpLog('info', 'mine'); return 1").await;
    let mine = call.events.word().await.id.unwrap();
    assert_eq!(one.stream(Some(&mine)).await.status, 200);
    assert_eq!(two.stream(Some(&mine)).await.status, 400, "another session's");
    for id in [
        "",
        "x",
        "1",
        "1-",
        "-1",
        "01-1",
        "1-01",
        "1--1",
        "+1-1",
        "99-1",
        "1-1-1",
        "1-99999999999999999999",
        "ä-1",
    ] {
        assert_eq!(one.stream(Some(id)).await.status, 400, "{id:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_comes_back_takes_the_place_of_its_dead_connection() {
    let world = world(&store()).await;
    let client = client(&world).await;
    let mut old = client.stream(None).await;
    let at = old.events.next().await.unwrap().id.unwrap();
    let mut new = client.stream(Some(&at)).await;
    assert!(old.events.rest().await.is_empty(), "each message goes to one stream");
    republish(&world);
    assert_eq!(heard(&mut new, 4).await.len(), 4);
    assert!(new.events.is_quiet().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_was_displaced_ends_though_there_is_more_to_read() {
    let store = store();
    let world = world(&store).await;
    let client = client(&world).await;
    let own = StreamId { session: client.session.clone().unwrap(), call: None };
    store.append(own, vec![bytes::Bytes::from_static(b"{}"); 200], 1).await.unwrap();
    let mut old = client.stream(Some("0-0")).await;
    old.events.word().await;
    let mut new = client.stream(Some("0-0")).await;
    assert!(old.events.rest().await.len() < 100, "what was read from the log before, and no more");
    for _ in 0..200 {
        new.events.word().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_streams_of_one_session_do_not_call_each_other_back() {
    let world = world(&store()).await;
    let client = Legacy::new(world.host.clone()).begin("2025-06-18").await;
    let mut waiting = client.stream(None).await;
    assert!(waiting.events.is_quiet().await);
    let mut reading = client.stream(None).await;
    let _newest = client.stream(None).await;
    for old in [&mut waiting, &mut reading] {
        assert_eq!(old.events.raw_rest().await, "", "no `retry`");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_told_of_a_gap_is_not_told_again() {
    let store = store();
    let world = world(&store).await;
    for is_empty in [true, false] {
        let client = client(&world).await;
        let own = StreamId { session: client.session.clone().unwrap(), call: None };
        let word = |data: u64| vec![jsonrpc::notification("word", &data.to_string())];
        store.append(own.clone(), word(1), 1).await.unwrap();
        if !is_empty {
            store.append(own, word(2), 9).await.unwrap();
        }
        while store.forget(5).await.unwrap() {}
        let mut stream = client.stream(Some("0-0")).await;
        let mut notice = stream.events.word().await;
        for _ in 0..3 {
            notice = stream.events.word().await;
        }
        let mut again = client.stream(Some(notice.id.as_deref().expect("an id"))).await;
        if !is_empty {
            assert_eq!(again.events.word().await.message()["method"], "word");
        }
        assert!(again.events.is_quiet().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_ends_lets_running_calls_say_what_they_have_to_say() {
    let world = world(&store()).await;
    let client = client(&world).await;
    let script = "mcpLog('info', 'started'); await acme.getOrder({ orderId: 'ord_1001' }); return 4";
    let mut call = client.execute(1, script).await;
    call.events.word().await;
    world.host.close_streams();
    let answer = call.events.rest().await.last().unwrap().message();
    assert_eq!(answer["result"]["structuredContent"]["result"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_ends_says_when_to_come_back() {
    let world = world(&store()).await;
    let client = client(&world).await;
    let mut stream = client.stream(None).await;
    stream.events.next().await.unwrap();
    world.host.close_streams();
    assert!(stream.events.rest().await.is_empty());
    assert_eq!(world.host.open_streams(), 0);
}
