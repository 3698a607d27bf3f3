//! The endpoint over plain values: the whole decision table of eras, both surfaces, and what a running call says.

use std::sync::Mutex;

use http::HeaderMap;
use serde_json::json;

use super::*;
use crate::ports::{self, BoxFuture};
use crate::skill::catalog::Catalog;

pub(super) const MODERN: &str = "2026-07-28";
const VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";

pub(super) struct Nothing;

impl ports::Clock for Nothing {
    fn now_ms(&self) -> u64 {
        0
    }
    fn monotonic_us(&self) -> u64 {
        0
    }
    fn sleep(&self, _: u64) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

impl ports::Entropy for Nothing {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

impl ports::Fetch for Nothing {
    fn fetch(&self, _: ports::Outbound) -> BoxFuture<'_, Result<ports::Inbound, ports::FetchError>> {
        Box::pin(async { Err(ports::FetchError::Unresolved) })
    }
}

impl ports::Sandbox for Nothing {
    fn open(&self) -> Result<Box<dyn ports::Script>, ports::SandboxError> {
        Err(ports::SandboxError::Busy)
    }
}

impl ports::Secrets for Nothing {
    fn get(&self, _: &str) -> Option<String> {
        None
    }
}

#[derive(Default)]
struct Faults(Mutex<Vec<Fault>>);

impl ports::Log for Faults {
    fn fault(&self, fault: &Fault) {
        self.0.lock().unwrap().push(fault.clone());
    }
}

pub(super) fn host() -> Arc<Host> {
    let host = unready_host();
    host.publish(snapshot());
    host
}

fn unready_host() -> Arc<Host> {
    host_with(Arc::new(Nothing), Settings::default())
}

/// A host without a snapshot.
pub(super) fn host_with(clock: Arc<dyn ports::Clock>, settings: Settings) -> Arc<Host> {
    let nothing = Arc::new(Nothing);
    let ports = Ports {
        clock,
        entropy: nothing.clone(),
        fetch: nothing.clone(),
        sandbox: nothing.clone(),
        secrets: nothing,
        log: Arc::new(Faults::default()),
        storage: None,
        sessions: None,
        peers: None,
    };
    Arc::new(Host::new(ports, settings))
}

pub(super) fn snapshot() -> Snapshot {
    Snapshot {
        name: "acme".to_owned(),
        version: "1.2.3".to_owned(),
        title: Some("Acme".to_owned()),
        instructions: "Search first.".to_owned(),
        specs: Default::default(),
        operations: Default::default(),
        namespaces: Default::default(),
        catalog: Catalog::default(),
        manifest: None,
        environment: None,
        visible: Vec::new(),
        executable: 0,
        secrets: Vec::new(),
        index: crate::skill::index::Index::build([]),
    }
}

/// Status and body of an answer that is one document.
fn post(headers: &[(&str, &str)], body: &str) -> (u16, Value) {
    let response = respond(&host(), headers, body);
    let status = response.status().as_u16();
    match response.into_body() {
        Body::Full(bytes) if bytes.is_empty() => (status, Value::Null),
        Body::Full(bytes) => (status, serde_json::from_slice(&bytes).unwrap()),
        Body::Stream(_) => panic!("a stream"),
    }
}

/// Given headers replace the usual ones.
pub(super) fn respond(host: &Arc<Host>, headers: &[(&str, &str)], body: &str) -> Response<Body> {
    let mut request = Request::post("/mcp").body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
    let usual = [
        ("host", "localhost"),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ];
    let map: &mut HeaderMap = request.headers_mut();
    for (name, value) in
        usual.iter().filter(|(name, _)| headers.iter().all(|(given, _)| given != name)).chain(headers)
    {
        map.append(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
    }
    host.handle(request).now_or_never().expect("nothing here waits")
}

pub(super) fn request(method: &str, params: Value) -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string()
}

pub(super) fn meta(version: impl Into<Value>) -> Value {
    json!({VERSION_KEY: version.into(), "io.modelcontextprotocol/clientCapabilities": {}})
}

fn modern(method: &str, mut params: Value) -> (u16, Value) {
    params["_meta"] = meta(MODERN);
    let name = params["name"].as_str().or(params["uri"].as_str()).unwrap_or_default().to_owned();
    let headers = [("mcp-protocol-version", MODERN), ("mcp-method", method), ("mcp-name", &name)];
    post(&headers, &request(method, params))
}

#[test]
fn state_that_this_server_never_gave_is_refused() {
    for (method, params) in [
        ("tools/call", json!({"name": "codecall:searchSkills", "arguments": {"queries": ["x"]}})),
        ("resources/read", json!({"uri": "mcp+op://acme/x"})),
        ("prompts/get", json!({"name": "x"})),
    ] {
        let mut forged = params;
        forged["requestState"] = json!("forged");
        let (status, answer) = modern(method, forged);
        assert_eq!((status, &answer["error"]["code"]), (200, &json!(-32602)), "{method}");
        assert!(answer["error"]["message"].as_str().unwrap().contains("requestState"), "{answer}");
    }
}

fn legacy(version: &str, method: &str, params: Value) -> (u16, Value) {
    post(&[("mcp-protocol-version", version)], &request(method, params))
}

/// Row by row, in the table's own order: row, header, body, status, error code (0: a result, 1: no body at all).
#[test]
#[allow(clippy::too_many_lines, reason = "one row a line reads best as one table")]
fn the_era_of_every_message_follows_the_table() {
    let claimed = |method: &str, version: Value| request(method, json!({"_meta": meta(version)}));
    let bare = |method: &str| request(method, json!({}));
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let notification = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let claimed_notification =
        json!({"jsonrpc": "2.0", "method": "n", "params": {"_meta": meta(MODERN)}}).to_string();
    let response = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
    let initialize = request(
        "initialize",
        json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}),
    );
    let no_capabilities = request("server/discover", json!({"_meta": {VERSION_KEY: MODERN}}));
    let good = Some(MODERN);
    let old = Some("2025-06-18");
    let table: Vec<(u8, Option<&str>, String, u16, i64)> = vec![
        (1, None, "{".into(), 400, -32700),
        (1, good, "{".into(), 400, -32700),
        (2, None, "5".into(), 400, -32600),
        (2, good, "[]".into(), 400, -32600),
        (2, None, r#"{"jsonrpc":"2.0","id":1}"#.into(), 400, -32600),
        (3, None, format!("[{}]", claimed("server/discover", MODERN.into())), 400, -32600),
        (3, good, format!("[{ping}]"), 400, -32600),
        (4, None, format!("[{notification}]"), 202, 1),
        (4, Some("2025-03-26"), format!("[{notification}]"), 202, 1),
        (4, old, format!("[{ping}]"), 400, -32600),
        (4, Some("nonsense"), format!("[{ping}]"), 400, -32600),
        (5, None, claimed("server/discover", 7.into()), 400, -32602),
        (5, good, claimed("server/discover", Value::Null), 400, -32602),
        (5, old, claimed("initialize", json!([])), 400, -32602),
        (6, None, claimed("server/discover", MODERN.into()), 400, -32020),
        (7, good, claimed("server/discover", "v999.0.0".into()), 400, -32020),
        (7, Some("v999.0.0"), claimed("server/discover", MODERN.into()), 400, -32020),
        (7, old, claimed("server/discover", MODERN.into()), 400, -32020),
        (8, Some("v999.0.0"), claimed("server/discover", "v999.0.0".into()), 400, -32022),
        (8, Some("2027-01-01"), claimed("server/discover", "2027-01-01".into()), 400, -32022),
        (9, old, claimed("tools/list", "2025-06-18".into()), 400, -32022),
        (10, good, no_capabilities, 400, -32602),
        (12, good, bare("tools/list"), 400, -32602),
        (12, good, bare("server/discover"), 400, -32602),
        (12, good, request("tools/list", json!({"_meta": 5})), 400, -32602),
        (13, None, bare("server/discover"), 400, -32602),
        (14, None, initialize.clone(), 200, 0),
        (14, old, initialize.clone(), 200, 0),
        (15, good, initialize, 400, -32020),
        (16, old, bare("tools/list"), 200, 0),
        (18, None, bare("tools/list"), 200, 0),
        (18, None, bare("unknown/method"), 200, -32601),
        (18, old, bare("server/discover"), 200, -32601),
        (18, old, bare("subscriptions/listen"), 200, -32601),
        (19, Some("nonsense"), bare("tools/list"), 400, -32600),
        (19, Some("nonsense"), notification.into(), 400, -32600),
        (20, good, notification.into(), 202, 1),
        (20, None, claimed_notification, 202, 1),
        (21, None, notification.into(), 202, 1),
        (21, old, notification.into(), 202, 1),
        (22, old, response.into(), 400, -32600),
        (23, good, response.into(), 400, -32600),
        (23, None, response.into(), 400, -32600),
    ];
    for (row, header, body, status, code) in table {
        let headers: Vec<(&str, &str)> =
            header.map(|version| ("mcp-protocol-version", version)).into_iter().collect();
        let (found, answer) = post(&headers, &body);
        let found_code = match &answer {
            Value::Null => 1,
            answer => answer["error"]["code"].as_i64().unwrap_or(0),
        };
        assert_eq!((found, found_code), (status, code), "row {row}, header {header:?}: {body}\n{answer}");
        assert!(answer.get("id").is_none_or(|id| !id.is_null()), "row {row}: {answer}");
    }
}

/// Row 11: the envelope is complete, so headers are compared and the method is looked at.
#[test]
fn a_complete_envelope_is_dispatched_and_removed_methods_are_gone() {
    for method in [
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
        "unknown/method",
    ] {
        let (status, answer) = modern(method, json!({}));
        assert_eq!((status, &answer["error"]["code"]), (404, &json!(-32601)), "{method}: {answer}");
        assert_eq!(answer["id"], 1);
    }
    let (status, answer) = modern("subscriptions/listen", json!({}));
    assert_eq!((status, &answer["error"]["code"]), (200, &json!(-32602)), "known, but asks for nothing");
}

#[test]
fn an_unsupported_version_is_answered_with_the_choice_of_discover() {
    let body = request("server/discover", json!({"_meta": meta("v999.0.0")}));
    let (_, answer) = post(&[("mcp-protocol-version", "v999.0.0")], &body);
    let (_, discover) = modern("server/discover", json!({}));
    assert_eq!(answer["error"]["data"]["supported"], discover["result"]["supportedVersions"]);
    assert_eq!(answer["error"]["data"]["requested"], "v999.0.0");
}

#[test]
fn standard_headers_must_repeat_the_body() {
    let body = request("resources/read", json!({"uri": "a://ü", "_meta": meta(MODERN)}));
    let version = ("mcp-protocol-version", MODERN);
    let method = ("mcp-method", "resources/read");
    let table: [(&[(&str, &str)], i64); 10] = [
        (&[version, method, ("mcp-name", "=?base64?YTovL8O8?=")], -32602),
        (&[version, ("mcp-method", " resources/read\t"), ("mcp-name", " =?base64?YTovL8O8?= ")], -32602),
        (&[version, ("mcp-name", "=?base64?YTovL8O8?=")], -32020),
        (&[version, method], -32020),
        (&[version, ("mcp-method", "Resources/Read"), ("mcp-name", "=?base64?YTovL8O8?=")], -32020),
        (&[version, method, method, ("mcp-name", "=?base64?YTovL8O8?=")], -32020),
        (&[version, method, ("mcp-name", "=?base64?YTovL8O8")], -32020),
        (&[version, method, ("mcp-name", "=?BASE64?YTovL8O8?=")], -32020),
        (&[version, method, ("mcp-name", "=?base64?YTovL8O8YQ?=")], -32020),
        (&[version, method, ("mcp-name", "=?base64?YTov*8O8?=")], -32020),
    ];
    for (headers, code) in table {
        let (status, answer) = post(headers, &body);
        assert_eq!(answer["error"]["code"], code, "{headers:?}: {answer}");
        assert_eq!(status, if code == -32020 { 400 } else { 200 }, "{headers:?}");
    }
}

#[test]
fn a_malformed_envelope_names_the_key() {
    let keys = [
        ("io.modelcontextprotocol/clientCapabilities", json!([])),
        ("io.modelcontextprotocol/clientInfo", json!("curl")),
        ("io.modelcontextprotocol/logLevel", json!("loud")),
        ("progressToken", json!(1.5)),
    ];
    for (key, value) in keys {
        let mut meta = meta(MODERN);
        meta[key] = value;
        let headers = [("mcp-protocol-version", MODERN), ("mcp-method", "tools/list")];
        let (status, answer) = post(&headers, &request("tools/list", json!({"_meta": meta})));
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(-32602)), "{key}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(key), "{answer}");
    }
}

#[test]
fn initialize_negotiates_legacy_versions_only() {
    let table = [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("1999-01-01", "2025-11-25"),
    ];
    for (requested, negotiated) in table {
        let params = json!({"protocolVersion": requested, "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}});
        let (status, answer) = post(&[], &request("initialize", params));
        assert_eq!(status, 200);
        let result = &answer["result"];
        assert_eq!(result["protocolVersion"], negotiated);
        assert_eq!(result["instructions"], "Search first.");
        assert_eq!(result["serverInfo"]["name"], "acme");
        for absent in ["resultType", "ttlMs", "_meta"] {
            assert!(result.get(absent).is_none(), "{absent}");
        }
        let mut capabilities = json!({
            "tools": {"listChanged": true}, "resources": {"subscribe": true, "listChanged": true},
            "prompts": {"listChanged": true}, "logging": {}
        });
        if negotiated != "2024-11-05" {
            capabilities["completions"] = json!({});
        }
        assert_eq!(result["capabilities"], capabilities);
    }
    let (_, answer) = post(&[], &request("initialize", json!({"protocolVersion": 1})));
    assert_eq!(answer["error"]["code"], -32602);
}

#[test]
fn empty_results_of_the_old_era_are_exactly_empty() {
    for (method, params) in [
        ("ping", json!({})),
        ("logging/setLevel", json!({"level": "debug"})),
        ("resources/subscribe", json!({"uri": "a://b"})),
        ("resources/unsubscribe", json!({"uri": "a://b"})),
    ] {
        assert_eq!(legacy("2025-11-25", method, params).1["result"], json!({}), "{method}");
    }
    assert_eq!(legacy("2025-11-25", "logging/setLevel", json!({"level": "loud"})).1["error"]["code"], -32602);
}

#[test]
fn lists_carry_what_their_version_has() {
    let (_, answer) = legacy("2024-11-05", "tools/list", json!({}));
    let tool = &answer["result"]["tools"][0];
    assert_eq!(tool["name"], "codecall:searchSkills");
    assert_eq!(tool["inputSchema"]["type"], "object");
    assert!(tool.get("annotations").is_none() && tool.get("title").is_none());
    let (_, answer) = legacy("2025-03-26", "tools/list", json!({}));
    assert!(answer["result"]["tools"][0]["annotations"]["readOnlyHint"].as_bool().unwrap());
    assert!(answer["result"]["tools"][0].get("title").is_none());
    let (_, answer) = legacy("2025-11-25", "tools/list", json!({}));
    assert_eq!(answer["result"]["tools"][3]["title"], "Execute a script");
    for (method, member) in [
        ("tools/list", "tools"),
        ("resources/list", "resources"),
        ("resources/templates/list", "resourceTemplates"),
        ("prompts/list", "prompts"),
    ] {
        let (_, answer) = legacy("2025-11-25", method, json!({}));
        assert!(answer["result"][member].is_array());
        assert_eq!(answer["result"].as_object().unwrap().len(), 1, "{method}");
        let (status, answer) = modern(method, json!({}));
        let result = &answer["result"];
        assert_eq!(status, 200);
        assert!(result[member].is_array());
        assert_eq!(result["resultType"], "complete");
        assert_eq!(result["cacheScope"], "private");
        assert!(result["ttlMs"].is_u64());
        assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "acme");
        assert_eq!(modern(method, json!({"cursor": ""})).1["error"]["code"], -32602, "{method}");
    }
}

#[test]
fn discover_tells_versions_capabilities_and_instructions() {
    let (_, answer) = modern("server/discover", json!({}));
    let result = &answer["result"];
    assert_eq!(result["supportedVersions"], json!([MODERN]));
    assert_eq!(result["instructions"], "Search first.");
    assert_eq!(result["resultType"], "complete");
    let capabilities = json!({
        "tools": {"listChanged": true}, "resources": {"subscribe": true, "listChanged": true},
        "prompts": {"listChanged": true}, "completions": {}, "logging": {},
        "extensions": {"io.modelcontextprotocol/skills": {"directoryRead": true}}
    });
    assert_eq!(result["capabilities"], capabilities);
}

#[test]
fn unknown_names_are_invalid_params_in_band() {
    let (status, answer) = modern("resources/read", json!({"uri": "a://b"}));
    assert_eq!((status, &answer["error"]["code"]), (200, &json!(-32602)));
    assert_eq!(answer["error"]["data"]["uri"], "a://b");
    let (_, answer) = legacy("2025-11-25", "resources/read", json!({"uri": "a://b"}));
    assert_eq!(answer["error"]["code"], -32002);
    assert_eq!(answer["error"]["data"]["uri"], "a://b");
    for name in ["codecall:nothing", "codecall", "execute", "codecall-execute"] {
        assert_eq!(modern("tools/call", json!({"name": name})).1["error"]["code"], -32602, "{name}");
    }
    assert_eq!(legacy("2025-11-25", "prompts/get", json!({"name": "x"})).1["error"]["code"], -32602);
    for arguments in [json!([]), json!("x"), json!(1)] {
        let call = json!({"name": "codecall:execute", "arguments": arguments});
        assert_eq!(modern("tools/call", call).1["error"]["code"], -32602);
    }
}

#[test]
fn completion_knows_nothing_but_answers() {
    let params = json!({"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "a", "value": "b"}});
    let (_, answer) = modern("completion/complete", params.clone());
    assert_eq!(answer["result"]["completion"]["values"], json!([]));
    assert_eq!(answer["result"]["resultType"], "complete");
    let (_, answer) = legacy("2025-11-25", "completion/complete", params);
    assert_eq!(answer["result"], json!({"completion": {"values": [], "total": 0, "hasMore": false}}));
    assert_eq!(modern("completion/complete", json!({"ref": {}})).1["error"]["code"], -32602);
}

#[test]
fn a_batch_is_answered_element_by_element() {
    let body = r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"n"},7,
        {"jsonrpc":"2.0","id":"i","method":"initialize","params":{}},{"jsonrpc":"2.0","id":2,"method":"tools/list"}]"#;
    let (status, answer) = post(&[], body);
    let answers = answer.as_array().unwrap();
    assert_eq!((status, answers.len()), (200, 4));
    assert_eq!(answers[0], json!({"jsonrpc": "2.0", "id": 1, "result": {}}));
    assert_eq!(answers[1]["error"]["code"], -32600);
    assert_eq!(answers[2]["error"]["code"], -32600);
    assert!(answers[3]["result"]["tools"].is_array());
}

#[test]
fn health_is_not_readiness() {
    let host = unready_host();
    let get = |host: &Arc<Host>, path: &str| {
        let request = Request::get(path).body(Bytes::new()).unwrap();
        host.handle(request).now_or_never().expect("nothing here waits").status().as_u16()
    };
    assert_eq!([get(&host, "/healthz"), get(&host, "/readyz"), get(&host, "/x")], [200, 503, 404]);
    assert_eq!(respond(&host, &[], &request("ping", json!({}))).status(), 503);
    host.publish(snapshot());
    assert_eq!(get(&host, "/readyz"), 200);
}
