//! The `invoke` tool: one granted operation without a script.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Answer;
use super::arguments::{Arguments, refusal};
use crate::openapi::operation::Operation;
use crate::registry::snapshot::Snapshot;
use crate::skill::suggest;
use crate::upstream::ToolError;

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

/// The operation that `answer`, from [`parse`], says is not to be had; `None` if it says something else.
pub fn unavailable<'a>(arguments: &'a Value, answer: &Answer) -> Option<(&'a str, ToolError)> {
    let text = |member: &str| answer.structured.get("error")?.get(member)?.as_str();
    let code = text("code").filter(|code| ["NOT_FOUND", "SELF_REFERENCE"].contains(code))?;
    let tool = arguments.get("tool")?.as_str()?;
    Some((tool, ToolError::new(code, text("message").unwrap_or_default())))
}

/// The answer to an operation that succeeded.
pub fn succeeded(result: Value) -> Answer {
    let mut structured = Map::new();
    structured.insert("status".to_owned(), "ok".into());
    structured.insert("result".to_owned(), result);
    Answer { structured: Value::Object(structured), is_error: false }
}

/// The answer to an operation that failed; `error` is the object a script would have caught.
pub fn failed(operation: &Operation, input: &Value, error: Value) -> Answer {
    let mut described = json!({"source": "tool", "toolName": operation.tool(), "toolInput": input});
    if let (Value::Object(described), Value::Object(error)) = (&mut described, error) {
        described.extend(error);
    }
    Answer { structured: json!({"status": "tool_error", "error": described}), is_error: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::fixtures::shop;

    fn code(arguments: &Value) -> String {
        let refused = parse(&shop(), arguments).unwrap_err();
        assert!(refused.is_error);
        refused.structured["error"]["code"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_granted_operation_is_found_by_tool_name() {
        let (operation, input) =
            parse(&shop(), &json!({"tool": "acme.getOrder", "input": {"orderId": "1"}})).unwrap();
        assert_eq!((operation.id.as_str(), input), ("getOrder", json!({"orderId": "1"})));
        assert_eq!(parse(&shop(), &json!({"tool": "acme.getTree"})).unwrap().1, json!({}));
    }

    #[test]
    fn what_no_skill_grants_is_not_found_and_meta_tools_are_not_invoked() {
        assert_eq!(code(&json!({"tool": "acme.dropEverything"})), "NOT_FOUND");
        assert_eq!(code(&json!({"tool": " CodeCall:execute"})), "SELF_REFERENCE");
        assert_eq!(code(&json!({"tool": "acme.getOrder", "input": [], "x": 1})), "invalid_arguments");
        assert_eq!(code(&json!({})), "invalid_arguments");
    }

    #[test]
    fn a_failure_names_the_tool_and_carries_the_scripts_error() {
        let shop = shop();
        let operation = shop.operation("acme.getTree").unwrap();
        let answer = failed(operation, &json!({}), json!({"code": "HTTP_404", "message": "gone"}));
        assert_eq!(answer.structured["error"]["toolName"], "acme.getTree");
        assert_eq!(answer.structured["error"]["code"], "HTTP_404");
    }
}
