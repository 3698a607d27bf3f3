//! Bodies by media type, refusals, schema reports; and that echoed credentials never come through.

use http::HeaderValue;

use super::super::testing::{Fixture, description};
use super::*;
use crate::upstream::finish;

fn operation(responses: Value) -> Operation {
    let paths = json!({ "/": { "get": { "operationId": "op", "responses": responses } } });
    Fixture::new(description(&paths)).operation("op")
}

fn answer(status: u16, content_type: &str, body: &[u8]) -> Result<Inbound, FetchError> {
    let mut headers = HeaderMap::new();
    if !content_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
    }
    Ok(Inbound { status: StatusCode::from_u16(status).unwrap(), headers, body: body.to_vec().into() })
}

fn ok(content_type: &str, body: &[u8]) -> Value {
    finish(&operation(json!({})), answer(200, content_type, body), &Redactions::default()).unwrap().value
}

#[test]
fn bodies_become_values_by_their_media_type() {
    assert_eq!(ok("application/json; charset=utf-8", b"{\"a\":1}"), json!({ "a": 1 }));
    assert_eq!(ok("application/vnd.api+json", b"[1]"), json!([1]));
    assert_eq!(ok("text/plain", "é".as_bytes()), json!("é"));
    assert_eq!(ok("application/xml", b"<a/>"), json!("<a/>"));
    assert_eq!(ok("", b"plain"), json!("plain"));
    assert_eq!(ok("application/json", b""), Value::Null);
    assert_eq!(ok("image/png", b"\x89PNG"), json!({ "contentType": "image/png", "base64": "iVBORw==" }));
    assert_eq!(ok("text/plain", b"\xff\xfe"), json!({ "contentType": "text/plain", "base64": "//4=" }));
}

#[test]
fn broken_json_is_given_as_text_with_a_warning() {
    let outcome =
        finish(&operation(json!({})), answer(200, "application/json", b"{oops"), &Redactions::default())
            .unwrap();
    assert_eq!(outcome.value, json!("{oops"));
    assert_eq!(outcome.warnings.len(), 1);
}

#[test]
fn an_answer_unlike_its_schema_is_reported_and_complete() {
    let schema =
        json!({ "type": "object", "required": ["id"], "properties": { "n": { "type": "integer" } } });
    let operation = operation(
        json!({ "200": { "description": "", "content": { "application/json": { "schema": schema } } } }),
    );
    let outcome =
        finish(&operation, answer(200, "application/json", br#"{"n":"x","more":1}"#), &Redactions::default())
            .unwrap();
    assert_eq!(outcome.value, json!({ "n": "x", "more": 1 }));
    assert_eq!(outcome.warnings.len(), 2, "{:?}", outcome.warnings);
}

fn error(status: u16, content_type: &str, body: &[u8]) -> ToolError {
    finish(&operation(json!({})), answer(status, content_type, body), &Redactions::default()).unwrap_err()
}

#[test]
fn refusals_keep_status_message_and_body() {
    let problem = br#"{"title":"Out of stock","detail":"Only 2 left","code":"stock"}"#;
    let told = error(409, "application/problem+json", problem);
    assert_eq!((told.code.as_str(), told.status), ("CONFLICT", Some(409)));
    assert_eq!(told.message, "`acme.op` answered 409: Out of stock: Only 2 left");
    assert_eq!(told.details.unwrap()["code"], "stock");
    for (status, code) in [
        (400, "UPSTREAM_VALIDATION"),
        (401, "ACCESS_DENIED"),
        (403, "ACCESS_DENIED"),
        (404, "NOT_FOUND"),
        (418, "HTTP_418"),
        (429, "RATE_LIMITED"),
        (500, "HTTP_500"),
        (504, "TIMEOUT"),
    ] {
        assert_eq!(error(status, "", b"").code, code);
    }
}

#[test]
fn the_message_is_found_in_the_usual_places() {
    for (body, expected) in [
        (r#"{"message":"m"}"#, "m"),
        (r#"{"error":"e"}"#, "e"),
        (r#"{"error":{"message":"em","code":1}}"#, "em"),
        (r#"{"error":"invalid_grant","error_description":"ed"}"#, "ed"),
        (r#"{"errors":[{"message":"first"}]}"#, "first"),
        (r#"{"title":"t"}"#, "t"),
        (r#"{"other":1}"#, "Bad Gateway"),
        (r#""text""#, "text"),
    ] {
        assert_eq!(
            error(502, "application/json", body.as_bytes()).message,
            format!("`acme.op` answered 502: {expected}")
        );
    }
    assert!(error(502, "text/html", b"<html>x</html>").message.ends_with("Bad Gateway"));
}

#[test]
fn redirects_are_refused_and_retries_are_told() {
    let told = error(302, "", b"");
    assert!(told.message.contains("redirect") && told.message.contains("not followed"), "{}", told.message);
    let mut limited = answer(429, "", b"").unwrap();
    limited.headers.insert(RETRY_AFTER, HeaderValue::from_static("17"));
    let told = finish(&operation(json!({})), Ok(limited), &Redactions::default()).unwrap_err();
    assert_eq!(told.to_json("acme.op")["retryAfter"], 17);
}

#[test]
fn long_errors_are_bounded() {
    let long = json!({ "message": "é".repeat(40_000) }).to_string();
    let told = error(500, "application/json", long.as_bytes());
    assert!(told.message.len() < MAX_MESSAGE + 100);
    assert!(told.details.unwrap()["text"].as_str().unwrap().len() <= MAX_DETAILS + 3);
}

#[test]
fn echoed_credentials_never_reach_the_script() {
    let mut redactions = Redactions::default();
    redactions.add("hunter2");
    let operation = operation(json!({}));
    for status in [200, 401] {
        for (kind, body) in [
            ("application/json", &br#"{"message":"token hunter2 \u0068unter2","hunter2":1}"#[..]),
            ("text/plain", b"hunter2"),
            ("image/png", b"\xff hunter2"),
        ] {
            let shown = format!("{:?}", finish(&operation, answer(status, kind, body), &redactions));
            assert!(!shown.contains("hunter2") && !shown.contains("aHVudGVyMg"), "{shown}");
        }
    }
}

#[test]
fn no_answer_is_told_by_kind() {
    let operation = operation(json!({}));
    for (error, code) in [
        (FetchError::ForbiddenAddress("10.0.0.1".parse().unwrap()), "FORBIDDEN_DESTINATION"),
        (FetchError::Unresolved, "UNREACHABLE"),
        (FetchError::Timeout, "TIMEOUT"),
        (FetchError::TooLarge(5), "RESPONSE_TOO_LARGE"),
        (FetchError::Unreachable("connection refused".into()), "UNREACHABLE"),
    ] {
        assert_eq!(finish(&operation, Err(error), &Redactions::default()).unwrap_err().code, code);
    }
}
