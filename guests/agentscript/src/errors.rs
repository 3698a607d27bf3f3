//! From what a script threw to what the host is told: kind, name, message, the script's own frames.

use rquickjs::{Coerced, Ctx, Object, Value};

use crate::heap;
use crate::wit::{Error, ErrorKind};

/// The file name under which scripts are compiled; frames of other files are ours.
pub(crate) const SCRIPT: &str = "script";

/// Describes a thrown value. `shown` is its text, for values that are not errors.
pub(crate) fn describe(thrown: &Value<'_>, shown: &Value<'_>, tool_error_json: Option<String>) -> Error {
    let Some(object) = thrown.as_object().filter(|object| object.is_error()) else {
        return describe_other(thrown, shown);
    };
    let name = text(object, "name");
    let message = text(object, "message");
    Error {
        kind: kind(&name, &message),
        stack: frames(&text(object, "stack")),
        name,
        message,
        tool_error_json,
    }
}

/// One line about a rejection that nobody handled.
pub(crate) fn line(reason: &Value<'_>) -> String {
    match reason.as_object().filter(|object| object.is_error()) {
        Some(error) => format!("{}: {}", text(error, "name"), text(error, "message")),
        None => "something that is not an Error".into(),
    }
}

/// Describes the exception pending on the context, taking it.
pub(crate) fn pending(ctx: &Ctx<'_>) -> Error {
    let thrown = ctx.catch();
    describe(&thrown, &Value::new_undefined(ctx.clone()), None)
}

/// Something thrown that is no `Error`. QuickJS throws null when there is no memory for an error.
fn describe_other(thrown: &Value<'_>, shown: &Value<'_>) -> Error {
    let starved = thrown.is_null() && heap::refused();
    let message = match shown.as_string().and_then(|text| text.to_string().ok()) {
        _ if starved => "out of memory".into(),
        Some(text) => format!("thrown: {text}"),
        None => "something that is not an Error was thrown".into(),
    };
    Error {
        kind: if starved { ErrorKind::OutOfMemory } else { ErrorKind::Exception },
        name: if starved { "InternalError".into() } else { "Error".into() },
        message,
        stack: String::new(),
        tool_error_json: None,
    }
}

fn kind(name: &str, message: &str) -> ErrorKind {
    match (name, message) {
        ("InternalError", "out of memory") => ErrorKind::OutOfMemory,
        ("RangeError", "Maximum call stack size exceeded") => ErrorKind::StackOverflow,
        ("InternalError", "stack overflow") => ErrorKind::StackOverflow,
        _ => ErrorKind::Exception,
    }
}

/// A property as text; empty when there is none or its getter throws.
fn text(object: &Object<'_>, key: &str) -> String {
    match object.get::<_, Option<Coerced<rquickjs::String>>>(key) {
        Ok(text) => text.map(|text| lossy(text.0)).unwrap_or_default(),
        Err(_) => {
            object.ctx().catch();
            String::new()
        }
    }
}

/// JavaScript strings may hold half a surrogate pair, which Unicode text cannot.
fn lossy(text: rquickjs::String<'_>) -> String {
    let Ok(text) = text.to_cstring() else { return String::new() };
    // SAFETY: pointer and length are those of a live C string.
    let bytes = unsafe { std::slice::from_raw_parts(text.as_ptr().cast::<u8>(), text.len()) };
    String::from_utf8_lossy(bytes).into_owned()
}

/// The frames inside the script, as `at name (script:line:column)`.
fn frames(stack: &str) -> String {
    let mut kept = String::new();
    for line in stack.lines().map(str::trim).filter(|line| is_script_frame(line)) {
        if !kept.is_empty() {
            kept.push('\n');
        }
        match line.strip_prefix("at <anonymous> (").and_then(|rest| rest.strip_suffix(')')) {
            Some(place) => kept.extend(["at ", place]),
            None => kept.push_str(line),
        }
    }
    kept
}

fn is_script_frame(line: &str) -> bool {
    let place = line.strip_suffix(')').unwrap_or(line);
    let mut parts = place.rsplitn(3, ':');
    let (_column, _line, file) = (parts.next(), parts.next(), parts.next());
    file.is_some_and(|file| file.ends_with(&format!("({SCRIPT}")) || file == format!("at {SCRIPT}"))
}
