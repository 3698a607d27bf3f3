//! Starting, draining, refusing to start, and the standard streams.

use std::time::Duration;

use frontmcp_example_api::DEVELOPMENT_TOKEN;
use frontmcp_tests::{Program, Site, client, post, run_program};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_finishes_the_calls_it_has() {
    let skill = "---\nname: slow\ndescription: Waits.\n---\nop://acme/slowReport\n";
    let program = Program::with_skill(Some(("slow", skill)));
    let script = "return await acme.slowReport({ ms: 400 })";
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "codecall:invoke", "arguments": {"tool": "acme.getOrder", "input": {"orderId": "ord_1002"}}}});
    let slow = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call",
        "params": {"name": "codecall:execute", "arguments": {"script": script}}});
    assert_eq!(ask(program.url(), &call).await["result"]["isError"], false);
    let seen = program.api.counts().requests;
    let answer = tokio::spawn({
        let url = program.url().to_owned();
        async move { ask(&url, &slow).await }
    });
    // The slow call has reached the upstream once the API counts it.
    let reached = async {
        while program.api.counts().requests == seen {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let finished_early = tokio::time::timeout(Duration::from_secs(20), reached).await.is_err();
    assert!(!finished_early, "the slow call never reached the upstream");
    program.terminate();
    let answer = answer.await.unwrap();
    assert!(answer.get("result").is_some(), "{answer}");
    assert_eq!(program.wait().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn skills_are_found_without_mcp_unless_the_operator_says_no() {
    let site = Site::new();
    let client = client();
    let place = |url: &str| url.replace("/mcp", "/.well-known/agent-skills/index.json");
    let server = site.serve(&[], &[]);
    let whole = client.get(place(server.url())).send().await.unwrap();
    let tag = whole.headers()["etag"].clone();
    let index: Value = serde_json::from_slice(&whole.bytes().await.unwrap()).unwrap();
    assert!(
        index["skills"].as_array().unwrap().iter().any(|skill| skill["name"] == "refund-order"),
        "{index}"
    );
    let head = client.head(place(server.url())).send().await.unwrap();
    assert_eq!((head.status().as_u16(), &head.headers()["etag"]), (200, &tag));
    assert_ne!(head.headers()["content-length"], "0");
    let again = client.get(place(server.url())).header("if-none-match", tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    let silent = site.serve(&["--no-agent-skills"], &[]);
    assert_eq!(client.get(place(silent.url())).send().await.unwrap().status(), 404);
}

#[test]
fn standard_streams_carry_a_whole_conversation() {
    let lines = [
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25",
            "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}),
        json!({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "codecall_execute",
            "arguments": {"script": "return (await acme.getOrder({ orderId: 'ord_1002' })).id"}}}),
    ];
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let (code, out, err) = run_program(&["serve", "--stdio"], &input);
    assert_eq!(code, 0, "{err}");
    let answers: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answer =
        |id: u64| answers.iter().find(|answer| answer["id"] == id).expect("an answer to every request");
    assert_eq!(answer(1)["result"]["protocolVersion"], "2025-11-25");
    assert_eq!(answer(2)["result"]["tools"].as_array().unwrap().len(), 5);
    assert_eq!(answer(3)["result"]["structuredContent"]["result"], "ord_1002");
}

#[test]
fn an_environment_that_asks_for_keys_is_refused_without_any() {
    let (code, out, err) = run_program(&["serve", "--env", "production", "--listen", "127.0.0.1:0"], "");
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("the secret MCP_API_KEYS has no keys"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_asks_for_keys_answers_those_who_have_one() {
    let site = Site::new();
    let environment =
        [("MCP_API_KEYS", "one\ntwo"), ("ACME_API_TOKEN", DEVELOPMENT_TOKEN), ("BILLING_API_TOKEN", "x")];
    let server = site.serve(&["--env", "production", "--data", "data"], &environment);
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
    for (key, status) in [("two", 200), ("three", 401)] {
        let request = client().post(server.url()).header("content-type", "application/json");
        let answer = request.header("x-api-key", key).body(ping.clone()).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{key}");
    }
    assert_eq!(post(server.url(), ping).await.0, 401);
    let (code, out, err) = site.run(&["audit", "tail", "--json", "--data", "data"], &[], "");
    assert_eq!(code, 0, "{err}");
    let refused = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].clone());
    assert_eq!(refused.collect::<Vec<Value>>(), ["auth-failure", "auth-failure"], "both are on record");
    assert!(!out.contains("three"), "what was sent is not");
}

#[test]
fn a_broken_deployment_is_explained_and_refused() {
    let (code, _, err) = run_program(&["serve", "--manifest", "guests/openapi/acme.yaml"], "");
    assert_eq!(code, 1);
    assert!(err.contains("error[") && err.contains("acme.yaml:1:1"), "{err}");
}

#[test]
fn the_reference_deployment_checks_without_findings() {
    let (code, out, _) = run_program(&["check"], "");
    assert_eq!((code, out.as_str()), (0, "0 errors, 0 warnings\n"));
}

async fn ask(url: &str, message: &Value) -> Value {
    serde_json::from_slice(&post(url, message.to_string()).await.1).unwrap()
}
