//! Inputs on the wire, bodies of every media type; and that no input leaves the base URL or breaks a line.

use proptest::prelude::*;
use serde_json::json;

use super::super::testing::{Fixture, description};
use super::*;
use crate::upstream::Next;

/// The request that `operationId: op` with these parameters makes of `input`: `METHOD url`.
fn target(path: &str, parameters: Value, input: Value) -> Result<String, String> {
    let fixture = Fixture::new(description(&json!({
        path: { "get": { "operationId": "op", "parameters": parameters, "responses": {} } }
    })));
    let outbound =
        fixture.send("op", &input).map_err(|error| format!("{}: {}", error.code, error.message))?;
    Ok(format!("{} {}", outbound.method, outbound.url))
}

#[test]
fn parameters_travel_where_they_are_declared() {
    let fixture = Fixture::new(description(&json!({
        "/orders/{id}/items": { "get": { "operationId": "op", "responses": {}, "parameters": [
            { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
            { "name": "status", "in": "query", "schema": { "type": "array", "items": { "type": "string" } } },
            { "name": "page", "in": "query", "schema": { "type": "integer" } },
            { "name": "X-Trace", "in": "header", "schema": { "type": "string" } },
            { "name": "theme", "in": "cookie", "schema": { "type": "string" } },
        ] } }
    })));
    let input =
        json!({ "id": "a/b c", "status": ["paid", "x&y"], "page": 2.0, "X-Trace": "t 1", "theme": "dark;x" });
    let outbound = fixture.send("op", &input).unwrap();
    assert_eq!(
        outbound.url.as_str(),
        "https://api.test/v1/orders/a%2Fb%20c/items?status=paid&status=x%26y&page=2"
    );
    assert_eq!(outbound.headers["x-trace"], "t 1");
    assert_eq!(outbound.headers["cookie"], "theme=dark%3Bx");
    assert!(outbound.headers["accept"].to_str().unwrap().starts_with("application/json"));
    assert!(outbound.headers.get("content-type").is_none() && outbound.body.is_empty());
}

#[test]
fn path_values_stay_one_segment() {
    let parameters = json!([{ "name": "id", "in": "path", "required": true, "schema": {} }]);
    for hostile in ["", ".", ".."] {
        let error = target("/a/{id}/b", parameters.clone(), json!({ "id": hostile })).unwrap_err();
        assert!(error.starts_with("VALIDATION") && error.contains("path segment"), "{error}");
    }
    for (value, expected) in [
        ("../x", "..%2Fx"),
        ("%2e%2e", "%252e%252e"),
        ("..\\x", "..%5Cx"),
        ("a?b#c", "a%3Fb%23c"),
        ("\r\nHost: x", "%0D%0AHost%3A%20x"),
        ("é", "%C3%A9"),
        ("...", "..."),
    ] {
        let url = target("/a/{id}/b", parameters.clone(), json!({ "id": value })).unwrap();
        assert_eq!(url, format!("GET https://api.test/v1/a/{expected}/b"));
    }
    assert!(
        target("/a/.{id}", parameters.clone(), json!({ "id": "." })).is_err(),
        "two dots from two places"
    );
    assert!(target("/a/{id}", parameters, json!({ "id": null })).unwrap_err().contains("missing"));
}

#[test]
fn header_values_cannot_break_out() {
    let parameters = json!([{ "name": "X-A", "in": "header", "schema": {} }]);
    for hostile in ["a\r\nHost: x", "a\nb", "a\0b", "a\u{7f}"] {
        assert!(
            target("/", parameters.clone(), json!({ "X-A": hostile })).unwrap_err().starts_with("VALIDATION")
        );
    }
}

#[test]
fn parameters_described_by_content_are_serialised() {
    let parameters =
        json!([{ "name": "filter", "in": "query", "content": { "application/json": { "schema": {} } } }]);
    let url = target("/", parameters, json!({ "filter": { "a": [1, "x"] } })).unwrap();
    assert_eq!(url, "GET https://api.test/v1/?filter=%7B%22a%22%3A%5B1%2C%22x%22%5D%7D");
}

#[test]
fn reserved_characters_stay_only_where_allowed() {
    let parameters = json!([{ "name": "q", "in": "query", "allowReserved": true, "schema": {} }]);
    let url = target("/", parameters, json!({ "q": "a/b?c&d=e#f" })).unwrap();
    assert_eq!(url, "GET https://api.test/v1/?q=a/b?c%26d%3De%23f");
}

#[test]
fn invalid_input_is_refused_with_every_violation() {
    let parameters = json!([
        { "name": "id", "in": "query", "required": true, "schema": { "type": "integer" } },
        { "name": "at", "in": "query", "required": true, "schema": { "type": "string", "format": "date" } },
    ]);
    let fixture = Fixture::new(description(&json!({
        "/": { "get": { "operationId": "op", "parameters": parameters, "responses": {} } }
    })));
    let error = fixture.send("op", &json!({ "id": "x", "at": "soon", "extra": 1 })).unwrap_err();
    assert_eq!(error.code, "VALIDATION");
    assert_eq!(error.details.unwrap()["violations"].as_array().unwrap().len(), 3);
    assert_eq!(fixture.send("op", &json!([])).unwrap_err().code, "VALIDATION");
    assert_eq!(fixture.send("op", &Value::Null).unwrap_err().code, "VALIDATION");
}

/// Content type and text of the body that `POST /` with this `requestBody` makes of `input`.
fn body(request_body: &Value, input: &Value) -> Result<(String, String), ToolError> {
    let fixture = Fixture::new(description(&json!({
        "/": { "post": { "operationId": "op", "requestBody": request_body, "responses": {} } }
    })));
    let outbound = fixture.send("op", input)?;
    let kind = outbound.headers.get("content-type").map_or("", |kind| kind.to_str().unwrap()).to_owned();
    Ok((kind, String::from_utf8(outbound.body.to_vec()).unwrap()))
}

fn content(media: &str, schema: Value) -> Value {
    json!({ "required": true, "content": { media: { "schema": schema } } })
}

#[test]
fn json_bodies_are_objects_or_whole() {
    let object = json!({ "type": "object", "required": ["a"], "properties": { "a": {}, "b": {} } });
    let sent = body(&content("application/json", object.clone()), &json!({ "a": null, "b": [1] })).unwrap();
    assert_eq!(sent, ("application/json".to_owned(), r#"{"a":null,"b":[1]}"#.to_owned()));
    let list = json!({ "type": "array", "items": { "type": "integer" } });
    let sent = body(&content("application/merge-patch+json", list), &json!({ "body": [1, 2] })).unwrap();
    assert_eq!(sent, ("application/merge-patch+json".to_owned(), "[1,2]".to_owned()));
    let optional = json!({ "content": { "application/json": { "schema": object } } });
    assert_eq!(body(&optional, &json!({})).unwrap(), (String::new(), String::new()));
    assert_eq!(
        body(&optional, &json!({ "b": 1 })).unwrap_err().code,
        "VALIDATION",
        "a body that is sent needs `a`"
    );
}

#[test]
fn open_bodies_take_further_properties() {
    let open =
        json!({ "type": "object", "properties": { "a": {} }, "additionalProperties": { "type": "integer" } });
    let sent = body(&content("application/json", open.clone()), &json!({ "a": "x", "b": 2 })).unwrap();
    assert_eq!(sent.1, r#"{"a":"x","b":2}"#);
    assert!(body(&content("application/json", open), &json!({ "b": "x" })).is_err());
}

#[test]
fn forms_are_urlencoded_by_their_encoding() {
    let mut form = content(
        "application/x-www-form-urlencoded",
        json!({ "type": "object", "properties": { "text": {}, "list": {}, "deep": {}, "csv": {}, "gone": {} } }),
    );
    form["content"]["application/x-www-form-urlencoded"]["encoding"] =
        json!({ "csv": { "style": "form", "explode": false }, "deep": { "style": "deepObject" } });
    let input =
        json!({ "text": "a b&c", "list": [1, "é"], "deep": { "x": 1 }, "csv": ["a", "b"], "gone": null });
    let (kind, text) = body(&form, &input).unwrap();
    assert_eq!(kind, "application/x-www-form-urlencoded");
    assert_eq!(text, "text=a+b%26c&list=1&list=%C3%A9&deep%5Bx%5D=1&csv=a,b");
}

#[test]
fn multipart_carries_files_and_fields() {
    let schema = json!({ "type": "object", "required": ["file"], "properties": {
        "file": { "type": "string", "contentMediaType": "application/octet-stream" },
        "meta": { "type": "object" },
        "tags": { "type": "array", "items": { "type": "string" } },
    } });
    let input = json!({
        "file": { "base64": "aGVsbG8=", "filename": "a\"\r\n.txt", "contentType": "text/plain" },
        "meta": { "k": 1 }, "tags": ["x", "y"],
    });
    let (kind, text) = body(&content("multipart/form-data", schema.clone()), &input).unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let expected = [
        "Content-Disposition: form-data; name=\"file\"; filename=\"a%22%0D%0A.txt\"\r\nContent-Type: text/plain\r\n\r\nhello",
        "Content-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n{\"k\":1}",
        "Content-Disposition: form-data; name=\"tags\"\r\n\r\nx",
        "Content-Disposition: form-data; name=\"tags\"\r\n\r\ny",
    ];
    let expected: String = expected.iter().map(|part| format!("--{boundary}\r\n{part}\r\n")).collect();
    assert_eq!(text, format!("{expected}--{boundary}--\r\n"));
    let forged = json!({ "file": { "text": "x", "contentType": "text/plain\r\nX: y" } });
    assert_eq!(body(&content("multipart/form-data", schema), &forged).unwrap_err().code, "VALIDATION");
}

#[test]
fn other_media_types_carry_text_or_bytes() {
    let sent = body(&content("text/csv", json!({ "type": "string" })), &json!({ "body": "a,b" })).unwrap();
    assert_eq!(sent, ("text/csv".to_owned(), "a,b".to_owned()));
    let sent =
        body(&content("application/xml", json!({ "type": "object" })), &json!({ "body": "<a/>" })).unwrap();
    assert_eq!(sent, ("application/xml".to_owned(), "<a/>".to_owned()));
    let sent = body(&content("image/png", json!({})), &json!({ "body": { "base64": "aGk=" } })).unwrap();
    assert_eq!(sent, ("image/png".to_owned(), "hi".to_owned()));
}

#[test]
fn a_token_bound_request_says_so() {
    let fixture =
        Fixture::new(description(&json!({ "/": { "get": { "operationId": "op", "responses": {} } } })));
    assert!(matches!(fixture.plan("op", &json!({})).unwrap(), Next::Send(_)));
}

fn hostile_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "..",
        ".",
        "/",
        "\\",
        "\r\n",
        "\n",
        "\0",
        "%2e",
        "%0d%0a",
        "@evil.test",
        "?",
        "#",
        "//evil.test",
        ":",
        ";",
        "&",
        "=",
        "é",
        "\u{ff0e}",
        " ",
        "\t",
        "a",
        "{id}",
        "\"",
        "[",
        "]",
        "\u{2028}",
        "<",
        "|",
    ]);
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn hostile_value() -> impl Strategy<Value = Value> {
    let text = || hostile_text().prop_map(Value::from);
    prop_oneof![
        text(),
        any::<f64>().prop_map(Value::from),
        prop::collection::vec(text(), 0..3).prop_map(Value::from),
        prop::collection::vec((hostile_text(), text()), 0..3)
            .prop_map(|members| members.into_iter().collect()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn requests_never_leave_their_base_nor_break_lines(
        values in prop::collection::vec(hostile_value(), 6),
        style in prop::sample::select(vec!["simple", "label", "matrix"]),
        query_style in prop::sample::select(vec!["form", "spaceDelimited", "pipeDelimited", "deepObject"]),
        explode in any::<bool>(),
    ) {
        let parameter = |name: &str, place: &str, style: &str| json!({
            "name": name, "in": place, "required": place == "path", "style": style, "explode": explode, "schema": {},
            "allowReserved": explode,
        });
        let fixture = Fixture::new(description(&json!({ "/a/{id}/x{more}": { "post": {
            "operationId": "op", "responses": {},
            "parameters": [
                parameter("id", "path", style), parameter("more", "path", style), parameter("q", "query", query_style),
                parameter("X-A", "header", "simple"), parameter("c", "cookie", "form"),
            ],
            "requestBody": { "content": { "application/x-www-form-urlencoded": { "schema": {
                "type": "object", "properties": { "f": {} } } } } },
        } } })));
        let keys = ["id", "more", "q", "X-A", "c", "f"];
        let input: Value = keys.iter().zip(values).map(|(key, value)| ((*key).to_owned(), value)).collect();
        if let Ok(outbound) = fixture.send("op", &input) {
            prop_assert_eq!(&outbound.url[..url::Position::BeforePath], "https://api.test");
            prop_assert!(outbound.url.path().starts_with("/v1/a/"), "{}", outbound.url);
            prop_assert_eq!(outbound.url.path().split('/').count(), 5, "{}", outbound.url);
            prop_assert_eq!(outbound.url.fragment(), None);
            prop_assert!(!outbound.url.as_str().contains(['\r', '\n']));
            for value in outbound.headers.values() {
                prop_assert!(!value.as_bytes().iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
            }
            prop_assert!(!outbound.body.iter().any(|byte| matches!(byte, b'\r' | b'\n' | b' ')));
        }
    }
}
