//! Capabilities are granted, never filtered: what the active skills do not mention does not exist.

use frontmcp_core::Settings;
use frontmcp_tests::World;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_of_another_skill_is_absent_from_the_namespace_and_unknown_to_call_tool_and_get_tool() {
    let world = World::start();
    let script = r#"
        const error = await callTool("acme.refundOrder", { orderId: "ord_1001", reason: "late" }).catch((e) => e);
        return { keys: Object.keys(acme), method: typeof acme.refundOrder, code: error.code, message: error.message,
                 described: getTool("acme.refundOrder") === undefined };
    "#;
    let answer =
        world.client().call("codecall:execute", json!({"script": script, "skills": ["order-lookup"]})).await;
    assert_eq!(answer["status"], "ok", "{answer}");
    let result = &answer["result"];
    assert_eq!(result["method"], "undefined");
    assert_eq!(result["code"], "NOT_FOUND");
    assert_eq!(result["described"], true);
    assert!(!result["keys"].to_string().contains("refundOrder"), "{result}");
    assert!(result["keys"].as_array().unwrap().iter().any(|key| key == "getOrder"), "{result}");
    assert_eq!(world.api.counts().requests, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_exists_elsewhere_and_one_that_exists_nowhere_are_refused_in_the_same_words() {
    let world = World::start();
    let script = r#"
        const refusals = [];
        for (const name of ["acme.refundOrder", "acme.launchOrder"]) {
            const { error } = await callTool(name, {}, { throwOnError: false });
            refusals.push([error.code, error.message.replaceAll(name, "X")]);
        }
        return refusals;
    "#;
    let answer =
        world.client().call("codecall:execute", json!({"script": script, "skills": ["order-lookup"]})).await;
    assert_eq!(answer["result"][0], answer["result"][1], "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn invoke_knows_only_what_some_skill_grants() {
    let world = World::with(Settings::default(), |snapshot| {
        let tool = "acme.refundOrder";
        snapshot.operations.remove(tool).expect("the reference deployment grants it");
    });
    let arguments = json!({"tool": "acme.refundOrder", "input": {"orderId": "ord_1001", "reason": "late"}});
    let answer = world.client().call("codecall:invoke", arguments).await;
    assert!(answer.to_string().contains("NOT_FOUND"), "{answer}");
    let arguments = json!({"tool": "acme.getOrder", "input": {"orderId": "ord_1001"}});
    let answer = world.client().call("codecall:invoke", arguments).await;
    assert_eq!(answer["result"]["id"], "ord_1001", "{answer}");
    assert_eq!(world.api.counts().requests, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn allowed_tools_narrow_a_grant_and_cannot_widen_it() {
    let world = World::start();
    let client = world.client();
    let script = "return Object.keys(acme)";
    let narrowed = json!({"script": script, "allowedTools": ["acme.getOrder"]});
    assert_eq!(client.call("codecall:execute", narrowed).await["result"], json!(["getOrder"]));
    let widened = json!({"script": script, "skills": ["order-lookup"], "allowedTools": ["acme.refundOrder"]});
    let refused = client.call("codecall:execute", widened).await;
    assert_eq!(refused["error"]["code"], "tool_not_granted", "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_cannot_call_the_meta_tools_in_any_spelling() {
    let world = World::start();
    let script = r#"
        const codes = [];
        for (const name of ["codecall:execute", "codecall_invoke", " CodeCall.searchSkills", "codecall:anything"]) {
            codes.push((await callTool(name, { script: "return 1" }, { throwOnError: false })).error.code);
        }
        return codes;
    "#;
    let answer = world.client().execute(script).await;
    let expected = json!(["SELF_REFERENCE", "SELF_REFERENCE", "SELF_REFERENCE", "SELF_REFERENCE"]);
    assert_eq!(answer["result"], expected, "{answer}");
}
