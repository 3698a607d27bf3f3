//! The `invoke` tool: one granted operation without a script.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Answer;
use super::arguments::{Arguments, refusal};
use crate::openapi::operation::Operation;
use crate::registry::snapshot::Snapshot;
use crate::skill::suggest;

/// Finds the operation and its input. The input is not yet checked against the operation's schema.
pub fn parse(snapshot: &Snapshot, arguments: &Value) -> Result<(Arc<Operation>, Value), Answer> {
    let mut reader = Arguments::new(arguments);
    let tool = reader.text("tool", 1..=256);
    let input = reader.any("input").cloned().unwrap_or_else(|| Value::Object(Map::new()));
    if !input.is_object() {
        reader.problem(
            "/input",
            "`input` must be an object",
            Some("For example {\"orderId\": \"…\"}".to_owned()),
        );
    }
    reader.require("tool", "{\"tool\": \"acme.getOrder\", \"input\": {\"orderId\": \"…\"}}");
    reader.finish()?;
    let tool = tool.unwrap_or_default();
    match snapshot.operation(tool) {
        Some(operation) => Ok((operation.clone(), input)),
        None => Err(unknown(snapshot, tool)),
    }
}

fn unknown(snapshot: &Snapshot, tool: &str) -> Answer {
    if tool.trim().to_ascii_lowercase().starts_with("codecall") {
        let message = format!("`{tool}` cannot be invoked; call it as a tool of its own");
        return refusal("SELF_REFERENCE", message, Vec::new());
    }
    let near = suggest::closest(tool, snapshot.operations.keys().map(String::as_str));
    let hint = match near.as_slice() {
        [] => "Search for a skill that grants it with codecall:searchSkills".to_owned(),
        names => format!("Did you mean {}?", names.join(", ")),
    };
    let finding = json!({"path": "/tool", "message": "No skill grants this operation", "hint": hint});
    refusal("NOT_FOUND", format!("Tool `{tool}` was not found. {hint}"), vec![finding])
}

/// The answer to an operation that succeeded.
pub fn succeeded(result: Value) -> Answer {
    Answer { structured: json!({"status": "ok", "result": result}), is_error: false }
}

/// The answer to an operation that failed; `error` is the object a script would have caught.
pub fn failed(operation: &Operation, input: &Value, error: Value) -> Answer {
    let mut described = json!({"source": "tool", "toolName": operation.tool(), "toolInput": input});
    if let (Value::Object(described), Value::Object(error)) = (&mut described, error) {
        described.extend(error);
    }
    Answer { structured: json!({"status": "tool_error", "error": described}), is_error: true }
}
