//! What is wrong with a file, where, and how to mend it; and documents that remember positions.
//!
//! Never reads a file and never renders for a terminal: shells do both.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// How bad a finding is. Errors refuse the deployment, warnings do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The deployment cannot be served.
    Error,
    /// It can be served, but probably not as meant.
    Warning,
}

/// A place in a file. Lines and columns are 1-based; columns count characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Location {
    /// The file as the author knows it, relative to the manifest where possible.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column, in characters.
    pub column: u32,
}

/// One problem, precise enough to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Error or warning.
    pub severity: Severity,
    /// A stable, kebab-case name for the kind of problem, e.g. `unknown-key`.
    pub code: &'static str,
    /// What is wrong, one sentence without a trailing dot.
    pub message: String,
    /// Where, if it has a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    /// An error without place or hint; add them with [`Finding::at`] and [`Finding::hint`].
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), location: None, hint: None }
    }

    /// A warning without place or hint.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// The same finding with its place.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// The same finding with a way to mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Whether any finding is an error.
pub fn has_errors(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

/// Line and column of a value, and of the key that names it (absent for array items and the root).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// 1-based line and column of the value.
    pub value: (u32, u32),
    /// 1-based line and column of its key.
    pub key: Option<(u32, u32)>,
}

/// A parsed YAML or JSON file: a tree of values and, by JSON pointer (RFC 6901), where each one stands.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The file as the author knows it.
    pub file: String,
    /// The values.
    pub value: Value,
    /// Positions by JSON pointer; the root is the empty string. May be empty for generated documents.
    pub marks: BTreeMap<String, Mark>,
}

impl Document {
    /// Where the value at `pointer` stands; the nearest known parent's place if it is absent.
    pub fn at(&self, pointer: &str) -> Location {
        self.place(pointer, |mark| mark.value)
    }

    /// Where the key of the value at `pointer` stands; the value's own place if it has no key.
    pub fn key_at(&self, pointer: &str) -> Location {
        self.place(pointer, |mark| mark.key.unwrap_or(mark.value))
    }

    fn place(&self, pointer: &str, pick: impl Fn(&Mark) -> (u32, u32)) -> Location {
        let mut known = pointer;
        let (line, column) = loop {
            if let Some(mark) = self.marks.get(known) {
                break if known.len() == pointer.len() { pick(mark) } else { mark.value };
            }
            match known.rfind('/') {
                Some(end) => known = &known[..end],
                None => break (1, 1),
            }
        };
        Location { file: self.file.clone(), line, column }
    }
}

/// Appends one reference token to a JSON pointer, escaped as RFC 6901 section 3 asks.
pub fn pointer(parent: &str, token: &str) -> String {
    format!("{parent}/{}", token.replace('~', "~0").replace('/', "~1"))
}
