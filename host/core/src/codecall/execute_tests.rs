//! What a script is given, which of its calls are admitted, and how its end is told.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::auth::Principal;
use crate::codecall::{Notification, Notify};
use crate::script::check::check;
use crate::skill::catalog::Catalog;
use crate::skill::index::Index;

struct Deaf;

impl Notify for Deaf {
    fn notify(&self, _: Notification) {}
}

fn operation(spec: &str, name: &str) -> (String, Arc<Operation>) {
    let operation = Operation {
        spec: spec.to_owned(),
        name: name.to_owned(),
        summary: format!("{name} of {spec}"),
        input_schema: json!({"type": "object"}),
        ..Operation::default()
    };
    (operation.tool(), Arc::new(operation))
}

fn context() -> CallContext {
    let operations = [operation("shop-api", "get"), operation("shop-api", "put"), operation("acme", "get")];
    let snapshot = Snapshot {
        name: String::new(),
        version: String::new(),
        title: None,
        instructions: String::new(),
        secrets: Vec::new(),
        specs: BTreeMap::new(),
        operations: operations.into(),
        namespaces: [("shop", "shop-api"), ("acme", "acme")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into(),
        catalog: Catalog::default(),
        manifest: None,
        environment: None,
        visible: Vec::new(),
        executable: 0,
        index: Index::build([]),
    };
    CallContext {
        snapshot: Arc::new(snapshot),
        bundle_sha256: None,
        principal: Principal::anonymous(),
        session: Some("s1".to_owned()),
        notify: Arc::new(Deaf),
        announcements: Arc::default(),
    }
}

fn request(operations: &[&str]) -> Request {
    let operations = operations.iter().map(|name| (*name).to_owned()).collect();
    Request {
        script: String::new(),
        grant: Arc::new(Grant { skills: BTreeSet::new(), operations }),
        input: json!({"n": 1}),
        total_ms: 1_000,
    }
}

fn given(code: &str) -> Value {
    let (context, request) = (context(), request(&["shop-api.get", "shop-api.put", "acme.get"]));
    let names = scope_names(&context.snapshot, &request.grant);
    let checked = check(code, &names, 1_000).unwrap();
    serde_json::from_str(&globals(&context, &request, &checked.mentions)).unwrap()
}

#[test]
fn a_script_is_given_what_it_names_and_nothing_else() {
    assert_eq!(given("return 1"), json!({"namespaces": {}}));
    let scope = given("return shop.get(ctx.input)");
    assert_eq!(scope["namespaces"], json!({"shop": {"get": "shop-api.get"}}));
    assert_eq!(scope["ctx"]["input"], json!({"n": 1}));
    assert_eq!(scope["ctx"]["sessionId"], "s1");
    let whole = given("return Object.keys(shop)");
    assert_eq!(whole["namespaces"], json!({"shop": {"get": "shop-api.get", "put": "shop-api.put"}}));
    let tools: Value = serde_json::from_str(given("getTool('x')")["tools"].as_str().unwrap()).unwrap();
    let names: Vec<&Value> = tools.as_array().unwrap().iter().map(|tool| &tool["name"]).collect();
    assert_eq!(names, ["acme.get", "shop-api.get", "shop-api.put"]);
}

#[test]
fn an_escape_may_spell_any_name() {
    let scope = given("return sh\\u006fp.get()");
    assert_eq!(scope["namespaces"].as_object().unwrap().len(), 2);
    assert!(scope["tools"].is_string() && scope["skills"].is_array() && scope["ctx"].is_object());
}

fn admitted(tool: &str, arguments: &str) -> Result<String, String> {
    let call = ScriptCall { id: 1, tool: tool.to_owned(), args_json: arguments.to_owned() };
    let (context, request) = (context(), request(&["shop-api.get"]));
    let admitted = admit(&context.snapshot, &request.grant, &call);
    admitted.map(|(operation, _)| operation.tool()).map_err(|error| error.code)
}

#[test]
fn only_granted_tools_are_admitted_by_tool_name_or_namespace() {
    assert_eq!(admitted("shop-api.get", "{}"), Ok("shop-api.get".to_owned()));
    assert_eq!(admitted("shop.get", "{}"), Ok("shop-api.get".to_owned()));
    for absent in ["shop.put", "acme.get", "shop.nothing", "", "get", "é"] {
        assert_eq!(admitted(absent, "{}"), Err("NOT_FOUND".to_owned()), "{absent}");
    }
    for own in ["codecall:execute", "CODECALL.x", "codecall_invoke"] {
        assert_eq!(admitted(own, "{}"), Err("SELF_REFERENCE".to_owned()), "{own}");
    }
}

#[test]
fn arguments_must_be_one_object_that_is_not_too_deep() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(500), "]".repeat(500));
    for bad in ["[]", "1", "null", "{", deep.as_str()] {
        assert_eq!(admitted("shop.get", bad), Err("VALIDATION".to_owned()), "{bad}");
    }
}

/// The reply to a script that ended so.
fn told(ending: Ending) -> Reply {
    ended(ending, Run::new(ExecuteLimits::default().engine), 10)
}

#[test]
fn a_failed_call_is_told_with_its_input_unless_that_was_too_long_to_keep() {
    let call = |args_json: &str| FailedCall {
        tool: "shop.get".to_owned(),
        args_json: args_json.to_owned(),
        error_json: json!({"code": "HTTP_409", "message": "no", "toolName": "shop.get", "status": 409})
            .to_string(),
    };
    let told = |call| told(Ending::CallFailed(call)).answer();
    let answer = told(call("{\"id\":1}"));
    assert_eq!(answer.structured["status"], "tool_error");
    let error = &answer.structured["error"];
    assert_eq!(error["toolInput"], json!({"id": 1}));
    assert_eq!((&error["code"], &error["status"]), (&json!("HTTP_409"), &json!(409)));
    let answer = told(call(""));
    assert_eq!(answer.structured["error"]["toolInput"], "too long to repeat");
}

#[test]
fn the_caller_cannot_raise_a_limit() {
    let limits = ExecuteLimits { total_ms: 5_000, ..ExecuteLimits::default() };
    let parse = |milliseconds: u64| {
        parse(&context().snapshot, &json!({"script": "return 1", "timeoutMs": milliseconds}), &limits)
    };
    assert_eq!(parse(100).unwrap().total_ms, 100);
    assert!(parse(5_001).is_err() && parse(0).is_err());
}

fn returned(json: &str) -> Value {
    let reply = told(Ending::Returned(json.to_owned()));
    serde_json::from_str(&reply.into_text().0).unwrap()
}

#[test]
fn a_result_is_passed_on_unless_clients_could_not_read_it() {
    let plain = returned(r#"{"a":["[{",1.5e300,"\"[","\\\\ud800","é"]}"#);
    assert_eq!((&plain["status"], &plain["result"]["a"][2]), (&json!("ok"), &json!("\"[")));
    assert!(plain["stats"].is_object());
    for (json, reason) in [
        (format!("{}{}", "[".repeat(125), "]".repeat(125)), "124 deep"),
        (r#""\ud800""#.to_owned(), "toWellFormed"),
    ] {
        let told = returned(&json);
        assert_eq!(
            (&told["status"], &told["error"]["name"]),
            (&json!("runtime_error"), &json!("UnreadableResult"))
        );
        assert!(told["error"]["message"].as_str().unwrap().contains(reason), "{told}");
    }
    assert_eq!(returned(&format!("{}{}", "[".repeat(124), "]".repeat(124)))["status"], "ok");
}
