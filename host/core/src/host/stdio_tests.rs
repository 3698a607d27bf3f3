//! Which era a client on a pipe is in, and that nothing it says ends the conversation.

use serde_json::json;

use super::*;
use crate::Settings;
use crate::host::tests::{Nothing, host, host_with, snapshot};
use crate::transport::ByteStream;

const VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";

fn say(conversation: &Stdio, message: &Value) -> Value {
    match conversation.handle(message.to_string().as_bytes()) {
        Body::Full(bytes) if bytes.is_empty() => Value::Null,
        Body::Full(bytes) => serde_json::from_slice(&bytes).unwrap(),
        Body::Stream(_) => panic!("a stream"),
    }
}

fn bare(method: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": {}})
}

fn claimed(method: &str) -> Value {
    let meta = json!({VERSION_KEY: "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}});
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": meta}})
}

fn initialize() -> Value {
    let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}});
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
}

#[test]
fn a_probing_client_may_still_initialize() {
    let conversation = Stdio::new(host());
    assert_eq!(
        say(&conversation, &json!({"jsonrpc": "2.0", "method": "notifications/anything"})),
        Value::Null
    );
    assert_eq!(say(&conversation, &bare("ping"))["result"], json!({}));
    assert!(say(&conversation, &claimed("server/discover"))["result"]["supportedVersions"].is_array());
    assert_eq!(say(&conversation, &bare("tools/list"))["error"]["code"], -32602);
    assert_eq!(say(&conversation, &json!("noise"))["error"]["code"], -32600);
    assert_eq!(say(&conversation, &initialize())["result"]["protocolVersion"], "2025-06-18");
    assert!(say(&conversation, &bare("tools/list"))["result"]["tools"].is_array());
    assert_eq!(say(&conversation, &bare("server/discover"))["error"]["code"], -32601);
}

#[test]
fn a_claim_pins_the_new_era() {
    let conversation = Stdio::new(host());
    assert_eq!(say(&conversation, &claimed("tools/list"))["result"]["resultType"], "complete");
    let refused = say(&conversation, &initialize());
    assert_eq!(refused["error"]["code"], -32022);
    assert_eq!(refused["error"]["data"], json!({"supported": ["2026-07-28"], "requested": "2025-06-18"}));
    assert_eq!(say(&conversation, &bare("ping"))["error"]["code"], -32602);
}

#[test]
fn an_unknown_claim_names_the_known_versions() {
    let conversation = Stdio::new(host());
    let meta = json!({VERSION_KEY: "2030-01-01", "io.modelcontextprotocol/clientCapabilities": {}});
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}});
    assert_eq!(say(&conversation, &request)["error"]["code"], -32022);
    assert!(say(&conversation, &initialize())["result"].is_object());
}

#[test]
fn calls_are_bounded_and_ids_unique_while_they_run() {
    let conversation = Stdio::new(host());
    say(&conversation, &initialize());
    let call = |id: usize| json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "codecall:execute"}});
    let mut running = Vec::new();
    for id in 0..MAX_CALLS {
        match conversation.handle(call(id).to_string().as_bytes()) {
            Body::Stream(stream) => running.push(stream),
            Body::Full(bytes) => panic!("{bytes:?}"),
        }
    }
    assert_eq!(say(&conversation, &call(0))["error"]["code"], -32600);
    assert_eq!(say(&conversation, &call(MAX_CALLS))["error"]["code"], -32603);
    say(
        &conversation,
        &json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 0}}),
    );
    let mut cancelled = running.swap_remove(0);
    let end = futures_util::FutureExt::now_or_never(cancelled.next()).expect("ends at once");
    assert!(end.is_none(), "no response after a cancellation");
    drop(cancelled);
    assert!(matches!(conversation.handle(call(0).to_string().as_bytes()), Body::Stream(_)));
}

fn notice(method: &str) -> Value {
    json!({"jsonrpc": "2.0", "method": method})
}

fn open(conversation: &Stdio, message: &Value) -> ByteStream {
    match conversation.handle(message.to_string().as_bytes()) {
        Body::Stream(stream) => stream,
        Body::Full(bytes) => panic!("{bytes:?}"),
    }
}

/// The messages that can be read without waiting, and whether the stream has ended behind them.
fn heard(stream: &mut ByteStream) -> (Vec<Value>, bool) {
    let mut messages = Vec::new();
    while let Some(next) = futures_util::FutureExt::now_or_never(stream.next()) {
        match next {
            Some(message) => messages.push(serde_json::from_slice(&message).unwrap()),
            None => return (messages, true),
        }
    }
    (messages, false)
}

fn listen(id: Value) -> Value {
    let mut request = claimed("subscriptions/listen");
    request["id"] = id;
    request["params"]["notifications"] = json!({"toolsListChanged": true});
    request
}

#[test]
fn an_old_client_hears_unasked_once_it_is_initialized() {
    let host = host();
    let conversation = Stdio::new(host.clone());
    assert_eq!(say(&conversation, &notice("notifications/initialized")), Value::Null, "nothing to hear yet");
    say(&conversation, &initialize());
    assert_eq!(host.open_streams(), 0);
    let mut unasked = open(&conversation, &notice("notifications/initialized"));
    assert_eq!(say(&conversation, &notice("notifications/initialized")), Value::Null, "once is enough");
    host.publish(snapshot());
    let (told, ended) = heard(&mut unasked);
    assert!(!ended);
    let methods: Vec<&str> = told.iter().map(|message| message["method"].as_str().unwrap()).collect();
    assert_eq!(
        methods,
        ["skills", "tools", "resources", "prompts"].map(|list| format!("notifications/{list}/list_changed"))
    );
    host.close_streams();
    assert_eq!(heard(&mut unasked), (vec![], true));
    // Whoever was cut off may have another one.
    assert_eq!(heard(&mut open(&conversation, &notice("notifications/initialized"))), (vec![], true));
}

#[test]
fn a_client_that_finds_no_stream_left_may_try_again() {
    let host = host_with(Arc::new(Nothing), Settings { max_streams: 1, ..Settings::default() });
    host.publish(snapshot());
    let conversation = Stdio::new(host.clone());
    say(&conversation, &initialize());
    let held = host.feed.open(&Principal::anonymous(), &[]).ok();
    assert_eq!(say(&conversation, &notice("notifications/initialized")), Value::Null);
    drop(held);
    drop(open(&conversation, &notice("notifications/initialized")));
}

#[test]
fn a_subscription_that_was_cut_off_does_not_count_any_more() {
    let host = host();
    let conversation = Stdio::new(host.clone());
    say(&conversation, &initialize());
    let mut request = bare("resources/subscribe");
    request["params"]["uri"] = json!("mcp+op://acme/orders");
    let mut stream = open(&conversation, &request);
    assert_eq!((heard(&mut stream).1, conversation.state().watching.len()), (false, 1));
    host.close_streams();
    assert_eq!((heard(&mut stream).1, conversation.state().watching.len()), (true, 0));
}

#[test]
fn a_subscription_shares_the_pipe_until_it_is_cancelled() {
    let host = host();
    let conversation = Stdio::new(host.clone());
    let mut first = open(&conversation, &listen(json!(1)));
    let mut second = open(&conversation, &listen(json!("1")));
    assert_eq!(say(&conversation, &listen(json!(1)))["error"]["code"], -32600, "the id is taken");
    host.publish(snapshot());
    for (stream, id) in [(&mut first, json!(1)), (&mut second, json!("1"))] {
        let (told, ended) = heard(stream);
        assert_eq!(told[0]["method"], "notifications/subscriptions/acknowledged");
        assert_eq!(told[1]["method"], "notifications/tools/list_changed");
        assert_eq!((told.len(), ended), (2, false));
        assert!(
            told.iter().all(|message| {
                message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == id
            })
        );
    }
    let cancel = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}});
    say(&conversation, &cancel);
    assert_eq!(heard(&mut first), (vec![], true), "no response after a cancellation");
    assert_eq!(
        say(&conversation, &listen(json!(1)))["error"]["code"],
        -32600,
        "the id is taken until the end"
    );
    drop(first);
    assert_eq!(host.open_streams(), 1);
    host.close_streams();
    let (last, ended) = heard(&mut second);
    assert_eq!(
        (&last[0]["id"], &last[0]["result"]["resultType"], ended),
        (&json!("1"), &json!("complete"), true)
    );
}

#[test]
fn a_subscription_that_cannot_be_had_is_answered() {
    let host = host_with(Arc::new(Nothing), Settings { max_streams: 1, ..Settings::default() });
    host.publish(snapshot());
    let conversation = Stdio::new(host.clone());
    let _first = open(&conversation, &listen(json!(1)));
    assert_eq!(say(&conversation, &listen(json!(2)))["error"]["code"], -32603);
    let mut malformed = listen(json!(3));
    malformed["params"]["notifications"] = json!(true);
    assert_eq!(say(&conversation, &malformed)["error"]["code"], -32602);
    assert_eq!(host.open_streams(), 1);
}
