//! Secret names, every kind of scheme, alternatives, OAuth2 tokens; and that no error shows a value.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::testing::{Fixture, description};
use super::*;
use crate::ports::{FetchError, Inbound};
use crate::upstream::Next;

/// A description whose one operation wants `security` of these `schemes`.
fn secured(schemes: Value, security: Value) -> Value {
    let mut description = description(&json!({ "/": { "get": {
        "operationId": "op", "security": security, "responses": {},
        "parameters": [{ "name": "X-Key", "in": "header", "schema": {} }, { "name": "Authorization", "in": "header", "schema": {} }],
    } } }));
    description["components"] = json!({ "securitySchemes": schemes });
    description
}

fn bearer() -> Value {
    secured(json!({ "acmeToken": { "type": "http", "scheme": "bearer" } }), json!([{ "acmeToken": [] }]))
}

#[test]
fn the_convention_names_the_secret() {
    for (text, expected) in [
        ("acmeToken", "ACME_TOKEN"),
        ("acme-shop", "ACME_SHOP"),
        ("APIKey", "API_KEY"),
        ("oauth2", "OAUTH2"),
        ("X-Billing-Key", "X_BILLING_KEY"),
        ("already_SNAKE", "ALREADY_SNAKE"),
        ("--a--", "A"),
    ] {
        assert_eq!(screaming(text), expected, "{text}");
    }
    let spec = Fixture::new(bearer()).spec;
    let declared = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let name = |names: &[&str]| secret_name(&spec, "acmeToken", &declared(names));
    assert_eq!(name(&["ACME_API_TOKEN", "ACME_ACME_TOKEN"]).unwrap(), "ACME_ACME_TOKEN");
    assert_eq!(name(&["ACME_API_TOKEN"]).unwrap(), "ACME_API_TOKEN");
    assert_eq!(name(&["OTHER"]).unwrap_err(), ["ACME_ACME_TOKEN", "ACME_API_TOKEN"]);
}

#[test]
fn an_explicit_secret_overrides_the_convention() {
    let schemes = json!({ "t": { "type": "http", "scheme": "Bearer", "x-frontmcp": { "secret": "MINE" } } });
    let fixture = Fixture::new(secured(schemes, json!([{ "t": [] }])))
        .secret("ACME_T", "wrong")
        .secret("MINE", "right");
    assert_eq!(fixture.send("op", &json!({})).unwrap().headers["authorization"], "Bearer right");
}

#[test]
fn every_kind_goes_where_its_scheme_says() {
    let schemes = json!({
        "basic": { "type": "http", "scheme": "basic" },
        "header": { "type": "apiKey", "in": "header", "name": "X-Key" },
        "query": { "type": "apiKey", "in": "query", "name": "api key" },
        "cookie": { "type": "apiKey", "in": "cookie", "name": "sid" },
    });
    let security = json!([{ "basic": [], "header": [], "query": [], "cookie": [] }]);
    let fixture = Fixture::new(secured(schemes, security))
        .secret("ACME_BASIC", "user:pass")
        .secret("ACME_HEADER", "k1")
        .secret("ACME_QUERY", "k&2")
        .secret("ACME_COOKIE", "k3");
    let plan = fixture.ready("op", &json!({})).unwrap();
    assert_eq!(plan.outbound.headers["authorization"], "Basic dXNlcjpwYXNz");
    assert!(plan.outbound.headers["authorization"].is_sensitive());
    assert_eq!(plan.outbound.headers["x-key"], "k1");
    assert_eq!(plan.outbound.headers["cookie"], "sid=k3");
    assert_eq!(plan.outbound.url.query(), Some("api%20key=k%262"));
    let properties = fixture.operation("op").input_schema["properties"].clone();
    assert_eq!(properties, json!({}), "a script can set neither the key's header nor Authorization");
    assert_eq!(plan.redactions.scrub("user:pass dXNlcjpwYXNz pass"), "[redacted] [redacted] [redacted]");
}

#[test]
fn the_first_satisfiable_alternative_is_taken_and_nothing_comes_last() {
    let schemes = json!({
        "one": { "type": "http", "scheme": "bearer" },
        "two": { "type": "apiKey", "in": "header", "name": "X-Key" },
        "digest": { "type": "http", "scheme": "digest" },
    });
    let security = json!([{}, { "digest": [] }, { "one": [], "two": [] }, { "two": [] }]);
    let fixture = Fixture::new(secured(schemes, security)).secret("ACME_TWO", "k");
    let outbound = fixture.send("op", &json!({})).unwrap();
    assert!(outbound.headers.get("authorization").is_none());
    assert_eq!(outbound.headers["x-key"], "k");
    let mut bare = fixture;
    bare.secrets.0.clear();
    assert!(bare.send("op", &json!({})).unwrap().headers.get("x-key").is_none(), "`{{}}` allows it without");
}

#[test]
fn missing_secrets_are_named_and_never_shown() {
    let error = Fixture::new(bearer()).send("op", &json!({})).unwrap_err();
    assert_eq!(error.code, "CREDENTIALS");
    assert!(error.message.contains("declare ACME_ACME_TOKEN or ACME_API_TOKEN"), "{}", error.message);
    let error = Fixture::new(bearer()).secret("ACME_API_TOKEN", "").send("op", &json!({})).unwrap_err();
    assert!(error.message.contains("ACME_API_TOKEN is not bound"), "{}", error.message);
    let error = Fixture::new(bearer())
        .secret("ACME_API_TOKEN", "hunter2\r\nX: y")
        .send("op", &json!({}))
        .unwrap_err();
    assert!(
        error.message.contains("ACME_API_TOKEN") && !error.message.contains("hunter2"),
        "{}",
        error.message
    );
}

fn client_credentials() -> Fixture {
    let flows = json!({ "clientCredentials": { "tokenUrl": "https://auth.test/token", "scopes": {} } });
    let schemes = json!({ "oauth": { "type": "oauth2", "flows": flows } });
    Fixture::new(secured(schemes, json!([{ "oauth": ["read", "write"] }]))).secret("ACME_OAUTH", "id:s3cr et")
}

fn answer(status: u16, body: &Value) -> Result<Inbound, FetchError> {
    let status = StatusCode::from_u16(status).unwrap();
    Ok(Inbound { status, headers: HeaderMap::new(), body: body.to_string().into() })
}

fn wanted(fixture: &Fixture) -> TokenRequest {
    match fixture.plan("op", &json!({})).unwrap() {
        Next::Token(request) => request,
        Next::Send(plan) => panic!("{plan:?}"),
    }
}

#[test]
fn client_credentials_fetch_a_token_and_keep_it() {
    let mut fixture = client_credentials();
    let request = wanted(&fixture);
    assert_eq!(request.outbound.url.as_str(), "https://auth.test/token");
    assert_eq!(request.outbound.headers["authorization"], format!("Basic {}", STANDARD.encode("id:s3cr+et")));
    assert_eq!(&request.outbound.body[..], b"grant_type=client_credentials&scope=read+write");
    let token = json!({ "access_token": "t0ken-1", "token_type": "bearer", "expires_in": 3600 });
    fixture.tokens.accept(&request, answer(200, &token), fixture.now_ms).unwrap();
    let plan = fixture.ready("op", &json!({})).unwrap();
    assert_eq!(plan.outbound.headers["authorization"], "Bearer t0ken-1");
    assert_eq!(plan.redactions.scrub("t0ken-1"), "[redacted]");
    fixture.now_ms += 3_569_000;
    assert!(fixture.ready("op", &json!({})).is_ok());
    fixture.now_ms += 2_000;
    wanted(&fixture);
    fixture.now_ms -= 2_000;
    fixture.secrets.0.insert("ACME_OAUTH".to_owned(), "id:rotated".to_owned());
    wanted(&fixture);
}

#[test]
fn a_refused_token_is_fetched_anew() {
    let fixture = client_credentials();
    let token = json!({ "access_token": "t0ken-1", "expires_in": 0 });
    fixture.tokens.accept(&wanted(&fixture), answer(200, &token), fixture.now_ms).unwrap();
    let plan =
        fixture.ready("op", &json!({})).expect("even a token without lifetime serves the call at hand");
    fixture.tokens.discard(&plan);
    wanted(&fixture);
}

#[test]
fn token_failures_are_told_without_the_secret() {
    let fixture = client_credentials();
    let request = wanted(&fixture);
    for (outcome, expected) in [
        (
            answer(401, &json!({ "error": "invalid_client s3cr et" })),
            "answered 401 invalid_client [redacted]",
        ),
        (answer(200, &json!({ "token_type": "bearer" })), "no access_token"),
        (answer(200, &json!({ "access_token": "x", "token_type": "mac" })), "no bearer token"),
        (answer(200, &json!("nonsense")), "no access_token"),
        (Err(FetchError::Timeout), "in time"),
    ] {
        let error = fixture.tokens.accept(&request, outcome, 0).unwrap_err();
        assert_eq!(error.code, "CREDENTIALS");
        assert!(error.message.contains(expected), "{}", error.message);
    }
    assert!(!format!("{request:?}").contains("s3cr"), "{request:?}");
}

#[test]
fn a_token_endpoint_on_a_private_address_needs_the_operators_word() {
    let flows = json!({ "clientCredentials": { "tokenUrl": "http://127.0.0.1:9/token", "scopes": {} } });
    let schemes = json!({ "oauth": { "type": "oauth2", "flows": flows } });
    let mut fixture =
        Fixture::new(secured(schemes, json!([{ "oauth": [] }]))).secret("ACME_OAUTH", "id:secret");
    assert!(fixture.plan("op", &json!({})).unwrap_err().message.contains("private"));
    fixture.settings.allow_private.push("127.0.0.1:9".to_owned());
    assert!(wanted(&fixture).outbound.allow_private);
}
