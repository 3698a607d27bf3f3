//! Limits: every one ends the script with its own words, and no caller can raise one.

use frontmcp_core::Settings;
use frontmcp_tests::World;
use serde_json::{Value, json};

async fn under(change: impl FnOnce(&mut Settings), script: &str) -> Value {
    let mut settings = Settings::default();
    change(&mut settings);
    World::with(settings, |_| {}).client().execute(script).await
}

fn text(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap_or_else(|| panic!("no message in {answer}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn all_problems_of_the_arguments_are_told_at_once() {
    let world = World::start();
    let arguments = json!({"skript": "return 1", "skills": "refund-order", "timeoutMs": 3_600_000});
    let answer = world.client().call("codecall:execute", arguments).await;
    let findings = answer["error"]["findings"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let mut paths: Vec<&str> = findings.iter().map(|finding| finding["path"].as_str().unwrap()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["/script", "/skills", "/skript", "/timeoutMs"], "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_source_has_a_limit() {
    let answer =
        under(|settings| settings.script.max_source_bytes = 64, &format!("return '{}'", "x".repeat(64)))
            .await;
    assert_eq!(answer["status"], "runtime_error");
    assert_eq!(answer["error"]["name"], "ScriptTooLarge", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_have_a_limit_in_all_and_at_once() {
    let one = "for (let i = 0; i < 6; i++) await acme.getOrder({ orderId: 'ord_1001' })";
    let answer = under(|settings| settings.script.engine.max_calls = 5, one).await;
    assert_eq!(answer["status"], "runtime_error", "{answer}");
    assert!(text(&answer).contains("5 calls"), "{answer}");
    let flood = "for (;;) acme.getOrder({ orderId: 'ord_1001' })";
    let answer = under(|settings| settings.script.engine.max_pending_calls = 8, flood).await;
    assert_eq!(answer["status"], "runtime_error", "{answer}");
    assert!(text(&answer).contains('8'), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_stack_result_and_logs_have_limits() {
    let hoard = "const all = []; for (;;) all.push(new Uint8Array(1e6))";
    let answer = under(|settings| settings.script.engine.memory_bytes = 8 << 20, hoard).await;
    assert_eq!(answer["status"], "runtime_error", "{answer}");
    assert!(text(&answer).contains("memory"), "{answer}");
    let answer = under(|_| {}, "const f = (n) => f(n + 1) + 1; return f(0)").await;
    assert_eq!(answer["status"], "runtime_error", "{answer}");
    let answer =
        under(|settings| settings.script.engine.max_result_bytes = 1_000, "return 'x'.repeat(2000)").await;
    assert_eq!(answer["status"], "runtime_error", "{answer}");
    assert!(text(&answer).contains("1000"), "{answer}");
    let chatter = "for (let i = 0; i < 1000; i++) console.log('x'.repeat(100)); return 'done'";
    let answer = under(|settings| settings.script.engine.max_log_bytes = 1_000, chatter).await;
    assert_eq!(answer["result"], "done", "{answer}");
    assert!(answer["logs"].as_array().unwrap().len() < 12, "{answer}");
    assert!(answer["logs"].to_string().contains("truncated"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_nested_too_deeply_is_refused_in_words() {
    let answer = under(|_| {}, "let a = []; for (let i = 0; i < 500; i++) a = [a]; return a").await;
    assert_eq!(answer["status"], "runtime_error", "{answer}");
    assert!(text(&answer).contains("deep"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_of_a_call_must_be_one_object() {
    let script = r#"
        const codes = [];
        for (const args of [[1], "x", 7, null]) {
            codes.push((await callTool("acme.listOrders", args, { throwOnError: false })).error?.code);
        }
        return codes;
    "#;
    let answer = under(|_| {}, script).await;
    assert_eq!(answer["result"], json!(["VALIDATION", "VALIDATION", "VALIDATION", "VALIDATION"]), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seedless_script_sees_other_random_numbers_each_time() {
    let world = World::start();
    let one = world.client().execute("return Math.random()").await;
    let other = world.client().execute("return Math.random()").await;
    assert_ne!(one["result"], other["result"]);
}
