//! Storage that fails or dawdles: nobody waits for what is not coming.

use std::sync::atomic::Ordering;
use std::time::Duration;

use frontmcp_core::Settings;
use frontmcp_core::mcp::jsonrpc;
use frontmcp_core::ports::Events as _;
use frontmcp_core::ports::sessions::StreamId;
use frontmcp_tests::{Legacy, World};
use http::Method;
use serde_json::{Value, json};

use super::client;
use super::disturbed::Disturbed;

const PATIENCE: Duration = Duration::from_secs(10);
const SCRIPT: &str = "mcpLog('info', 'one'); return 1";
/// What every answer of a script has, and no error.
const ANSWER: &str = "structuredContent";
/// What every error of ours has.
const ERROR: &str = "-32603";

fn assert_not_kept(answer: &Value, id: &str) {
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(id), &json!(-32603)), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_kept_is_replaced_by_an_error() {
    let events = Disturbed::new();
    let world = World::over(events.ports(), Settings::default(), |_| ()).await;
    let client = client(&world).await;
    events.refuse(&[ANSWER]);
    let answer = client.execute("lost", SCRIPT).await.answer().await;
    assert_not_kept(&answer, "lost");
    assert_eq!(events.store.unfinished(None, 9).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_forgotten_before_it_was_read_is_told_as_an_error() {
    let events = Disturbed::new();
    let world = World::over(events.ports(), Settings::default(), |_| ()).await;
    let client = client(&world).await;
    events.forgets.store(true, Ordering::Relaxed);
    assert_not_kept(&client.execute("lost", SCRIPT).await.answer().await, "lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_stream_is_made_up_for_when_its_reader_comes_back() {
    let events = Disturbed::new();
    let world = World::over(events.ports(), Settings::default(), |_| ()).await;
    let client = client(&world).await;
    events.refuse(&[ANSWER, ERROR]);
    let mut call = client.execute("lost", SCRIPT).await;
    let first = call.events.next().await.unwrap().id;
    let rest = call.events.rest().await;
    assert!(rest.iter().all(|event| !event.data.contains("lost")), "{rest:?}");
    assert_eq!(client.stream(first.as_deref()).await.status, 500, "storage still fails");
    events.refuse(&[]);
    let events = client.stream(first.as_deref()).await.events.rest().await;
    assert_not_kept(&events.last().unwrap().message(), "lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_hears_everything_on_one_stream_hears_of_a_lost_answer_too() {
    let events = Disturbed::new();
    let world = World::over(events.ports(), Settings::default(), |_| ()).await;
    let client = Legacy::new(world.host.clone());
    let mut stream = client.send(Method::GET, "/sse", None, String::new()).await.events;
    let path = stream.next().await.unwrap().data;
    // The version of this transport has its results in the text only.
    events.refuse(&["isError"]);
    let params = json!({"name": "codecall:execute", "arguments": {"script": "return 1"}});
    let call = json!({"jsonrpc": "2.0", "id": "lost", "method": "tools/call", "params": params});
    assert_eq!(client.send(Method::POST, &path, None, call.to_string()).await.status, 202);
    assert_not_kept(&stream.word().await.message(), "lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_cancelled_while_its_stream_opens_leaves_none_behind() {
    let events = Disturbed::new();
    let world = World::over(events.ports(), Settings::default(), |_| ()).await;
    let client = client(&world).await;
    events.may_hear.forget_permits(usize::MAX);
    let caller = client.clone();
    let call = tokio::spawn(async move { caller.execute("it", SCRIPT).await.document });
    events.opened.notified().await;
    assert_eq!(client.notify("notifications/cancelled", json!({"requestId": "it"})).await, 202);
    events.may_hear.add_permits(1);
    assert_eq!(call.await.unwrap()["error"]["code"], -32600);
    let ended = async {
        while !events.store.unfinished(None, 9).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("the stream ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_a_call_that_died_hears_when_it_is_answered() {
    let events = Disturbed::new();
    let world = World::over(events.ports(), Settings::default(), |_| ()).await;
    let client = client(&world).await;
    let session = client.session.clone().unwrap();
    let call = events.store.open(&session, "\"died\"").await.unwrap();
    let said = jsonrpc::notification("notifications/message", r#"{"level":"info","data":"started"}"#);
    events.store.append(StreamId { session, call: Some(call) }, vec![said], 1).await.unwrap();
    let mut quick = client.stream(Some(&format!("{call}-0"))).await.events;
    quick.word().await;
    assert!(quick.is_quiet().await);
    world.host.recover().await.unwrap();
    // A stream that lives on without a word never ends by itself.
    let answer = tokio::time::timeout(PATIENCE, quick.word()).await.expect("an answer");
    assert_not_kept(&answer.message(), "died");
}
