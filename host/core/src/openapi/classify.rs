//! Which operations are resources, tools or both, and what a successful mutation announces.
//!
//! Decides from method and path only; never looks at payloads.

use std::collections::HashSet;

use http::Method;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::operation::Operation;
use super::scalar;

/// What URIs of operations begin with.
pub const SCHEME: &str = "mcp+op://";

/// What the fixed text of a path needs encoded to stand in a URI; what is encoded already stays as it is.
pub(crate) const LITERAL: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What `encodeURIComponent` encodes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// How an operation is exposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Expose {
    /// A tool only.
    #[default]
    Tool,
    /// A resource only.
    Resource,
    /// Both.
    Both,
}

/// What a successful call announces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Emit {
    /// `notifications/resources/updated` for this resource URI template.
    Updated(String),
    /// `notifications/resources/list_changed`, because of this resource URI template.
    ListChanged(String),
}

/// The verdict on one operation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Classification {
    /// How it is exposed.
    pub expose: Expose,
    /// `mcp+op://<spec>/<path>` for GET operations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_uri_template: Option<String>,
    /// What a success announces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emit: Option<Emit>,
}

/// Which announcement a [`Rule`] asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emits {
    /// Nothing.
    None,
    /// The operation's own resource.
    Own,
    /// Its parent's resource; nothing at the root.
    Parent,
}

/// An override from the manifest. The first rule that matches an operation applies; rules do not add up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    method: String,
    glob: String,
    expose: Option<Expose>,
    emits: Option<Emits>,
}

impl Rule {
    /// A rule for operations that match `pattern`: `METHOD /path/glob`, with `*` for any method, `*` for any run of
    /// characters other than `/` and `**` for any run at all. The error says what is wrong with the pattern.
    pub fn new(pattern: &str, expose: Option<Expose>, emits: Option<Emits>) -> Result<Self, String> {
        let Some((method, glob)) = pattern.trim().split_once(' ') else {
            return Err("a match is a method, one space, and a path, e.g. `GET /orders/*`".to_owned());
        };
        let method = method.to_uppercase();
        if method != "*" && !METHODS.contains(&method.as_str()) {
            return Err(format!("`{method}` is no method; use one of {}, or `*`", METHODS.join(", ")));
        }
        if !(glob.starts_with('/') || glob.starts_with('*')) || glob.contains(char::is_whitespace) {
            return Err(format!("`{glob}` is no path: it starts with `/` or `*` and has no spaces"));
        }
        Ok(Self { method, glob: glob.to_owned(), expose, emits })
    }

    fn matches(&self, method: &Method, path: &str) -> bool {
        (self.method == "*" || self.method == method.as_str())
            && glob_matches(self.glob.as_bytes(), path.as_bytes())
    }

    fn apply(&self, spec: &str, method: &Method, path: &str, verdict: &mut Classification) {
        verdict.expose = self.expose.unwrap_or(verdict.expose);
        let Some(emits) = self.emits else { return };
        let target = match emits {
            Emits::None => None,
            Emits::Own => Some(path.to_owned()),
            Emits::Parent => parent(path),
        };
        let lists = match &verdict.emit {
            Some(emit) => matches!(emit, Emit::ListChanged(_)),
            None => method == Method::DELETE,
        };
        verdict.emit = target.map(|path| emit(lists, spec, &path));
    }
}

const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"];

/// Classifies all operations of one spec, in order. Which GET operations exist decides about the others.
pub fn classify<'a>(
    spec: &str,
    operations: impl Iterator<Item = (&'a Method, &'a str)> + Clone,
    rules: &[Rule],
) -> Vec<Classification> {
    let readable: HashSet<&str> =
        operations.clone().filter(|(method, _)| **method == Method::GET).map(|(_, path)| path).collect();
    let verdict = |(method, path): (&Method, &str)| {
        let mut verdict = by_convention(spec, method, path, &readable);
        if let Some(rule) = rules.iter().find(|rule| rule.matches(method, path)) {
            rule.apply(spec, method, path, &mut verdict);
        }
        verdict
    };
    operations.map(verdict).collect()
}

fn by_convention(spec: &str, method: &Method, path: &str, readable: &HashSet<&str>) -> Classification {
    if *method == Method::GET {
        let expose = if ends_in_parameter(path) { Expose::Both } else { Expose::Resource };
        return Classification { expose, resource_uri_template: Some(uri_template(spec, path)), emit: None };
    }
    let own = readable.contains(path);
    let parent = parent(path).filter(|parent| readable.contains(parent.as_str()));
    let emit = match (method.as_str(), ends_in_parameter(path), own, parent) {
        ("POST", false, true, _) => Some(emit(true, spec, path)),
        ("POST" | "PUT" | "PATCH", _, true, _) => Some(emit(false, spec, path)),
        ("POST" | "PUT" | "PATCH", _, false, Some(parent)) => Some(emit(false, spec, &parent)),
        ("DELETE", true, _, Some(parent)) => Some(emit(true, spec, &parent)),
        ("DELETE", false, true, _) => Some(emit(true, spec, path)),
        _ => None,
    };
    Classification { expose: Expose::Tool, resource_uri_template: None, emit }
}

fn emit(lists: bool, spec: &str, path: &str) -> Emit {
    match lists {
        true => Emit::ListChanged(uri_template(spec, path)),
        false => Emit::Updated(uri_template(spec, path)),
    }
}

/// The resource URI template of a path of a spec.
pub fn uri_template(spec: &str, path: &str) -> String {
    format!("{SCHEME}{spec}/{}", path.strip_prefix('/').unwrap_or(path))
}

/// Whether the last non-empty segment is one `{…}`.
fn ends_in_parameter(path: &str) -> bool {
    let last = path.split('/').rfind(|segment| !segment.is_empty()).unwrap_or_default();
    last.len() >= 3 && last.starts_with('{') && last.ends_with('}')
}

/// The path without its last non-empty segment; `None` if there is at most one.
fn parent(path: &str) -> Option<String> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    (segments.len() > 1).then(|| format!("/{}", segments[..segments.len() - 1].join("/")))
}

/// Whether `text` matches `glob` from end to end. Needs at most `glob × text` steps, whatever the glob.
fn glob_matches(glob: &[u8], text: &[u8]) -> bool {
    // reachable[i]: the part of the glob read so far matches text[..i].
    let mut reachable = vec![false; text.len() + 1];
    reachable[0] = true;
    let mut rest = glob;
    while let Some((first, tail)) = rest.split_first() {
        let deep = *first == b'*' && tail.first() == Some(&b'*');
        rest = if deep { &tail[1..] } else { tail };
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match (*first, at) {
                (b'*', 0) => reachable[0],
                (b'*', _) => reachable[at] || (next[at - 1] && (deep || text[at - 1] != b'/')),
                (_, 0) => false,
                (literal, _) => reachable[at - 1] && text[at - 1] == literal,
            };
        }
        reachable = next;
    }
    reachable[text.len()]
}

/// Fills a resource URI template with own properties of `values`, percent-encoded. The error lists the
/// placeholders, in order, that have no text, number or boolean.
pub fn render(template: &str, values: &Map<String, Value>) -> Result<String, Vec<String>> {
    let mut uri = String::new();
    let mut missing = Vec::new();
    for part in parts(template) {
        match part {
            Part::Text(text) => uri.extend(utf8_percent_encode(text, LITERAL)),
            Part::Placeholder(name) => match values.get(name).and_then(scalar::text) {
                Some(value) => uri.extend(utf8_percent_encode(&value, COMPONENT)),
                None => missing.push(name.to_owned()),
            },
        }
    }
    if missing.is_empty() { Ok(uri) } else { Err(missing) }
}

/// A piece of a URI or path template.
pub(crate) enum Part<'a> {
    /// Taken as it is.
    Text(&'a str),
    /// The name between braces.
    Placeholder(&'a str),
}

/// Splits a template at its `{name}` placeholders; a name is one or more characters other than braces.
pub(crate) fn parts(template: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(name) = placeholder(rest) {
            rest = &rest[name.len() + 2..];
            return Some(Part::Placeholder(name));
        }
        let starts = rest.char_indices().skip(1).find(|(at, _)| placeholder(&rest[*at..]).is_some());
        let (text, tail) = rest.split_at(starts.map_or(rest.len(), |(at, _)| at));
        rest = tail;
        Some(Part::Text(text))
    })
}

/// The name of the placeholder that `text` starts with.
fn placeholder(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('{')?;
    let name = &inner[..inner.find(['{', '}'])?];
    (!name.is_empty() && inner[name.len()..].starts_with('}')).then_some(name)
}

/// A notification that a successful call owes its subscribers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Announcement {
    /// `notifications/resources/updated` with this URI.
    Updated(String),
    /// `notifications/resources/list_changed`.
    ListChanged,
}

/// What a successful call of `operation` with `input` announces. The error lists path parameters without a value.
pub fn announcement(operation: &Operation, input: &Value) -> Result<Option<Announcement>, Vec<String>> {
    let values = operation.path_values(input);
    match &operation.classification.emit {
        None => Ok(None),
        Some(Emit::Updated(template)) => {
            render(template, &values).map(|uri| Some(Announcement::Updated(uri)))
        }
        Some(Emit::ListChanged(template)) => {
            render(template, &values).map(|_| Some(Announcement::ListChanged))
        }
    }
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
