//! `${env:NAME}` in values. Never reads the environment: a shell passes the look-up in.

use serde_json::Value;

use crate::findings::{Document, Finding, pointer};

/// Looks a variable up by its name.
pub type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

const OPEN: &str = "${env:";

/// Whether a text still waits for a variable: one in an overlay that was not selected.
pub(super) fn is_pending(text: &str) -> bool {
    text.contains(OPEN)
}

/// Replaces every `${env:NAME}` in the document's texts, once: a variable that holds a placeholder itself is refused. Keys are
/// left alone, and so are the overlays of environments other than `environment`, whose variables may not be set
/// here. Findings are about variables that are not set and placeholders that are not closed.
pub fn interpolate(document: &mut Document, environment: Option<&str>, lookup: &Lookup<'_>) -> Vec<Finding> {
    let mut value = std::mem::take(&mut document.value);
    let mut problems = Vec::new();
    walk(&mut value, "", environment, lookup, &mut problems);
    document.value = value;
    let finding = |(at, problem): (String, Problem)| {
        Finding::error(problem.code, problem.message).at(document.at(&at)).hint(problem.hint)
    };
    problems.into_iter().map(finding).collect()
}

struct Problem {
    code: &'static str,
    message: String,
    hint: String,
}

fn walk(
    value: &mut Value,
    at: &str,
    environment: Option<&str>,
    lookup: &Lookup<'_>,
    problems: &mut Vec<(String, Problem)>,
) {
    match value {
        Value::String(text) if text.contains(OPEN) => match replaced(text, lookup) {
            Ok(whole) => *text = whole,
            Err(found) => problems.extend(found.into_iter().map(|problem| (at.to_owned(), problem))),
        },
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                walk(item, &format!("{at}/{index}"), environment, lookup, problems);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                if at != "/environments" || environment == Some(key) {
                    walk(item, &pointer(at, key), environment, lookup, problems);
                }
            }
        }
        _ => {}
    }
}

fn replaced(text: &str, lookup: &Lookup<'_>) -> Result<String, Vec<Problem>> {
    let mut whole = String::new();
    let mut problems = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(OPEN) {
        whole += &rest[..start];
        let inside = &rest[start + OPEN.len()..];
        let Some((name, after)) = inside.split_once('}').filter(|(name, _)| is_name(name)) else {
            problems.push(Problem {
                code: "env-placeholder",
                message: "a `${env:` is not followed by a variable's name and `}`".to_owned(),
                hint: "write `${env:NAME}`".to_owned(),
            });
            rest = inside;
            continue;
        };
        match lookup(name) {
            Some(value) if is_pending(&value) => problems.push(Problem {
                code: "env-placeholder",
                message: format!("the environment variable `{name}` holds a placeholder itself"),
                hint: "placeholders are replaced once; set the variable to its final value".to_owned(),
            }),
            Some(value) => whole += &value,
            None => problems.push(Problem {
                code: "env-missing",
                message: format!("the environment variable `{name}` is not set"),
                hint: format!("set `{name}` where the manifest is read, or write the value here"),
            }),
        }
        rest = after;
    }
    whole += rest;
    if problems.is_empty() { Ok(whole) } else { Err(problems) }
}

fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
