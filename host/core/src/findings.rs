//! What is wrong with a file, where, and how to mend it; and documents that remember positions.
//!
//! Never reads a file and never renders for a terminal: shells do both.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

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

/// Positions by JSON pointer (RFC 6901), the root being the empty string; computed when first asked for,
/// because a sound 13 MB description never needs them.
#[derive(Clone, Default)]
pub struct Marks(Arc<LazyMarks>);

#[derive(Default)]
struct LazyMarks {
    known: OnceLock<BTreeMap<String, Mark>>,
    find: Option<Box<FindMarks>>,
}

type FindMarks = dyn Fn() -> BTreeMap<String, Mark> + Send + Sync;

impl Marks {
    /// Positions that `find` computes from the source text, at most once.
    pub fn lazy(find: impl Fn() -> BTreeMap<String, Mark> + Send + Sync + 'static) -> Self {
        Self(Arc::new(LazyMarks { known: OnceLock::new(), find: Some(Box::new(find)) }))
    }

    /// The mark of exactly this pointer.
    pub fn get(&self, pointer: &str) -> Option<Mark> {
        self.all().get(pointer).copied()
    }

    /// All marks.
    pub fn all(&self) -> &BTreeMap<String, Mark> {
        self.0.known.get_or_init(|| self.0.find.as_ref().map(|find| find()).unwrap_or_default())
    }
}

impl From<BTreeMap<String, Mark>> for Marks {
    fn from(marks: BTreeMap<String, Mark>) -> Self {
        Self(Arc::new(LazyMarks { known: OnceLock::from(marks), find: None }))
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Marks").field(&self.0.known.get().map(BTreeMap::len)).finish()
    }
}

/// A parsed YAML or JSON file: a tree of values and, by JSON pointer, where each one stands.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The file as the author knows it.
    pub file: String,
    /// The values.
    pub value: Value,
    /// Where they stand. Empty for generated documents.
    pub marks: Marks,
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

    /// A value that is absent, or copied by an alias, answers with its nearest ancestor's place: the key
    /// if it has one, because that is where the eye looks for it.
    fn place(&self, pointer: &str, pick: impl Fn(Mark) -> (u32, u32)) -> Location {
        let mut known = pointer;
        let (line, column) = loop {
            if let Some(mark) = self.marks.get(known) {
                break if known.len() == pointer.len() { pick(mark) } else { mark.key.unwrap_or(mark.value) };
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
