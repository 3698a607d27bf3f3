//! The `execute` tool: its input, the scope it builds, its outcomes by `status`. Runs nothing.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::arguments::{Arguments, refusal};
use super::{Answer, CallContext, Reply};
use crate::json::written;
use crate::openapi::operation::Operation;
use crate::ports::{ScriptCall, ScriptError, ScriptErrorKind};
use crate::registry::snapshot::Snapshot;
use crate::script::check::{Refusal, ScopeNames};
use crate::script::mentions::{Members, Mentions};
use crate::script::readable;
use crate::script::run::{Ending, FailedCall, Run};
use crate::settings::ExecuteLimits;
use crate::skill::grant::{self, Grant};
use crate::upstream::ToolError;

/// Levels that a result may have: the message around it has three.
const RESULT_LEVELS: usize = readable::LEVELS - 3;
/// Names in one list of the arguments, at most.
const MAX_NAMES: usize = 1_000;

/// What a caller asks for, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The script as written.
    pub script: String,
    /// The active skills and what they grant.
    pub grant: Arc<Grant>,
    /// Any JSON value; the script's `ctx.input`.
    pub input: Value,
    /// Milliseconds from start to answer, waiting included.
    pub total_ms: u64,
}

/// Reads the arguments `{script, skills?, allowedTools?, input?, timeoutMs?}`. Every problem is reported at once.
pub fn parse(snapshot: &Snapshot, arguments: &Value, limits: &ExecuteLimits) -> Result<Request, Answer> {
    let mut reader = Arguments::new(arguments);
    reader.require("script", "{\"script\": \"return await acme.getOrder({ orderId: ctx.input.id })\"}");
    let script = reader.text("script", 1..=usize::MAX);
    let skills = reader.texts("skills", 0..=MAX_NAMES, 1..=256);
    let allowed = reader.texts("allowedTools", 0..=MAX_NAMES, 1..=256);
    let input = reader.any("input").cloned().unwrap_or(Value::Null);
    let ceiling = u32::try_from(limits.total_ms).unwrap_or(u32::MAX);
    let total_ms = reader.integer("timeoutMs", 1..=ceiling).map_or(limits.total_ms, u64::from);
    reader.finish()?;
    let (skills, allowed) = (skills.map(owned), allowed.map(owned));
    let grant =
        grant::resolve(&snapshot.catalog, skills.as_deref(), allowed.as_deref()).map_err(|reject| {
            let findings =
                reject.details.and_then(|mut details| details.get_mut("findings").map(Value::take));
            let findings = findings.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
            refusal(reject.code, reject.message, findings)
        })?;
    Ok(Request { script: script.unwrap_or_default().to_owned(), grant, input, total_ms })
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// The names that the check lets the script use.
pub fn scope_names(snapshot: &Snapshot, grant: &Grant) -> ScopeNames {
    ScopeNames { namespaces: snapshot.scope(grant).map(str::to_owned).collect() }
}

/// The script's scope as JSON, in the form that `frontmcp:sandbox` describes: only what its source can name.
pub fn globals(context: &CallContext, request: &Request, mentions: &Mentions) -> String {
    let snapshot = &*context.snapshot;
    let mut globals = Map::new();
    let namespaces = mentions.namespaces.iter().map(|(namespace, members)| {
        let entry = |(method, tool): (&str, &str)| (method.to_owned(), Value::from(tool));
        let methods = match members {
            Members::All => snapshot.methods(namespace, &request.grant).map(entry).collect(),
            Members::Named(names) => {
                let methods =
                    names.iter().filter_map(|name| snapshot.method(namespace, name, &request.grant));
                methods.map(entry).collect()
            }
        };
        (namespace.clone(), Value::Object(methods))
    });
    globals.insert("namespaces".to_owned(), Value::Object(namespaces.collect()));
    if mentions.tools {
        globals.insert("tools".to_owned(), Value::String(tools(snapshot, &request.grant).to_string()));
    }
    if mentions.skills {
        globals.insert("skills".to_owned(), skills(snapshot, &request.grant));
    }
    if mentions.ctx {
        globals.insert("ctx".to_owned(), ctx(context, &request.input));
    }
    written(&globals)
}

fn tools(snapshot: &Snapshot, grant: &Grant) -> Value {
    let operations = grant.operations.iter().filter_map(|tool| Some((tool, snapshot.operations.get(tool)?)));
    let described = operations.map(|(tool, operation)| {
        let text = if operation.summary.is_empty() { &operation.description } else { &operation.summary };
        let mut tool = json!({"name": tool, "description": text, "inputSchema": operation.input_schema});
        if let Some(schema) = &operation.output_schema {
            tool["outputSchema"] = schema.clone();
        }
        tool
    });
    described.collect()
}

fn skills(snapshot: &Snapshot, grant: &Grant) -> Value {
    let active = grant.skills.iter().filter_map(|name| snapshot.catalog.skills.get(name));
    let described = active.map(|skill| {
        json!({"name": skill.name, "description": skill.description, "tags": skill.tags, "tools": skill.operations})
    });
    described.collect()
}

fn ctx(context: &CallContext, input: &Value) -> Value {
    let principal = &context.principal;
    json!({
        "sessionId": context.session,
        "principal": {"issuer": principal.issuer, "subject": principal.subject, "tenant": principal.tenant},
        "input": input,
    })
}

/// The operation and the input of a call that the grant admits.
///
/// A tool that is not granted is reported the same way whether it exists or not.
pub fn admit<'a>(
    snapshot: &'a Snapshot,
    grant: &Grant,
    call: &ScriptCall,
) -> Result<(&'a Arc<Operation>, Value), ToolError> {
    let name = call.tool.trim();
    if is_meta_tool(name) {
        return Err(ToolError::new("SELF_REFERENCE", format!("A script cannot call `{name}`")));
    }
    let operation = snapshot.operation(name).filter(|operation| grant.operations.contains(&operation.tool()));
    let Some(operation) = operation else {
        let message = format!("Tool `{name}` was not found among those that the active skills grant");
        return Err(ToolError::new("NOT_FOUND", message));
    };
    match serde_json::from_str::<Value>(&call.args_json) {
        Ok(input) if input.is_object() => Ok((operation, input)),
        Ok(_) => Err(ToolError::new("VALIDATION", format!("The arguments of `{name}` must be one object"))),
        Err(error) => {
            Err(ToolError::new("VALIDATION", format!("The arguments of `{name}` are not usable: {error}")))
        }
    }
}

/// Any spelling of the meta-tools' prefix, known or not.
fn is_meta_tool(name: &str) -> bool {
    let prefix = name.get(..9).unwrap_or_default().to_ascii_lowercase();
    ["codecall:", "codecall.", "codecall_"].contains(&prefix.as_str())
}

/// The answer to a script that did not pass the check.
pub fn refused(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::TooLarge { bytes, limit } => {
            let message = format!("the script has {bytes} bytes, the limit is {limit}; pass data as `input`");
            failed("runtime_error", json!({"source": "script", "name": "ScriptTooLarge", "message": message}))
        }
        Refusal::Syntax { message, location, frame } => {
            failed("syntax_error", json!({"message": message, "location": location, "frame": frame}))
        }
        Refusal::Illegal { kind, findings } => {
            let lines = findings.iter().map(|finding| {
                let at = finding.location;
                format!("{}:{}: {}", at.line, at.column, finding.message)
            });
            let message = lines.collect::<Vec<_>>().join("\n");
            failed("illegal_access", json!({"kind": kind, "message": message, "findings": findings}))
        }
    }
}

/// The answer when every sandbox is taken.
pub fn busy() -> Answer {
    refusal("busy", "Every sandbox is in use. Nothing ran; try again in a moment", Vec::new())
}

/// The answer to a script that ran, with its logs and what it cost.
pub fn ended(ending: Ending, mut run: Run, wall_us: u64) -> Reply {
    let mut answer = match ending {
        Ending::Returned(json) => match readable::check(&json, RESULT_LEVELS) {
            Ok(()) => return Reply::Text(returned(&json, run, wall_us)),
            Err(error) => unreadable(&error),
        },
        Ending::CallFailed(call) => failed("tool_error", tool_error(&call)),
        Ending::Failed(error) => script_error(error),
    };
    let logs = run.take_logs();
    if !logs.is_empty() {
        answer.structured["logs"] = Value::Array(logs);
    }
    answer.structured["stats"] = json!(run.stats(wall_us));
    answer.into()
}

/// The answer to a result that not every client could read.
fn unreadable(error: &serde_json::Error) -> Answer {
    let message = format!(
        "the result is nothing that every client can read: {error}. A text with half of a surrogate pair is mended by \
         toWellFormed()"
    );
    failed("runtime_error", json!({"source": "script", "name": "UnreadableResult", "message": message}))
}

/// A result is passed on as the engine wrote it.
fn returned(result: &str, mut run: Run, wall_us: u64) -> String {
    let mut text = format!(r#"{{"status":"ok","result":{result}"#);
    let logs = run.take_logs();
    if !logs.is_empty() {
        text.push_str(r#","logs":"#);
        text.push_str(&written(&logs));
    }
    text.push_str(r#","stats":"#);
    text.push_str(&written(&run.stats(wall_us)));
    text.push('}');
    text
}

/// How a script ends that is not done `total_ms` after its start.
pub fn overdue(total_ms: u64) -> Ending {
    let message = format!("the script was not done after {total_ms} ms, waiting included");
    Ending::Failed(ScriptError {
        kind: ScriptErrorKind::Timeout,
        name: "Timeout".to_owned(),
        message,
        stack: String::new(),
        tool_error_json: None,
    })
}

fn tool_error(call: &FailedCall) -> Value {
    let mut error = json!({"source": "tool", "toolName": call.tool});
    error["toolInput"] =
        serde_json::from_str(&call.args_json).unwrap_or_else(|_| "too long to repeat".into());
    if let (Value::Object(error), Ok(Value::Object(thrown))) =
        (&mut error, serde_json::from_str(&call.error_json))
    {
        error.extend(thrown);
    }
    error
}

fn script_error(error: ScriptError) -> Answer {
    match error.kind {
        ScriptErrorKind::Timeout => failed("timeout", json!({"message": error.message})),
        ScriptErrorKind::Syntax => failed("syntax_error", json!({"message": error.message})),
        ScriptErrorKind::Exception
        | ScriptErrorKind::OutOfMemory
        | ScriptErrorKind::StackOverflow
        | ScriptErrorKind::Deadlock
        | ScriptErrorKind::Limit => failed(
            "runtime_error",
            json!({"source": "script", "name": error.name, "message": error.message, "stack": error.stack}),
        ),
    }
}

fn failed(status: &str, error: Value) -> Answer {
    Answer { structured: json!({"status": status, "error": error}), is_error: true }
}

#[cfg(test)]
#[path = "execute_tests.rs"]
mod tests;
