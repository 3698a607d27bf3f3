//! Every status of `execute` occurs, with the fields it promises.

use frontmcp_core::Settings;
use frontmcp_tests::World;
use serde_json::{Value, json};

async fn execute(script: &str) -> Value {
    World::start().client().execute(script).await
}

#[tokio::test(flavor = "multi_thread")]
async fn ok_carries_the_result_the_logs_and_what_it_cost() {
    let script = r#"
        console.log("order %s", 7, { a: 1 });
        mcpLog("warning", "careful", { level: 3 });
        mcpNotify("progress", { done: 1 });
        return { order: (await acme.getOrder({ orderId: "ord_1001" })).id };
    "#;
    let answer = execute(script).await;
    assert_eq!(answer["status"], "ok", "{answer}");
    assert_eq!(answer["result"], json!({"order": "ord_1001"}));
    let logs = json!([
        {"level": "log", "message": "order 7 {\"a\":1}"},
        {"level": "warning", "message": "careful", "data": {"level": 3}},
        {"event": "progress", "payload": {"done": 1}},
    ]);
    assert_eq!(answer["logs"], logs);
    let stats = &answer["stats"];
    assert_eq!(stats["calls"], 1);
    for cost in ["wallMs", "computeMs", "peakMemoryBytes"] {
        assert!(stats[cost].as_f64().unwrap() > 0.0, "{cost} in {stats}");
    }
    assert!(stats["wallMs"].as_f64() >= stats["computeMs"].as_f64(), "{stats}");
}

#[tokio::test(flavor = "multi_thread")]
async fn syntax_error_shows_the_place_in_the_authors_lines() {
    let answer = execute("const a = 1;\nretrun a;").await;
    assert_eq!(answer["status"], "syntax_error", "{answer}");
    assert_eq!(answer["error"]["location"]["line"], 2, "{answer}");
    assert!(answer["error"]["frame"].as_str().unwrap().contains("retrun a"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn illegal_access_lists_every_offence() {
    let answer = execute("eval('1');\nreturn process.env;").await;
    assert_eq!(answer["status"], "illegal_access", "{answer}");
    assert!(answer["error"]["kind"].is_string() && answer["error"]["message"].is_string(), "{answer}");
    let findings = answer["error"]["findings"].as_array().unwrap();
    let lines: Vec<&Value> = findings.iter().map(|finding| &finding["location"]["line"]).collect();
    assert_eq!(lines, [&json!(1), &json!(2)], "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn runtime_error_has_name_message_and_the_scripts_own_frames() {
    let answer = execute("const f = () => {\n  throw new TypeError('no');\n};\nf();").await;
    assert_eq!(answer["status"], "runtime_error", "{answer}");
    let error = &answer["error"];
    assert_eq!(
        (&error["source"], &error["name"], &error["message"]),
        (&json!("script"), &json!("TypeError"), &json!("no"))
    );
    let stack = error["stack"].as_str().unwrap();
    assert!(stack.contains("2:") && stack.contains("4:") && !stack.contains("prelude"), "{stack}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tool_error_repeats_the_call_that_nobody_caught() {
    let answer = execute("return await acme.getOrder({ orderId: 'ord_9999' })").await;
    assert_eq!(answer["status"], "tool_error", "{answer}");
    let error = &answer["error"];
    assert_eq!(error["source"], "tool");
    assert_eq!(error["toolName"], "acme.getOrder");
    assert_eq!(error["toolInput"], json!({"orderId": "ord_9999"}));
    assert!(error["code"].is_string() && error["message"].is_string(), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_error_that_was_caught_and_rethrown_as_another_is_the_scripts_own() {
    let script = "try { await acme.getOrder({ orderId: 'ord_9999' }) } catch (e) { throw new Error('mine: ' + e.code) }";
    let answer = execute(script).await;
    assert_eq!(answer["status"], "runtime_error", "{answer}");
    assert!(answer["error"]["message"].as_str().unwrap().starts_with("mine: "), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn timeout_ends_a_loop_a_loop_after_an_await_and_an_upstream_that_takes_too_long() {
    let mut settings = Settings::default();
    settings.script.engine.compute_ms = 100;
    let world = World::with(settings, |_| {});
    let client = world.client();
    for script in
        ["for (;;) {}", "await acme.getOrder({ orderId: 'ord_1001' }); for (;;) {}", "for (;;) await null"]
    {
        let answer = client.execute(script).await;
        assert_eq!(answer["status"], "timeout", "{script}: {answer}");
        assert!(answer["error"]["message"].is_string(), "{answer}");
    }
    let waits = json!({"script": "return await acme.slowReport({ ms: 5000 })", "timeoutMs": 50});
    let answer = client.call("codecall:execute", waits).await;
    assert_eq!(answer["status"], "timeout", "{answer}");
    assert_eq!(answer["stats"]["calls"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_waits_for_nothing_ends_at_once() {
    let answer = execute("await new Promise(() => {})").await;
    assert_eq!(answer["status"], "runtime_error", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_script_tells_the_client_arrives_before_the_answer() {
    let world = World::start();
    let script = "mcpLog('info', 'begun', { n: 1 }); mcpNotify('stage', [2]); await acme.getOrder({ orderId: 'ord_1001' });";
    let arguments = json!({"name": "codecall:execute", "arguments": {"script": script}});
    let (notified, answer) = world.client().request("tools/call", arguments).await;
    assert_eq!(answer["result"]["structuredContent"]["status"], "ok", "{answer}");
    let logged = notified.iter().find(|message| message["method"] == "notifications/message");
    let logged = logged.unwrap_or_else(|| panic!("no log message in {notified:?}"));
    assert_eq!(logged["params"]["data"], json!({"message": "begun", "n": 1}), "{logged}");
    assert!(notified.iter().any(|message| message.to_string().contains("stage")), "{notified:?}");
}
