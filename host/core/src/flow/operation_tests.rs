//! Access tokens around a call: fetched once, used again, replaced when the upstream no longer takes them.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use super::*;
use crate::codecall::{Answer, Tool};
use crate::flow::call::call;
use crate::flow::tests::{context, empty_snapshot, ports, world};
use crate::openapi::operation::{SchemeKind, SecurityScheme, SecurityUse, Spec};
use crate::ports::{BoxFuture, Fetch, FetchError, Outbound, Secrets};
use crate::settings::Settings;

/// Answers in turn, and remembers what was asked.
struct Upstream {
    answers: Mutex<Vec<(u16, Value)>>,
    asked: Mutex<Vec<Outbound>>,
}

impl Fetch for Upstream {
    fn fetch(&self, request: Outbound) -> BoxFuture<'_, Result<Inbound, FetchError>> {
        self.asked.lock().unwrap().push(request);
        let (status, body) = self.answers.lock().unwrap().remove(0);
        let json = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, json)]);
        let status = StatusCode::from_u16(status).unwrap();
        Box::pin(std::future::ready(Ok(Inbound { status, headers, body: Bytes::from(body.to_string()) })))
    }
}

impl Secrets for Upstream {
    fn get(&self, name: &str) -> Option<String> {
        (name == "SHOP_CLIENT").then(|| "id:secret".to_owned())
    }
}

fn snapshot() -> Snapshot {
    let mut snapshot = empty_snapshot();
    let kind = SchemeKind::ClientCredentials { token_url: "https://auth.example.com/token".to_owned() };
    let scheme = SecurityScheme { kind, secret: Some("SHOP_CLIENT".to_owned()) };
    let spec = Spec {
        id: "shop".to_owned(),
        namespace: "shop".to_owned(),
        security_schemes: [("client".to_owned(), scheme)].into(),
        ..Spec::default()
    };
    let operation = Operation {
        spec: "shop".to_owned(),
        name: "list".to_owned(),
        method: Method::GET,
        path: "/list".to_owned(),
        base_url: "https://api.example.com".to_owned(),
        input_schema: json!({"type": "object"}),
        security: vec![vec![SecurityUse { scheme: "client".to_owned(), scopes: Vec::new() }]],
        ..Operation::default()
    };
    snapshot.secrets.push("SHOP_CLIENT".to_owned());
    snapshot.specs.insert("shop".to_owned(), Arc::new(spec));
    snapshot.operations.insert("shop.list".to_owned(), Arc::new(operation));
    snapshot
}

/// Invokes the operation so often; returns the answers and who was asked with which credentials.
fn invoke(times: usize, answers: &[(u16, Value)]) -> (Vec<Answer>, Vec<(String, String)>) {
    let upstream = Arc::new(Upstream { answers: Mutex::new(answers.to_vec()), asked: Mutex::default() });
    let mut ports = ports(&world(None, false));
    ports.fetch = upstream.clone();
    ports.secrets = upstream.clone();
    let resources = Resources::new(ports, Settings::default());
    let context = context(snapshot());
    let invoked = (0..times).map(|_| {
        let call = call(&resources, &context, Tool::Invoke, json!({"tool": "shop.list"}));
        let reply = call.now_or_never().expect("nothing here waits").unwrap();
        reply.answer()
    });
    let invoked = invoked.collect();
    let asked = upstream.asked.lock().unwrap();
    let asked = asked.iter().map(|request| {
        let credentials = request.headers.get(header::AUTHORIZATION);
        let credentials = credentials.map_or("", |value| value.to_str().unwrap());
        (request.url.host_str().unwrap().to_owned(), credentials.to_owned())
    });
    (invoked, asked.collect())
}

fn token(value: &str) -> (u16, Value) {
    (200, json!({"access_token": value, "token_type": "Bearer", "expires_in": 3600}))
}

#[test]
fn a_token_is_fetched_once_and_used_again() {
    let (answers, asked) = invoke(2, &[token("one"), (200, json!([1])), (200, json!([2]))]);
    assert_eq!(answers[0].structured["result"], json!([1]));
    assert_eq!(answers[1].structured["result"], json!([2]));
    let hosts: Vec<&str> = asked.iter().map(|(host, _)| host.as_str()).collect();
    assert_eq!(hosts, ["auth.example.com", "api.example.com", "api.example.com"]);
    assert_eq!((asked[1].1.as_str(), asked[2].1.as_str()), ("Bearer one", "Bearer one"));
}

#[test]
fn a_token_that_is_no_longer_taken_is_replaced_once() {
    let revoked = (401, json!({"message": "revoked"}));
    let (answers, asked) = invoke(1, &[token("one"), revoked.clone(), token("two"), (200, json!("fine"))]);
    assert_eq!(answers[0].structured["result"], "fine");
    assert_eq!(asked[3].1, "Bearer two");
    let (answers, asked) = invoke(1, &[token("one"), revoked.clone(), token("two"), revoked]);
    assert_eq!(asked.len(), 4);
    assert!(answers[0].is_error);
    assert_eq!(answers[0].structured["error"]["status"], 401, "{:?}", answers[0]);
}

#[test]
fn without_a_token_nothing_is_asked_of_the_operation_and_no_secret_is_told() {
    let (answers, asked) = invoke(1, &[(400, json!({"error": "invalid_client"}))]);
    assert_eq!(asked.len(), 1);
    assert!(answers[0].is_error);
    let told = answers[0].structured.to_string();
    assert!(!told.contains("secret"), "{told}");
}
