//! HTTP response → value or tool error. Never loses data, never shows a credential.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{Form, Outcome, Redactions, ToolError};
use crate::openapi::operation::Operation;
use crate::openapi::responses;
use crate::ports::{FetchError, Inbound};

/// Bytes of an error's message.
const MAX_MESSAGE: usize = 500;
/// Bytes of an error answer's body that go to the script.
const MAX_DETAILS: usize = 16 << 10;

/// Reads an answer.
pub(super) fn read(
    operation: &Operation,
    answer: &Inbound,
    redactions: &Redactions,
) -> Result<Outcome, ToolError> {
    if !answer.status.is_success() {
        return Err(refused(operation, answer, redactions));
    }
    let (value, form, mut warnings) = value(answer, redactions);
    if let Some(schema) = &operation.output_schema
        && let Err(violations) = operation.checks.output(schema, &value)
    {
        let violations = violations.iter().map(|each| {
            let path = if each.path.is_empty() { "/" } else { &each.path };
            redactions.scrub(&format!("the answer differs from its schema at {path}: {}", each.message))
        });
        warnings.extend(violations);
    }
    Ok(Outcome { value, status: answer.status.as_u16(), warnings, form })
}

/// The body as a value, how it was read, and what is odd about it.
fn value(answer: &Inbound, redactions: &Redactions) -> (Value, Form, Vec<String>) {
    if answer.body.is_empty() {
        return (Value::Null, Form::Nothing, Vec::new());
    }
    let written = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = responses::essence(written);
    let mut warnings = Vec::new();
    if responses::is_json(&kind) {
        match serde_json::from_slice::<Value>(&answer.body) {
            Ok(mut value) => {
                redactions.scrub_value(&mut value);
                return (value, Form::Json(kind), warnings);
            }
            Err(_) => {
                warnings.push(format!("the answer says {kind} but is no valid JSON; it is given as text"));
            }
        }
    }
    let textual = warnings.len() == 1 || kind.is_empty() || responses::is_text(&kind);
    match std::str::from_utf8(&answer.body) {
        Ok(text) if textual => {
            let plain = kind.is_empty() || responses::is_json(&kind);
            let kind = if plain { "text/plain".to_owned() } else { kind };
            (Value::String(redactions.scrub(text)), Form::Text(kind), warnings)
        }
        _ => {
            let kind = if kind.is_empty() { "application/octet-stream".to_owned() } else { kind };
            let value = bytes(&answer.body, written, redactions, &mut warnings);
            (value, Form::Bytes(kind), warnings)
        }
    }
}

fn bytes(body: &[u8], content_type: &str, redactions: &Redactions, warnings: &mut Vec<String>) -> Value {
    let content_type = if content_type.is_empty() { "application/octet-stream" } else { content_type };
    if redactions.occur_in(body) {
        warnings.push("the answer contains a credential and was withheld".to_owned());
        return json!({ "contentType": content_type, "base64": "" });
    }
    json!({ "contentType": content_type, "base64": STANDARD.encode(body) })
}

/// An answer that is no success.
fn refused(operation: &Operation, answer: &Inbound, redactions: &Redactions) -> ToolError {
    let status = answer.status;
    let (body, _, _) = value(answer, redactions);
    let message = match status.is_redirection() {
        true => "the upstream answered with a redirect, which is not followed; mend the base URL".to_owned(),
        false => message(&body)
            .unwrap_or_else(|| status.canonical_reason().unwrap_or("no reason given").to_owned()),
    };
    let message = truncated(&message, MAX_MESSAGE);
    ToolError {
        code: code(status),
        message: format!("`{}` answered {}: {message}", operation.tool(), status.as_u16()),
        status: Some(status.as_u16()),
        details: details(body).map(Box::new),
        retry_after_s: retry_after(&answer.headers),
    }
}

fn code(status: StatusCode) -> String {
    match status.as_u16() {
        401 | 403 => "ACCESS_DENIED".to_owned(),
        404 | 410 => "NOT_FOUND".to_owned(),
        409 | 412 => "CONFLICT".to_owned(),
        400 | 422 => "UPSTREAM_VALIDATION".to_owned(),
        429 => "RATE_LIMITED".to_owned(),
        408 | 504 => "TIMEOUT".to_owned(),
        status => format!("HTTP_{status}"),
    }
}

/// The most telling text of an error body: problem+json (RFC 9457), or the usual members of other APIs.
fn message(body: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
    if let Value::String(whole) = body {
        return text(body).filter(|_| !whole.trim_start().starts_with('<'));
    }
    let member = |key: &str| body.get(key).and_then(text);
    if let (Some(title), Some(detail)) = (member("title"), member("detail")) {
        return Some(format!("{title}: {detail}"));
    }
    let nested = || body.get("error").and_then(|error| error.get("message")).and_then(text);
    let first = || body.get("errors")?.get(0)?.get("message").and_then(text);
    ["detail", "message", "error_description", "title"]
        .iter()
        .find_map(|key| member(key))
        .or_else(nested)
        .or_else(first)
        .or_else(|| member("error"))
}

/// The body, unless there is none; cut to a text if it is too long.
fn details(body: Value) -> Option<Value> {
    if body.is_null() {
        return None;
    }
    let text = body.to_string();
    if text.len() <= MAX_DETAILS {
        return Some(body);
    }
    let text = body.as_str().map_or(text, str::to_owned);
    Some(json!({ "truncated": true, "text": truncated(&text, MAX_DETAILS) }))
}

/// `Retry-After` in seconds. A date is left to the script: there is no clock here.
fn retry_after(headers: &HeaderMap) -> Option<u64> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

fn truncated(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", &text[..end])
}

/// Why there is no answer at all.
pub(super) fn unreachable(error: &FetchError) -> ToolError {
    match error {
        FetchError::ForbiddenAddress(address) => ToolError::new(
            "FORBIDDEN_DESTINATION",
            format!(
                "the upstream resolves to {address}, which is private or reserved, and the operator did not allow it"
            ),
        ),
        FetchError::Unresolved => ToolError::new("UNREACHABLE", "the upstream's host name does not resolve"),
        FetchError::Timeout => ToolError::new("TIMEOUT", "the upstream did not answer in time"),
        FetchError::TooLarge(limit) => ToolError::new(
            "RESPONSE_TOO_LARGE",
            format!("the upstream's answer is larger than {limit} bytes"),
        ),
        FetchError::Unreachable(kind) => {
            ToolError::new("UNREACHABLE", format!("the upstream is not reachable: {kind}"))
        }
    }
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
