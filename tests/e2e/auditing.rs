//! The audit log of the real program: what is on record when the answer is there, and what an auditor is told.

use frontmcp_tests::{Server, Site, post};
use serde_json::{Value, json};

const DATA: [&str; 2] = ["--data", "data"];

async fn invoke(server: &Server, tool: &str, input: &Value) -> Value {
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "codecall:invoke", "arguments": {"tool": tool, "input": input}}});
    serde_json::from_slice(&post(server.url(), call.to_string()).await.1).unwrap()
}

fn audit(site: &Site, words: &[&str]) -> (i32, String) {
    let (code, out, err) = site.run(&[&["audit"], words, &DATA].concat(), &[], "");
    (code, out + &err)
}

fn records(site: &Site) -> Vec<Value> {
    let (code, out) = audit(site, &["tail", "--json"]);
    assert_eq!(code, 0, "{out}");
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_on_record_and_verifies() {
    let site = Site::new();
    let server = site.serve(&DATA, &[]);
    let input = json!({"orderId": "ord_1002"});
    assert_eq!(invoke(&server, "acme.getOrder", &input).await["result"]["isError"], false);
    assert_eq!(invoke(&server, "acme.noSuchThing", &input).await["result"]["isError"], true);
    let told: Vec<(String, String)> = records(&site)
        .iter()
        .map(|record| {
            (record["event"].as_str().unwrap().to_owned(), record["outcome"].as_str().unwrap().to_owned())
        })
        .collect();
    let expected = [
        ("operation-success", "ok"),
        ("tool-call", "ok"),
        ("operation-refused", "NOT_FOUND"),
        ("tool-call", "NOT_FOUND"),
    ];
    assert_eq!(told, expected.map(|(event, outcome)| (event.to_owned(), outcome.to_owned())));
    let record = &records(&site)[0];
    assert_eq!(record["inputHash"], frontmcp_core::audit::digest(&input));
    assert_eq!((&record["status"], &record["subject"]), (&json!(200), &json!("|anonymous|")));
    let (code, text) = audit(&site, &["verify"]);
    assert!(code == 0 && text.contains("nothing yet"), "{text}");

    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
    let (code, text) = audit(&site, &["verify"]);
    assert!(code == 0 && text.contains("signed   to the end"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_a_killed_server() {
    let site = Site::new();
    for round in 1..=3 {
        let server = site.serve(&DATA, &[]);
        invoke(&server, "acme.getOrder", &json!({"orderId": "ord_1002"})).await;
        server.kill();
        assert_eq!(records(&site).len(), 2 * round);
    }
    let (code, text) = audit(&site, &["verify"]);
    assert!(code == 0 && text.starts_with("ok: records 1 to 6,"), "{text}");
}

#[test]
fn a_server_without_a_data_folder_says_that_it_keeps_no_log() {
    let (code, _, err) = Site::new().run(&["serve", "--stdio"], &[], "");
    assert_eq!((code, err.matches("there is no audit log").count()), (0, 1), "{err}");
}
