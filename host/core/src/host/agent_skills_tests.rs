//! What a client without MCP is shown of the shop's skills, and what it is not.

use std::sync::Arc;

use futures_util::FutureExt;
use http::Response;

use super::*;
use crate::host::tests::{Nothing, host_with};
use crate::registry::fixtures::shop;
use crate::settings::Settings;

fn host(settings: Settings) -> Arc<Host> {
    let host = host_with(Arc::new(Nothing), settings);
    host.publish(shop());
    host
}

fn ask(host: &Arc<Host>, method: &str, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Bytes::new()).unwrap();
    host.handle(request).now_or_never().expect("nothing here waits")
}

fn get(path: &str) -> (u16, HeaderMap, Bytes) {
    let response = ask(&host(Settings::default()), "GET", &format!("{PREFIX}{path}"), &[]);
    let (parts, body) = response.into_parts();
    let Body::Full(bytes) = body else { panic!("a stream") };
    (parts.status.as_u16(), parts.headers, bytes)
}

#[test]
fn the_index_names_visible_skills_and_the_digest_of_what_their_url_gives() {
    let (status, headers, index) = get("index.json");
    assert_eq!((status, headers[CONTENT_TYPE].to_str().unwrap()), (200, "application/json"));
    let index: Value = serde_json::from_slice(&index).unwrap();
    assert_eq!(index["$schema"], SCHEMA);
    let skills = index["skills"].as_array().unwrap();
    let names: Vec<&str> = skills.iter().map(|skill| skill["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["order-lookup", "refund-order", "returns-policy"]);
    for skill in skills {
        assert_eq!(skill["type"], "skill-md");
        let path = skill["url"].as_str().unwrap().strip_prefix(PREFIX).unwrap();
        let (status, headers, bytes) = get(path);
        assert_eq!((status, headers[CONTENT_TYPE].to_str().unwrap()), (200, "text/markdown"));
        assert_eq!(skill["digest"], format!("sha256:{}", sha256_hex(&bytes)));
        assert_eq!(headers[CONTENT_LENGTH], bytes.len().to_string());
    }
    assert_eq!(get("order-lookup/references/paging.md").2, "Page by page.\n");
}

#[test]
fn hidden_skills_and_everything_outside_are_not_found() {
    for path in [
        "",
        "index.html",
        "money-format/SKILL.md",
        "order-lookup",
        "order-lookup/",
        "order-lookup/references",
        "order-lookup/../money-format/SKILL.md",
        "order-lookup/%2e%2e/money-format/SKILL.md",
        "%2e%2e/x",
        "order-lookup/references%2Fpaging.md",
        "order-lookup//SKILL.md",
    ] {
        assert_eq!(get(path).0, 404, "{path}");
    }
}

#[test]
fn what_a_client_has_already_is_not_sent_again() {
    let host = host(Settings::default());
    for path in ["index.json", "order-lookup/SKILL.md"] {
        let path = format!("{PREFIX}{path}");
        let first = ask(&host, "GET", &path, &[]);
        assert_eq!(first.headers()[CACHE_CONTROL], "no-cache");
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        for sent in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let again = ask(&host, "GET", &path, &[("if-none-match", &sent)]);
            assert_eq!(again.status(), 304, "{sent}");
            assert_eq!(again.headers()[ETAG].to_str().unwrap(), tag);
            assert!(matches!(again.into_body(), Body::Full(bytes) if bytes.is_empty()));
        }
        assert_eq!(ask(&host, "GET", &path, &[("if-none-match", "\"x\"")]).status(), 200);
        let head = ask(&host, "HEAD", &path, &[]);
        assert_eq!(head.headers()[CONTENT_LENGTH], first.headers()[CONTENT_LENGTH]);
        assert!(matches!(head.into_body(), Body::Full(bytes) if bytes.is_empty()));
    }
}

#[test]
fn only_reading_is_allowed_and_only_from_where_the_endpoint_may_be_reached() {
    let host = host(Settings::default());
    let index = format!("{PREFIX}index.json");
    let refused = ask(&host, "POST", &index, &[]);
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()[ALLOW]),
        (405, &HeaderValue::from_static("GET, HEAD"))
    );
    assert_eq!(ask(&host, "GET", &index, &[("origin", "https://evil.example")]).status(), 403);
    assert_eq!(
        ask(&host, "GET", "http://evil.example/.well-known/agent-skills/index.json", &[]).status(),
        403
    );
}

#[test]
fn an_operator_can_switch_it_off() {
    let host = host(Settings { agent_skills: false, ..Settings::default() });
    assert_eq!(ask(&host, "GET", &format!("{PREFIX}index.json"), &[]).status(), 404);
}

#[test]
fn files_cannot_run_under_this_origin() {
    let (_, headers, _) = get("order-lookup/data/rates.json");
    assert_eq!(headers[CONTENT_SECURITY_POLICY], "default-src 'none'; sandbox");
    assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
}
