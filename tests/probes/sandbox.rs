//! The sandbox itself, without a host around it.

use std::sync::Arc;

use frontmcp_core::ports::{Sandbox, SandboxError, Script, ScriptErrorKind, ScriptStart, ScriptState};
use frontmcp_core::settings::ExecuteLimits;
use frontmcp_host::wasm::{EngineSettings, WasmEngine, WasmSandbox};
use frontmcp_tests::{agentscript, repository};
use wit_component::{DecodedWasm, decode};

fn start(source: &str) -> ScriptStart {
    ScriptStart {
        source: source.to_owned(),
        globals_json: "{}".to_owned(),
        limits: ExecuteLimits::default().engine,
        now_ms: 0,
        seed: 1,
    }
}

fn sandbox(settings: EngineSettings) -> WasmSandbox {
    let engine = Arc::new(WasmEngine::new(settings).unwrap());
    WasmSandbox::new(engine, &agentscript(), Some(&repository().join("target/wasm-cache"))).unwrap()
}

fn open(sandbox: &WasmSandbox) -> Box<dyn Script> {
    sandbox.open().unwrap_or_else(|error| panic!("{error:?}"))
}

#[test]
fn the_component_imports_nothing_and_exports_the_engine_alone() {
    let DecodedWasm::Component(resolve, world) = decode(&agentscript()).unwrap() else {
        panic!("not a component")
    };
    let world = &resolve.worlds[world];
    assert_eq!(world.imports.len(), 0, "{:?}", world.imports);
    let exports: Vec<String> = world.exports.keys().map(|key| resolve.name_world_key(key)).collect();
    assert_eq!(exports, ["frontmcp:sandbox/engine@0.1.0"]);
}

#[tokio::test]
async fn when_all_slots_are_taken_the_next_is_busy_and_a_dropped_one_makes_room() {
    let sandbox = sandbox(EngineSettings { slots: 2, ..EngineSettings::default() });
    let first = open(&sandbox);
    let second = sandbox.open();
    assert!(second.is_ok());
    assert!(matches!(sandbox.open(), Err(SandboxError::Busy)));
    drop(first);
    assert!(sandbox.open().is_ok());
}

#[tokio::test]
async fn nothing_of_a_script_is_left_for_the_next() {
    let sandbox = sandbox(EngineSettings { slots: 1, ..EngineSettings::default() });
    for _ in 0..3 {
        let mut script = open(&sandbox);
        let source =
            "const seen = typeof Array.prototype.left; Array.prototype.left = 1; Math.left = 1; return seen";
        let step = script.start(start(source)).await.unwrap();
        let ScriptState::Done(json) = step.state else { panic!("{:?}", step.state) };
        assert_eq!(json, "\"undefined\"");
    }
}

#[tokio::test]
async fn the_same_seed_and_clock_give_the_same_run() {
    let sandbox = sandbox(EngineSettings::default());
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut script = open(&sandbox);
        let step = script.start(start("return [Math.random(), Math.random(), Date.now()]")).await.unwrap();
        let ScriptState::Done(json) = step.state else { panic!("{:?}", step.state) };
        seen.push((json, step.steps));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn the_step_budget_ends_a_script_at_the_same_point_every_time() {
    let sandbox = sandbox(EngineSettings::default());
    let mut ends = Vec::new();
    for _ in 0..2 {
        let mut script = open(&sandbox);
        let mut begin = start("let n = 0; for (;;) n++");
        begin.limits.max_steps = 20;
        let step = script.start(begin).await.unwrap();
        let ScriptState::Failed(error) = step.state else { panic!("{:?}", step.state) };
        assert_eq!(error.kind, ScriptErrorKind::Timeout);
        ends.push(step.steps);
    }
    assert_eq!(ends[0], ends[1]);
}

#[tokio::test]
async fn a_step_out_of_turn_is_a_fault_of_ours_and_not_of_the_script() {
    let sandbox = sandbox(EngineSettings::default());
    let mut script = open(&sandbox);
    let fault = script.step(Vec::new(), 0).await.unwrap_err();
    assert!(fault.detail.contains("trapped"), "{}", fault.detail);
}
