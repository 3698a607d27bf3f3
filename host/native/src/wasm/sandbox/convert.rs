//! Generated types ⇄ the port's own. One line per field, nothing decided.

use frontmcp_core::ports::{
    Completion, ScriptCall, ScriptError, ScriptErrorKind, ScriptEvent, ScriptEventKind, ScriptLimits,
    ScriptStart, ScriptState, ScriptStep,
};

use super::wit;

pub(super) fn step(report: wit::Report, compute_us: u64) -> ScriptStep {
    ScriptStep {
        state: state(report.state),
        events: report.events.into_iter().map(event).collect(),
        steps: report.steps,
        peak_memory_bytes: report.peak_memory_bytes,
        compute_us,
    }
}

impl From<ScriptStart> for wit::StartRequest {
    fn from(start: ScriptStart) -> Self {
        Self {
            source: start.source,
            globals_json: start.globals_json,
            limits: start.limits.into(),
            now_ms: start.now_ms,
            seed: start.seed,
        }
    }
}

impl From<ScriptLimits> for wit::Limits {
    fn from(limits: ScriptLimits) -> Self {
        Self {
            memory_bytes: limits.memory_bytes,
            stack_bytes: limits.stack_bytes,
            max_pending_calls: limits.max_pending_calls,
            max_calls: limits.max_calls,
            max_steps: limits.max_steps,
            max_result_bytes: limits.max_result_bytes,
            max_log_bytes: limits.max_log_bytes,
        }
    }
}

impl From<Completion> for wit::Completion {
    fn from(completion: Completion) -> Self {
        Self { id: completion.id, ok: completion.ok, json: completion.json }
    }
}

fn state(state: wit::State) -> ScriptState {
    match state {
        wit::State::Pending(calls) => ScriptState::Pending(calls.into_iter().map(call).collect()),
        wit::State::Done(json) => ScriptState::Done(json),
        wit::State::Failed(failure) => ScriptState::Failed(error(failure)),
    }
}

fn call(call: wit::Call) -> ScriptCall {
    ScriptCall { id: call.id, tool: call.tool, args_json: call.args_json }
}

fn event(event: wit::Event) -> ScriptEvent {
    let kind = match event.kind {
        wit::EventKind::Console => ScriptEventKind::Console,
        wit::EventKind::Log => ScriptEventKind::Log,
        wit::EventKind::Notify => ScriptEventKind::Notify,
    };
    ScriptEvent { kind, level: event.level, message: event.message, data_json: event.data_json }
}

fn error(error: wit::Error) -> ScriptError {
    let kind = match error.kind {
        wit::ErrorKind::Syntax => ScriptErrorKind::Syntax,
        wit::ErrorKind::Exception => ScriptErrorKind::Exception,
        wit::ErrorKind::OutOfMemory => ScriptErrorKind::OutOfMemory,
        wit::ErrorKind::StackOverflow => ScriptErrorKind::StackOverflow,
        wit::ErrorKind::Deadlock => ScriptErrorKind::Deadlock,
        wit::ErrorKind::Limit => ScriptErrorKind::Limit,
        wit::ErrorKind::Timeout => ScriptErrorKind::Timeout,
    };
    ScriptError {
        kind,
        name: error.name,
        message: error.message,
        stack: error.stack,
        tool_error_json: error.tool_error_json,
    }
}
