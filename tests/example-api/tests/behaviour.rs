//! The example API over a real loopback socket: what the host's tests and the README rely on.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod client;

use std::net::{Ipv4Addr, SocketAddr};

use client::{Client, Reply};
use frontmcp_example_api::{Config, ExampleApi};
use serde_json::json;

fn started() -> (ExampleApi, Client) {
    let api = ExampleApi::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Config::default()).unwrap();
    let client = Client::new(api.addr());
    (api, client)
}

fn assert_problem(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.json()["code"].as_str()), (status, Some(code)), "{}", reply.body);
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
}

#[test]
fn refusing_callers_without_the_right_credential() {
    let (_api, client) = started();
    let order = client.bare("GET", "/acme/v1/orders/ord_1001", &[("Authorization", "Bearer wrong")], "");
    assert_problem(&order, 401, "unauthorized");
    assert_eq!(order.header("www-authenticate"), Some("Bearer realm=\"acme\""));
    let ledger = client.bare("GET", "/billing/v1/ledger", &[("Authorization", "Bearer dev-acme-token")], "");
    assert_problem(&ledger, 401, "unauthorized");
}

#[test]
fn a_refund_changes_the_order_and_the_ledger() {
    let (_api, client) = started();
    let before = client.get("/acme/v1/orders/ord_1001").json();
    assert_eq!(before["status"], "paid");
    let total = before["totalCents"].as_i64().unwrap();

    let part =
        client.post("/acme/v1/orders/ord_1001/refunds", &json!({ "amountCents": 100, "reason": "late" }));
    assert_eq!((part.status, part.json()["amountCents"].as_i64()), (201, Some(100)));
    assert_eq!(client.get("/acme/v1/orders/ord_1001").json()["status"], "partially_refunded");

    let rest = client.post("/acme/v1/orders/ord_1001/refunds", &json!({ "reason": "damaged" }));
    assert_eq!(rest.json()["amountCents"].as_i64(), Some(total - 100));
    let after = client.get("/acme/v1/orders/ord_1001").json();
    assert_eq!((&after["status"], after["refundedCents"].as_i64()), (&json!("refunded"), Some(total)));

    let ledger = client.get("/billing/v1/ledger?orderId=ord_1001&kind=refund").json();
    let amounts: Vec<_> = ledger["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["amountCents"].as_i64().unwrap())
        .collect();
    assert_eq!(amounts, [-100, 100 - total]);
}

#[test]
fn a_refund_too_large_or_too_late_changes_nothing() {
    let (_api, client) = started();
    let path = "/acme/v1/orders/ord_1001/refunds";
    assert_problem(
        &client.post(path, &json!({ "amountCents": 99_999_999, "reason": "late" })),
        422,
        "invalid",
    );
    assert_problem(&client.post(path, &json!({ "amountCents": 0, "reason": "late" })), 422, "invalid");
    assert_eq!(client.get(path).json(), json!([]));
    client.post(path, &json!({ "reason": "late" }));
    assert_problem(&client.post(path, &json!({ "reason": "late" })), 409, "already_refunded");
    let unpaid = client.post("/acme/v1/orders/ord_1004/refunds", &json!({ "reason": "late" }));
    assert_problem(&unpaid, 409, "order_not_paid");
}

#[test]
fn the_same_idempotency_key_refunds_once() {
    let (_api, client) = started();
    let refund = |body| {
        client.send("POST", "/acme/v1/orders/ord_1001/refunds", &[("Idempotency-Key", "k-1")], Some(&body))
    };
    let first = refund(json!({ "amountCents": 50, "reason": "goodwill" }));
    let second = refund(json!({ "amountCents": 50, "reason": "goodwill" }));
    assert_eq!((first.status, second.status, first.json()["id"] == second.json()["id"]), (201, 200, true));
    assert_problem(
        &refund(json!({ "amountCents": 60, "reason": "goodwill" })),
        409,
        "idempotency_key_reused",
    );
}

#[test]
fn a_list_is_paged_completely_and_without_repeats() {
    let (_api, client) = started();
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let page = client.get(&format!("/acme/v1/orders?limit=60{cursor}")).json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|order| order["id"].to_string()));
        let Some(next) = page["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen.len(), 200);
    assert!(seen.is_sorted(), "ids ascend");
}

#[test]
fn filters_come_as_repeated_delimited_and_deep_parameters() {
    let (_api, client) = started();
    let total = |path: &str| client.get(path).json()["total"].as_i64().unwrap();
    assert_eq!(total("/acme/v1/orders?status=paid&status=refunded"), 60);
    assert_eq!(total("/acme/v1/customers?ids=cus_001,cus_040,cus_999"), 2);
    assert_eq!(total("/acme/v1/customers?filter%5Btier%5D=enterprise&filter%5Bcountry%5D=GB"), 5);
    assert_eq!(total("/acme/v1/shipments?carriers=swift%7Cnorthpost&status=exception"), 7);
    assert_eq!(total("/acme/v1/labels/50%25%20off%2F%C3%A9t%C3%A9/orders"), 8);
    assert_problem(&client.get("/acme/v1/orders?colour=red"), 400, "bad_request");
}

#[test]
fn bodies_come_as_form_multipart_and_text() {
    let (_api, client) = started();
    let auth = ("Authorization", "Bearer dev-acme-token");
    let form = [auth, ("Content-Type", "application/x-www-form-urlencoded")];
    let note = client.bare("POST", "/acme/v1/customers/cus_003/notes", &form, "text=a%26b+c&pinned=true");
    assert_eq!((note.status, &note.json()["text"]), (201, &json!("a&b c")));

    let multipart = [auth, ("Content-Type", "multipart/form-data; boundary=xx")];
    let body = "--xx\r\nContent-Disposition: form-data; name=\"label\"\r\n\r\nphoto\r\n--xx\r\n\
                Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n\
                hello\r\n--xx--\r\n";
    let attached = client.bare("POST", "/acme/v1/orders/ord_1003/attachments", &multipart, body).json();
    assert_eq!((&attached["sizeBytes"], &attached["fileName"]), (&json!(5), &json!("a.txt")));

    let text = [auth, ("Content-Type", "text/plain")];
    let sum = client.bare("POST", "/acme/v1/reports/checksum", &text, "abc").json();
    assert_eq!(sum, json!({ "bytes": 3, "sum": 294 }));
}

#[test]
fn a_statement_adds_up() {
    let (_api, client) = started();
    let statement = client.get("/billing/v1/customers/cus_001/statements/2026-02").json();
    let cents = |name: &str| statement[name].as_i64().unwrap();
    assert_eq!(cents("creditsCents"), -500);
    let parts = ["openingCents", "chargesCents", "refundsCents", "creditsCents", "adjustmentsCents"];
    assert_eq!(cents("closingCents"), parts.iter().map(|name| cents(name)).sum::<i64>());
    assert_problem(&client.get("/billing/v1/customers/cus_001/statements/2026-13"), 400, "bad_request");
}

#[test]
fn slow_answers_overlap_and_are_counted() {
    let (api, client) = started();
    std::thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| assert_eq!(client.get("/acme/v1/reports/slow?ms=300").status, 200));
        }
    });
    assert_eq!((api.counts().requests, api.counts().max_concurrency), (5, 5));
}

#[test]
fn a_flaky_answer_recovers_and_a_reset_forgets_everything() {
    let (api, client) = started();
    let statuses: Vec<_> =
        (0..3).map(|_| client.get("/acme/v1/reports/flaky?key=a&failures=2").status).collect();
    assert_eq!(statuses, [503, 503, 200]);
    client.post("/acme/v1/orders/ord_1001/refunds", &json!({ "reason": "late" }));
    api.reset().unwrap();
    assert_eq!(api.counts().requests, 0);
    assert_eq!(client.get("/acme/v1/orders/ord_1001").json()["status"], "paid");
    assert_eq!(client.get("/acme/v1/reports/flaky?key=a&failures=2").status, 503);
}

#[test]
fn a_data_file_keeps_its_contents_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        let config = Config { data: Some(folder.path().join("shop.db")), ..Config::default() };
        ExampleApi::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), config).unwrap()
    };
    let first = start();
    Client::new(first.addr()).post("/acme/v1/orders/ord_1001/refunds", &json!({ "reason": "late" }));
    drop(first);
    let second = start();
    assert_eq!(Client::new(second.addr()).get("/acme/v1/orders/ord_1001").json()["status"], "refunded");
}

#[tokio::test]
async fn it_starts_and_stops_inside_an_async_runtime() {
    let (api, client) = started();
    assert_eq!(client.get("/acme/v1/orders/ord_1001").status, 200);
    drop(api);
    assert!(std::net::TcpStream::connect(client.addr).is_err(), "the port is free again");
}

#[test]
fn what_nobody_serves_is_refused_as_a_problem() {
    let (_api, client) = started();
    assert_problem(&client.get("/elsewhere"), 404, "not_found");
    assert_problem(&client.get("/acme/v1/orders/ord_9999"), 404, "not_found");
    assert_problem(&client.send("PUT", "/acme/v1/orders/ord_1001", &[], None), 405, "method_not_allowed");
    let broken = [("Authorization", "Bearer dev-acme-token"), ("Content-Type", "application/json")];
    assert_problem(&client.bare("POST", "/acme/v1/orders", &broken, "{"), 400, "bad_request");
    assert_problem(&client.bare("POST", "/acme/v1/orders", &broken, "{\"a\":1}"), 422, "invalid");
    assert_problem(
        &client.bare("POST", "/acme/v1/orders", &broken[..1], "{}"),
        415,
        "unsupported_media_type",
    );
}
