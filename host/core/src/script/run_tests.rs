//! A run counts what a script spends, whatever order its steps come in.

use super::*;
use crate::settings::ExecuteLimits;

fn run() -> Run {
    Run::new(ExecuteLimits::default().engine)
}

fn step(state: ScriptState) -> ScriptStep {
    ScriptStep { state, events: Vec::new(), steps: 1, peak_memory_bytes: 10, compute_us: 100 }
}

fn call(id: u32) -> ScriptCall {
    ScriptCall { id, tool: "acme.getOrder".to_owned(), args_json: "{\"orderId\":\"x\"}".to_owned() }
}

fn thrown(tool_error_json: Option<&str>) -> ScriptState {
    ScriptState::Failed(ScriptError {
        kind: ScriptErrorKind::Exception,
        name: "ToolError".to_owned(),
        message: "no such order".to_owned(),
        stack: String::new(),
        tool_error_json: tool_error_json.map(str::to_owned),
    })
}

#[test]
fn calls_are_passed_on_and_counted() {
    let mut run = run();
    let Next::Call(calls) = run.stepped(step(ScriptState::Pending(vec![call(1), call(2)]))) else { panic!() };
    assert_eq!(calls.len(), 2);
    let Next::Finished(ending) = run.stepped(step(ScriptState::Done("7".to_owned()))) else { panic!() };
    assert_eq!(ending, Ending::Returned("7".to_owned()));
    let stats = run.stats(2_500);
    assert_eq!((stats.calls, stats.steps, stats.peak_memory_bytes), (2, 1, 10));
    assert_eq!((stats.wall_ms, stats.compute_ms), (2.5, 0.2));
}

#[test]
fn an_uncaught_call_error_names_the_call_and_its_arguments() {
    let mut run = run();
    let error = r#"{"code":"NOT_FOUND","message":"no such order","toolName":"acme.getOrder"}"#;
    run.settled(&call(1), &Completion { id: 1, ok: false, json: error.to_owned() });
    let Next::Finished(Ending::CallFailed(failed)) = run.stepped(step(thrown(Some(error)))) else { panic!() };
    assert_eq!(failed.args_json, call(1).args_json);
    assert_eq!(failed.error_json, error);
}

#[test]
fn an_error_that_claims_to_be_a_call_error_but_is_not_stays_a_script_error() {
    let Next::Finished(ending) = run().stepped(step(thrown(Some("{\"code\":\"X\"}")))) else { panic!() };
    assert!(matches!(ending, Ending::Failed(_)), "{ending:?}");
}

#[test]
fn budgets_hold_even_if_the_engine_does_not_enforce_them() {
    let mut limits = ExecuteLimits::default().engine;
    limits.max_calls = 1;
    limits.compute_ms = 1;
    let mut run = Run::new(limits);
    let slow = ScriptStep { compute_us: 1_001, ..step(ScriptState::Pending(vec![call(1)])) };
    let Next::Finished(Ending::Failed(error)) = run.stepped(slow) else { panic!() };
    assert_eq!(error.kind, ScriptErrorKind::Timeout);
    let Next::Finished(Ending::Failed(error)) = run.stepped(step(ScriptState::Pending(vec![call(2)]))) else {
        panic!()
    };
    assert_eq!(error.kind, ScriptErrorKind::Limit);
}

#[test]
fn logs_keep_their_order_and_their_data() {
    let event = |kind, level: &str, message: &str, data: &str| ScriptEvent {
        kind,
        level: level.to_owned(),
        message: message.to_owned(),
        data_json: data.to_owned(),
    };
    let deep = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let events = vec![
        event(ScriptEventKind::Console, "log", "a", ""),
        event(ScriptEventKind::Log, "info", "b", "{\"n\":1}"),
        event(ScriptEventKind::Notify, "done", "[2]", ""),
        event(ScriptEventKind::Log, "info", "deep", &deep(123)),
        event(ScriptEventKind::Notify, "deep", &deep(122), ""),
    ];
    let mut run = run();
    run.stepped(ScriptStep { events, ..step(ScriptState::Done("null".to_owned())) });
    run.remark("c".to_owned());
    let expected = json!([
        {"level": "log", "message": "a"},
        {"level": "info", "message": "b", "data": {"n": 1}},
        {"event": "done", "payload": [2]},
        {"level": "info", "message": "deep", "data": deep(123)},
        {"event": "deep", "payload": serde_json::from_str::<Value>(&deep(122)).unwrap()},
        {"level": "warning", "message": "c"}
    ]);
    assert_eq!(Value::Array(run.take_logs()), expected);
}
