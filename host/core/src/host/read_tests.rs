//! Resources as clients see them: listed, read, watched; in both eras, with an upstream that behaves and one that does not.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::host::Host;
use crate::host::tests::{MODERN, Nothing, meta, request, respond};
use crate::ports::{BoxFuture, Fetch, FetchError, Inbound, Log, Outbound, Ports};
use crate::registry::fixtures::shop;
use crate::reject::Fault;
use crate::settings::Settings;
use crate::transport::Body;

const ORDER: &str = "mcp+op://acme/orders/1";

/// Answers everything alike, and remembers what was asked; without an answer it panics.
struct Upstream {
    answer: Option<(u16, &'static str, Vec<u8>)>,
    asked: Mutex<Vec<String>>,
}

impl Fetch for Upstream {
    fn fetch(&self, request: Outbound) -> BoxFuture<'_, Result<Inbound, FetchError>> {
        self.asked.lock().unwrap().push(format!("{} {}", request.method, request.url));
        let (status, media, body) = self.answer.clone().expect("nobody expects this upstream to be asked");
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(media))]);
        let status = StatusCode::from_u16(status).unwrap();
        Box::pin(std::future::ready(Ok(Inbound { status, headers, body: Bytes::from(body) })))
    }
}

struct Quiet;

impl Log for Quiet {
    fn fault(&self, _: &Fault) {}
}

struct Shop {
    host: Arc<Host>,
    upstream: Arc<Upstream>,
}

impl Shop {
    fn open(answer: Option<(u16, &'static str, &[u8])>) -> Self {
        Self::with(answer, Settings::default())
    }

    fn with(answer: Option<(u16, &'static str, &[u8])>, settings: Settings) -> Self {
        let answer = answer.map(|(status, media, body)| (status, media, body.to_vec()));
        let upstream = Arc::new(Upstream { answer, asked: Mutex::default() });
        let nothing = Arc::new(Nothing);
        let ports = Ports {
            clock: nothing.clone(),
            entropy: nothing.clone(),
            fetch: upstream.clone(),
            sandbox: nothing.clone(),
            secrets: nothing,
            log: Arc::new(Quiet),
            storage: None,
            sessions: None,
            peers: None,
        };
        let host = Arc::new(Host::new(ports, settings));
        host.publish(shop());
        Self { host, upstream }
    }

    fn modern(&self, method: &str, mut params: Value) -> Value {
        params["_meta"] = meta(MODERN);
        let name = params["name"].as_str().or(params["uri"].as_str()).unwrap_or_default().to_owned();
        let headers = [("mcp-protocol-version", MODERN), ("mcp-method", method), ("mcp-name", &name)];
        document(respond(&self.host, &headers, &request(method, params)).into_body())
    }

    fn legacy(&self, method: &str, params: Value) -> Value {
        let headers = [("mcp-protocol-version", "2025-11-25")];
        document(respond(&self.host, &headers, &request(method, params)).into_body())
    }

    fn read(&self, uri: &str) -> Value {
        self.modern("resources/read", json!({ "uri": uri }))
    }

    fn listen(&self, notifications: &Value) -> Body {
        let params = json!({"notifications": notifications, "_meta": meta(MODERN)});
        let headers = [("mcp-protocol-version", MODERN), ("mcp-method", "subscriptions/listen")];
        respond(&self.host, &headers, &request("subscriptions/listen", params)).into_body()
    }

    fn refund(&self, order: &str) -> Value {
        let arguments = json!({"tool": "acme.refundsCreate", "input": {"orderId": order}});
        self.modern("tools/call", json!({"name": "codecall:invoke", "arguments": arguments}))
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.upstream.asked.lock().unwrap())
    }
}

fn document(body: Body) -> Value {
    match body {
        Body::Full(bytes) => serde_json::from_slice(&bytes).unwrap(),
        Body::Stream(_) => panic!("a stream"),
    }
}

/// Method and URI of what can be read without waiting.
fn heard(body: &mut Body) -> Vec<(String, String)> {
    let Body::Stream(stream) = body else { panic!("no stream") };
    let mut heard = Vec::new();
    while let Some(Some(frame)) = stream.next().now_or_never() {
        let text = String::from_utf8(frame.to_vec()).unwrap();
        let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
        let message: Value = serde_json::from_str(data).unwrap();
        let part =
            |pointer: &str| message.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        heard.push((part("/method"), part("/params/uri")));
    }
    heard
}

fn updated(uri: &str) -> (String, String) {
    ("notifications/resources/updated".to_owned(), uri.to_owned())
}

#[test]
fn what_is_listed_can_be_read() {
    let shop = Shop::open(Some((200, "application/json", br#"{"id": "1"}"#)));
    let listed = shop.modern("resources/list", json!({}));
    assert_eq!(listed["result"]["resources"][0]["uri"], "mcp+op://acme/tree");
    let answer = shop.read("mcp+op://acme/tree");
    let result = &answer["result"];
    let contents =
        json!([{"uri": "mcp+op://acme/tree", "mimeType": "application/json", "text": "{\"id\":\"1\"}"}]);
    assert_eq!(result["contents"], contents);
    assert_eq!((&result["ttlMs"], &result["cacheScope"]), (&json!(0), &json!("private")));
    assert_eq!(result["resultType"], "complete");
    assert_eq!(shop.asked(), ["GET https://api.example.com/tree"]);
    let answer = shop.legacy("resources/read", json!({"uri": "mcp+op://acme/tree"}));
    assert_eq!(answer["result"], json!({ "contents": contents }));
}

#[test]
fn a_template_is_filled_in_and_its_values_reach_the_upstream_encoded() {
    let shop = Shop::open(Some((200, "application/json", b"{}")));
    shop.read("mcp+op://acme/orders/a%2Fb%3F?expand=items&expand=customer");
    assert_eq!(shop.asked(), ["GET https://api.example.com/orders/a%2Fb%3F?expand=items&expand=customer"]);
}

#[test]
fn texts_and_bytes_keep_their_media_type() {
    let shop = Shop::open(Some((200, "text/csv; charset=utf-8", b"a,b")));
    let text = json!([{"uri": ORDER, "mimeType": "text/csv", "text": "a,b"}]);
    assert_eq!(shop.read(ORDER)["result"]["contents"], text);
    let shop = Shop::open(Some((200, "image/png", b"\x89PNG")));
    let blob = json!([{"uri": ORDER, "mimeType": "image/png", "blob": "iVBORw=="}]);
    assert_eq!(shop.read(ORDER)["result"]["contents"], blob);
}

#[test]
fn nothing_is_asked_of_the_upstream_for_what_is_no_resource() {
    let shop = Shop::open(None);
    for uri in [
        "mcp+op://acme/nothing",
        "mcp+op://acme/secret",
        "skill://nobody/SKILL.md",
        "x",
        "mcp+op://acme/orders/..",
    ] {
        let answer = shop.read(uri);
        assert_eq!(
            (&answer["error"]["code"], &answer["error"]["data"]["uri"]),
            (&json!(-32602), &json!(uri))
        );
        let answer = shop.legacy("resources/read", json!({ "uri": uri }));
        assert_eq!(
            (&answer["error"]["code"], &answer["error"]["data"]["uri"]),
            (&json!(-32002), &json!(uri))
        );
    }
    let answer = shop.read("mcp+op://acme/orders/1?expand=everything");
    assert_eq!(answer["error"]["code"], -32602);
    assert!(answer["error"]["message"].as_str().unwrap().contains("everything"), "{answer}");
    assert_eq!(shop.legacy("resources/read", json!({}))["error"]["code"], -32602);
}

#[test]
fn a_failing_upstream_is_told_precisely_and_its_body_stays_here() {
    let body = br#"{"message": "no such order", "internal": "stack frame"}"#;
    for (status, code, kind) in [
        (404, -32602, "NOT_FOUND"),
        (500, -32603, "HTTP_500"),
        (403, -32603, "ACCESS_DENIED"),
        (422, -32603, "UPSTREAM_VALIDATION"),
    ] {
        let answer = Shop::open(Some((status, "application/json", body))).read(ORDER);
        let error = &answer["error"];
        assert_eq!((&error["code"], &error["data"]["code"]), (&json!(code), &json!(kind)), "{answer}");
        assert_eq!((&error["data"]["status"], &error["data"]["uri"]), (&json!(status), &json!(ORDER)));
        assert!(error["message"].as_str().unwrap().contains("no such order"));
        assert!(!answer.to_string().contains("stack frame"));
    }
    let shop = Shop::open(Some((404, "application/json", body)));
    assert_eq!(shop.legacy("resources/read", json!({"uri": ORDER}))["error"]["code"], -32002);
}

#[test]
fn a_panic_is_a_fault_with_an_id_and_nothing_else() {
    let answer = Shop::open(None).read(ORDER);
    assert_eq!(answer["error"]["code"], -32603);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("internal error (id ") && !message.contains("expects"), "{message}");
}

#[test]
fn one_mutation_is_heard_once_by_those_who_watch() {
    let shop = Shop::open(Some((201, "application/json", b"{}")));
    let mut same =
        shop.listen(&json!({"resourceSubscriptions": [ORDER, "mcp+op://acme/orders/1?expand=items"]}));
    let mut above = shop.listen(&json!({"resourceSubscriptions": ["mcp+op://acme/orders"]}));
    let mut beside = shop
        .listen(&json!({"resourceSubscriptions": ["mcp+op://acme/orders/2"], "resourcesListChanged": true}));
    for stream in [&mut same, &mut above, &mut beside] {
        assert_eq!(heard(stream)[0].0, "notifications/subscriptions/acknowledged");
    }
    let answer = shop.refund("1");
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    assert_eq!(heard(&mut same), [updated(ORDER), updated("mcp+op://acme/orders/1?expand=items")]);
    assert_eq!(heard(&mut above), [updated(ORDER)]);
    assert_eq!(heard(&mut beside), []);
    shop.refund("2");
    assert_eq!(heard(&mut above), [updated("mcp+op://acme/orders/2")]);
    assert_eq!(heard(&mut same), []);
}

#[test]
fn what_failed_and_what_only_reads_is_not_announced() {
    let shop = Shop::open(Some((409, "application/json", b"{}")));
    let mut watching = shop.listen(&json!({"resourceSubscriptions": ["mcp+op://acme"]}));
    heard(&mut watching);
    assert_eq!(shop.refund("1")["result"]["isError"], true);
    let shop = Shop::open(Some((200, "application/json", b"{}")));
    let mut watching = shop.listen(&json!({"resourceSubscriptions": ["mcp+op://acme"]}));
    heard(&mut watching);
    shop.read(ORDER);
    let arguments = json!({"tool": "acme.getOrder", "input": {"orderId": "1"}});
    shop.modern("tools/call", json!({"name": "codecall:invoke", "arguments": arguments}));
    assert_eq!(heard(&mut watching), []);
}

#[test]
fn the_skills_extension_exists_in_the_new_era_only() {
    let shop = Shop::open(None);
    let extension = &shop.modern("server/discover", json!({}))["result"]["capabilities"]["extensions"];
    assert_eq!(*extension, json!({"io.modelcontextprotocol/skills": {"directoryRead": true}}));
    for method in ["skills/list", "skills/get", "resources/directory/read"] {
        let answer = shop.legacy(method, json!({"uri": "skill://order-lookup/SKILL.md"}));
        assert_eq!(answer["error"]["code"], -32601, "{method}");
    }
    let list = shop.modern("skills/list", json!({}));
    let result = &list["result"];
    let names: Vec<&Value> =
        result["skills"].as_array().unwrap().iter().map(|skill| &skill["frontmatter"]["name"]).collect();
    assert_eq!(names, ["order-lookup", "refund-order", "returns-policy"]);
    assert_eq!((&result["resultType"], &result["cacheScope"]), (&json!("complete"), &json!("private")));
    assert!(result["ttlMs"].is_u64());
    let get = |uri: &str| shop.modern("skills/get", json!({ "uri": uri }));
    assert_eq!(get("skill://order-lookup/SKILL.md")["result"]["skill"], result["skills"][0]);
    assert_eq!(
        get("skill://money-format/SKILL.md")["result"]["skill"]["frontmatter"]["name"],
        "money-format"
    );
    for unknown in ["skill://order-lookup", "skill://order-lookup/data/rates.json", "skill://x/SKILL.md"] {
        assert_eq!(get(unknown)["error"]["code"], -32602, "{unknown}");
    }
    let directory = |uri: &str| shop.modern("resources/directory/read", json!({ "uri": uri }));
    let data = directory("skill://order-lookup/data");
    assert_eq!(data["result"]["resources"][0]["uri"], "skill://order-lookup/data/rates.json");
    assert!(data["result"].get("ttlMs").is_none());
    for unknown in
        ["skill://order-lookup/", "skill://order-lookup/SKILL.md", "skill://x", "mcp+op://acme/tree"]
    {
        assert_eq!(directory(unknown)["error"]["code"], -32602, "{unknown}");
    }
}

#[test]
fn files_of_skills_are_plain_resources_in_the_old_era() {
    let shop = Shop::open(None);
    let uris = |answer: &Value| -> Vec<String> {
        let resources = answer["result"]["resources"].as_array().unwrap().iter();
        resources.map(|resource| resource["uri"].as_str().unwrap().to_owned()).collect()
    };
    let old = uris(&shop.legacy("resources/list", json!({})));
    assert!(old.contains(&"skill://order-lookup/SKILL.md".to_owned()), "{old:?}");
    assert!(!old.iter().any(|uri| uri.contains("money-format")), "{old:?}");
    assert_eq!(uris(&shop.modern("resources/list", json!({}))), ["mcp+op://acme/tree"]);
    let skill = shop.legacy("resources/read", json!({"uri": "skill://order-lookup/SKILL.md"}));
    let contents = &skill["result"]["contents"][0];
    assert_eq!(contents["mimeType"], "text/markdown");
    assert!(contents["text"].as_str().unwrap().starts_with("---\nname: order-lookup"));
    let file = shop.read("skill://order-lookup/data/rates.json");
    assert_eq!(file["result"]["contents"][0]["text"], "{}\n");
    assert!(file["result"]["ttlMs"].as_u64().unwrap() > 0);
}

#[test]
fn long_lists_come_in_pages_that_share_one_scope() {
    let shop = Shop::with(None, Settings { max_list_items: 2, ..Settings::default() });
    for (method, member, count) in [("tools/list", "tools", 5), ("skills/list", "skills", 3)] {
        let mut seen = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let answer = shop.modern(method, json!({ "cursor": cursor }));
            let result = &answer["result"];
            assert_eq!(result["cacheScope"], "private", "{answer}");
            seen.extend(result[member].as_array().unwrap().clone());
            match &result["nextCursor"] {
                Value::Null => break,
                next => cursor = next.clone(),
            }
        }
        assert_eq!(seen.len(), count);
        let foreign = shop.modern("resources/list", json!({ "cursor": "c2tpbGxzCmE" }));
        assert_eq!(foreign["error"]["code"], -32602);
    }
}

#[test]
fn enumerated_parameters_are_completed() {
    let shop = Shop::open(None);
    let complete = |uri: &str, value: &str| {
        let params = json!({"ref": {"type": "ref/resource", "uri": uri}, "argument": {"name": "expand", "value": value}});
        shop.modern("completion/complete", params)["result"]["completion"]["values"].clone()
    };
    let template = "mcp+op://acme/orders/{orderId}{?expand*}";
    assert_eq!(complete(template, ""), json!(["items", "customer"]));
    assert_eq!(complete(template, "cu"), json!(["customer"]));
    assert_eq!(complete("mcp+op://acme/tree", ""), json!([]));
}
