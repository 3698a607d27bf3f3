//! One run of a script as a state value: takes sandbox steps, says which calls to make, counts budgets.
//!
//! Never awaits and never makes a call; a driver does both and reports back.

use serde::Serialize;
use serde_json::{Value, json};

use super::readable;
use crate::ports::{
    Completion, ScriptCall, ScriptError, ScriptErrorKind, ScriptEvent, ScriptEventKind, ScriptLimits,
    ScriptState, ScriptStep,
};

/// Levels that data of a log line may have: the message around it has five.
const DATA_LEVELS: usize = readable::LEVELS - 5;

/// Arguments kept for the report of a failed call, in bytes of JSON.
const MAX_KEPT_ARGUMENTS: usize = 16 << 10;

/// A script's accounts between `start` and its end.
#[derive(Debug)]
pub struct Run {
    limits: ScriptLimits,
    calls: u32,
    failures: Vec<FailedCall>,
    logs: Vec<Value>,
    compute_us: u64,
    steps: u64,
    peak_memory_bytes: u64,
}

/// What a driver does next.
#[derive(Debug)]
pub enum Next {
    /// Make these calls, and resume the script as soon as any call has an outcome. May be empty while
    /// earlier calls are still unsettled.
    Call(Vec<ScriptCall>),
    /// Nothing more: drop the sandbox, and with it every call still unsettled.
    Finished(Ending),
}

/// How a script ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// It returned this value, as JSON.
    Returned(String),
    /// An operation failed and the script did not catch it.
    CallFailed(FailedCall),
    /// Anything else.
    Failed(ScriptError),
}

/// A call that failed, as it is reported when nobody catches the error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCall {
    /// The tool's name, as the script gave it.
    pub tool: String,
    /// The arguments as JSON; an empty text if they were too long to keep.
    pub args_json: String,
    /// The error object as JSON: `{code, message, toolName, …}`.
    pub error_json: String,
}

/// What a run cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// From start to end, in milliseconds, waiting included.
    pub wall_ms: f64,
    /// Active compute, in milliseconds.
    pub compute_ms: f64,
    /// Calls made.
    pub calls: u32,
    /// Highest heap use, in bytes.
    pub peak_memory_bytes: u64,
    /// Engine steps.
    pub steps: u64,
}

impl Run {
    /// A run that has not started.
    pub fn new(limits: ScriptLimits) -> Self {
        Self {
            limits,
            calls: 0,
            failures: Vec::new(),
            logs: Vec::new(),
            compute_us: 0,
            steps: 0,
            peak_memory_bytes: 0,
        }
    }

    /// Takes the outcome of `start` or `step`.
    pub fn stepped(&mut self, step: ScriptStep) -> Next {
        self.compute_us = self.compute_us.saturating_add(step.compute_us);
        self.steps = step.steps;
        self.peak_memory_bytes = self.peak_memory_bytes.max(step.peak_memory_bytes);
        self.logs.extend(step.events.into_iter().map(log_line));
        match step.state {
            ScriptState::Done(json) => Next::Finished(Ending::Returned(json)),
            ScriptState::Failed(error) => Next::Finished(self.failed(error)),
            ScriptState::Pending(calls) => self.pending(calls),
        }
    }

    /// Notes the outcome of a call on its way to the script.
    pub fn settled(&mut self, call: &ScriptCall, completion: &Completion) {
        if !completion.ok {
            let keep = call.args_json.len() <= MAX_KEPT_ARGUMENTS;
            self.failures.push(FailedCall {
                tool: call.tool.clone(),
                args_json: if keep { call.args_json.clone() } else { String::new() },
                error_json: completion.json.clone(),
            });
        }
    }

    /// Adds a line of the host's own to the logs.
    pub fn remark(&mut self, message: String) {
        self.logs.push(json!({"level": "warning", "message": message}));
    }

    /// The captured logs, in order. Takes them out.
    pub fn take_logs(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.logs)
    }

    /// What was spent so far, given the wall time since the start in microseconds.
    pub fn stats(&self, wall_us: u64) -> Stats {
        Stats {
            wall_ms: milliseconds(wall_us),
            compute_ms: milliseconds(self.compute_us),
            calls: self.calls,
            peak_memory_bytes: self.peak_memory_bytes,
            steps: self.steps,
        }
    }

    /// The engine counts calls and compute itself; a shell that cannot interrupt it relies on this.
    fn pending(&mut self, calls: Vec<ScriptCall>) -> Next {
        self.calls = self.calls.saturating_add(u32::try_from(calls.len()).unwrap_or(u32::MAX));
        if self.calls > self.limits.max_calls {
            let message = format!("a script may make {} calls", self.limits.max_calls);
            return Next::Finished(Ending::Failed(failure(ScriptErrorKind::Limit, "LimitExceeded", message)));
        }
        if self.compute_us > self.limits.compute_ms.saturating_mul(1000) {
            let message = format!("the script computed for more than {} ms", self.limits.compute_ms);
            return Next::Finished(Ending::Failed(failure(ScriptErrorKind::Timeout, "Timeout", message)));
        }
        Next::Call(calls)
    }

    fn failed(&mut self, error: ScriptError) -> Ending {
        let Some(json) = error.tool_error_json.as_deref() else { return Ending::Failed(error) };
        let known = self.failures.iter().rposition(|failure| failure.error_json == json);
        known.map_or(Ending::Failed(error), |at| Ending::CallFailed(self.failures.swap_remove(at)))
    }
}

fn failure(kind: ScriptErrorKind, name: &str, message: String) -> ScriptError {
    ScriptError { kind, name: name.to_owned(), message, stack: String::new(), tool_error_json: None }
}

/// `{level, message, data?}`, or `{event, payload}` for `mcpNotify`.
fn log_line(event: ScriptEvent) -> Value {
    match event.kind {
        ScriptEventKind::Notify => json!({"event": event.level, "payload": parse(&event.message)}),
        ScriptEventKind::Console | ScriptEventKind::Log => {
            let mut line = json!({"level": event.level, "message": event.message});
            if !event.data_json.is_empty() {
                line["data"] = parse(&event.data_json);
            }
            line
        }
    }
}

/// What not every client could read is shown as text.
fn parse(json: &str) -> Value {
    let value = readable::check(json, DATA_LEVELS).and_then(|()| serde_json::from_str(json));
    value.unwrap_or_else(|_| Value::String(json.to_owned()))
}

/// To a microsecond.
fn milliseconds(us: u64) -> f64 {
    us as f64 / 1000.0
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
