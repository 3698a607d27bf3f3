//! Fresh script sandboxes: the agentscript component, transpiled, a new instance for every script. What the server's
//! epochs do is done inside by the engine's own step limit; behind it stands the platform's CPU limit.

use frontmcp_core::Fault;
use frontmcp_core::ports::{
    BoxFuture, Completion, Sandbox, SandboxError, Script, ScriptCall, ScriptError, ScriptErrorKind,
    ScriptEvent, ScriptEventKind, ScriptStart, ScriptState, ScriptStep,
};
use send_wrapper::SendWrapper;
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::{Shared, fault, here};
use crate::platform::{Engine, words};

/// The transpiled component.
pub(super) struct PlatformSandbox(pub(super) Shared);

impl Sandbox for PlatformSandbox {
    fn open(&self) -> Result<Box<dyn Script>, SandboxError> {
        let engine = self.0.sandbox().map_err(|thrown| fault("opening a sandbox", &thrown))?;
        Ok(Box::new(Instance { engine: SendWrapper::new(engine), steps: 0, peak_memory_bytes: 0 }))
    }
}

struct Instance {
    engine: SendWrapper<Engine>,
    steps: u64,
    peak_memory_bytes: u64,
}

impl Script for Instance {
    fn start(&mut self, start: ScriptStart) -> BoxFuture<'_, Result<ScriptStep, Fault>> {
        here(async move {
            let request = to_js(&StartRequest::from(&start))?;
            let report = self.engine.start(request);
            self.report(report)
        })
    }

    fn step(
        &mut self,
        completions: Vec<Completion>,
        now_ms: u64,
    ) -> BoxFuture<'_, Result<ScriptStep, Fault>> {
        here(async move {
            let settled: Vec<Settled> = completions.into_iter().map(Settled::from).collect();
            let report = self.engine.step(to_js(&settled)?, now_ms);
            self.report(report)
        })
    }
}

impl Instance {
    fn report(&mut self, report: Result<JsValue, JsValue>) -> Result<ScriptStep, Fault> {
        let report = match report {
            Ok(report) => report,
            Err(thrown) => return self.trapped(&thrown),
        };
        let report: Report = serde_wasm_bindgen::from_value(report)
            .map_err(|error| Fault::new(format!("the script engine reported something else: {error}")))?;
        self.steps = report.steps;
        self.peak_memory_bytes = report.peak_memory_bytes;
        let state = match report.state {
            State::Pending(calls) => ScriptState::Pending(calls.into_iter().map(ScriptCall::from).collect()),
            State::Done(json) => ScriptState::Done(json),
            State::Failed(error) => ScriptState::Failed(error.into()),
        };
        let events = report.events.into_iter().map(ScriptEvent::from).collect();
        Ok(self.step_of(state, events))
    }

    /// The engine's stack is JavaScript's too, and may end before its own limit is met.
    fn trapped(&self, thrown: &JsValue) -> Result<ScriptStep, Fault> {
        let text = words(thrown);
        if !text.contains("call stack") {
            return Err(Fault::new(format!("the script engine trapped: {text}")));
        }
        let error = ScriptError {
            kind: ScriptErrorKind::StackOverflow,
            name: "RangeError".to_owned(),
            message: "Maximum call stack size exceeded".to_owned(),
            stack: String::new(),
            tool_error_json: None,
        };
        Ok(self.step_of(ScriptState::Failed(error), Vec::new()))
    }

    fn step_of(&self, state: ScriptState, events: Vec<ScriptEvent>) -> ScriptStep {
        // The clock stands still while code computes, so there is no time to report.
        let (steps, peak_memory_bytes) = (self.steps, self.peak_memory_bytes);
        ScriptStep { state, events, steps, peak_memory_bytes, compute_us: 0 }
    }
}

/// Numbers of 64 bits are BigInts for transpiled components.
fn to_js(value: &impl Serialize) -> Result<JsValue, Fault> {
    value
        .serialize(&Serializer::new().serialize_large_number_types_as_bigints(true))
        .map_err(|error| Fault::new(format!("handing a script over: {error}")))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StartRequest<'a> {
    source: &'a str,
    globals_json: &'a str,
    limits: Limits,
    now_ms: u64,
    seed: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Limits {
    memory_bytes: u64,
    stack_bytes: u32,
    max_pending_calls: u32,
    max_calls: u32,
    max_steps: u64,
    max_result_bytes: u32,
    max_log_bytes: u32,
}

impl<'a> From<&'a ScriptStart> for StartRequest<'a> {
    fn from(start: &'a ScriptStart) -> Self {
        let limits = &start.limits;
        Self {
            source: &start.source,
            globals_json: &start.globals_json,
            limits: Limits {
                memory_bytes: limits.memory_bytes,
                stack_bytes: limits.stack_bytes,
                max_pending_calls: limits.max_pending_calls,
                max_calls: limits.max_calls,
                max_steps: limits.max_steps,
                max_result_bytes: limits.max_result_bytes,
                max_log_bytes: limits.max_log_bytes,
            },
            now_ms: start.now_ms,
            seed: start.seed,
        }
    }
}

#[derive(Serialize)]
struct Settled {
    id: u32,
    ok: bool,
    json: String,
}

impl From<Completion> for Settled {
    fn from(Completion { id, ok, json }: Completion) -> Self {
        Self { id, ok, json }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    state: State,
    events: Vec<Event>,
    steps: u64,
    peak_memory_bytes: u64,
}

#[derive(Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
enum State {
    Pending(Vec<Call>),
    Done(String),
    Failed(Error),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    id: u32,
    tool: String,
    args_json: String,
}

impl From<Call> for ScriptCall {
    fn from(Call { id, tool, args_json }: Call) -> Self {
        Self { id, tool, args_json }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    kind: EventKind,
    level: String,
    message: String,
    data_json: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum EventKind {
    Console,
    Log,
    Notify,
}

impl From<Event> for ScriptEvent {
    fn from(event: Event) -> Self {
        let kind = match event.kind {
            EventKind::Console => ScriptEventKind::Console,
            EventKind::Log => ScriptEventKind::Log,
            EventKind::Notify => ScriptEventKind::Notify,
        };
        Self { kind, level: event.level, message: event.message, data_json: event.data_json }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Error {
    kind: ErrorKind,
    name: String,
    message: String,
    stack: String,
    tool_error_json: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ErrorKind {
    Syntax,
    Exception,
    OutOfMemory,
    StackOverflow,
    Deadlock,
    Limit,
    Timeout,
}

impl From<Error> for ScriptError {
    fn from(error: Error) -> Self {
        let kind = match error.kind {
            ErrorKind::Syntax => ScriptErrorKind::Syntax,
            ErrorKind::Exception => ScriptErrorKind::Exception,
            ErrorKind::OutOfMemory => ScriptErrorKind::OutOfMemory,
            ErrorKind::StackOverflow => ScriptErrorKind::StackOverflow,
            ErrorKind::Deadlock => ScriptErrorKind::Deadlock,
            ErrorKind::Limit => ScriptErrorKind::Limit,
            ErrorKind::Timeout => ScriptErrorKind::Timeout,
        };
        let Error { name, message, stack, tool_error_json, .. } = error;
        Self { kind, name, message, stack, tool_error_json }
    }
}
