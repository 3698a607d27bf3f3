//! The step loop over a sandbox that follows a plan: what it asks for, what it is handed, how it can end.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use serde_json::{Value, json};

use super::Resources;
use super::call::call;
use crate::auth::Principal;
use crate::codecall::{Answer, CallContext, Notification, Notify, Tool};
use crate::ports::*;
use crate::registry::snapshot::Snapshot;
use crate::reject::{Failure, Fault};
use crate::settings::Settings;
use crate::skill::catalog::Catalog;
use crate::skill::index::Index;

/// Everything the core may ask for: no time passes unless `overdue`, nothing is reachable.
pub(super) struct World {
    overdue: bool,
    steps: Mutex<Option<Vec<ScriptState>>>,
    handed: Arc<Mutex<Vec<Completion>>>,
}

impl Clock for World {
    fn now_ms(&self) -> u64 {
        7
    }
    fn monotonic_us(&self) -> u64 {
        0
    }
    fn sleep(&self, _: u64) -> BoxFuture<'static, ()> {
        if self.overdue { Box::pin(std::future::ready(())) } else { Box::pin(std::future::pending()) }
    }
}

impl Entropy for World {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(1);
    }
}

impl Fetch for World {
    fn fetch(&self, _: Outbound) -> BoxFuture<'_, Result<Inbound, FetchError>> {
        Box::pin(std::future::ready(Err(FetchError::Unresolved)))
    }
}

impl Secrets for World {
    fn get(&self, _: &str) -> Option<String> {
        None
    }
}

impl Log for World {
    fn fault(&self, _: &Fault) {}
}

impl Sandbox for World {
    fn open(&self) -> Result<Box<dyn Script>, SandboxError> {
        let steps = self.steps.lock().unwrap().take().ok_or(SandboxError::Busy)?;
        Ok(Box::new(Planned { steps: steps.into(), handed: self.handed.clone() }))
    }
}

/// A script that goes through its steps whatever it is handed; after the last it waits for ever.
struct Planned {
    steps: VecDeque<ScriptState>,
    handed: Arc<Mutex<Vec<Completion>>>,
}

impl Planned {
    fn next(&mut self) -> BoxFuture<'_, Result<ScriptStep, Fault>> {
        let Some(state) = self.steps.pop_front() else { return Box::pin(std::future::pending()) };
        let step = ScriptStep { state, events: Vec::new(), steps: 1, peak_memory_bytes: 1, compute_us: 1 };
        Box::pin(std::future::ready(Ok(step)))
    }
}

impl Script for Planned {
    fn start(&mut self, _: ScriptStart) -> BoxFuture<'_, Result<ScriptStep, Fault>> {
        self.next()
    }
    fn step(&mut self, completions: Vec<Completion>, _: u64) -> BoxFuture<'_, Result<ScriptStep, Fault>> {
        self.handed.lock().unwrap().extend(completions);
        self.next()
    }
}

struct Deaf;

impl Notify for Deaf {
    fn notify(&self, _: Notification) {}
}

pub(super) fn world(steps: Option<Vec<ScriptState>>, overdue: bool) -> Arc<World> {
    Arc::new(World { overdue, steps: Mutex::new(steps), handed: Arc::default() })
}

pub(super) fn ports(world: &Arc<World>) -> Ports {
    Ports {
        clock: world.clone(),
        entropy: world.clone(),
        fetch: world.clone(),
        sandbox: world.clone(),
        secrets: world.clone(),
        log: world.clone(),
        storage: None,
        sessions: None,
        peers: None,
    }
}

pub(super) fn empty_snapshot() -> Snapshot {
    Snapshot {
        name: String::new(),
        version: String::new(),
        title: None,
        instructions: String::new(),
        secrets: Vec::new(),
        specs: Default::default(),
        operations: Default::default(),
        namespaces: Default::default(),
        catalog: Catalog::default(),
        manifest: None,
        environment: None,
        visible: Vec::new(),
        executable: 0,
        index: Index::build([]),
    }
}

pub(super) fn context(snapshot: Snapshot) -> CallContext {
    CallContext {
        snapshot: Arc::new(snapshot),
        bundle_sha256: Some("the live one".to_owned()),
        principal: Principal::anonymous(),
        session: None,
        notify: Arc::new(Deaf),
        announcements: Arc::default(),
    }
}

fn execute(world: &Arc<World>) -> Result<Answer, Failure> {
    let resources = Resources::new(ports(world), Settings::default());
    let context = context(empty_snapshot());
    let arguments = json!({"script": "return 1"});
    let reply = call(&resources, &context, Tool::Execute, arguments).now_or_never();
    Ok(reply.expect("nothing here waits")?.answer())
}

fn asks(ids: std::ops::RangeInclusive<u32>) -> ScriptState {
    let call = |id| ScriptCall { id, tool: "acme.getOrder".to_owned(), args_json: "{}".to_owned() };
    ScriptState::Pending(ids.map(call).collect())
}

fn done() -> ScriptState {
    ScriptState::Done("1".to_owned())
}

#[test]
fn the_value_a_script_returns_is_the_answer() {
    let answer = execute(&world(Some(vec![done()]), false)).unwrap();
    assert_eq!((&answer.structured["status"], &answer.structured["result"]), (&json!("ok"), &json!(1)));
    assert!(!answer.is_error);
}

#[test]
fn every_call_is_settled_once_however_many_there_are() {
    let world = world(Some(vec![asks(1..=40), asks(41..=41), done()]), false);
    let answer = execute(&world).unwrap();
    assert_eq!(answer.structured["stats"]["calls"], 41);
    let handed = world.handed.lock().unwrap();
    let mut ids: Vec<u32> = handed.iter().map(|completion| completion.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), handed.len(), "a call was settled twice");
    let refused: Value = serde_json::from_str(&handed[0].json).unwrap();
    assert!(!handed[0].ok);
    assert_eq!(refused["code"], "NOT_FOUND");
}

#[test]
fn without_a_free_sandbox_the_caller_is_asked_to_come_back() {
    let answer = execute(&world(None, false)).unwrap();
    assert!(answer.is_error);
    assert_eq!(answer.structured["error"]["code"], "busy");
}

#[test]
fn a_script_that_is_not_done_in_time_is_a_timeout() {
    let answer = execute(&world(Some(Vec::new()), true)).unwrap();
    assert_eq!(answer.structured["status"], "timeout");
}

#[test]
fn an_engine_that_waits_for_nothing_is_a_fault_of_ours() {
    let failure = execute(&world(Some(vec![ScriptState::Pending(Vec::new())]), false)).unwrap_err();
    assert!(matches!(failure, Failure::Fault(_)), "{failure:?}");
}
