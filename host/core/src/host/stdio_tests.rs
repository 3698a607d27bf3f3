//! Which era a client on a pipe is in, and that nothing it says ends the conversation.

use serde_json::json;

use super::*;
use crate::host::tests::host;

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
