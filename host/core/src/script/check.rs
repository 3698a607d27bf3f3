//! The first wall: parse, refuse what a script must not say, strip types. Never runs anything.

use serde::Serialize;

use crate::findings::Severity;

/// What a script may name besides the language itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScopeNames {
    /// Global objects granted to the script, e.g. `acme`. The fixed globals (`callTool`, `getTool`,
    /// `parallel`, `mcpLog`, `mcpNotify`, `console`, `skills`, `ctx`) are always there.
    pub namespaces: Vec<String>,
}

/// A script that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Plain JavaScript, the body of an async function; positions equal the author's.
    pub code: String,
    /// Whether types were stripped.
    pub typescript: bool,
}

/// A place in the script, 1-based, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ScriptLocation {
    /// 1-based line.
    pub line: u32,
    /// 1-based column in characters.
    pub column: u32,
}

/// One thing a script must not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScriptFinding {
    /// The rule, kebab-case, e.g. `no-eval`.
    pub rule: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub location: ScriptLocation,
    /// What to write instead.
    pub hint: String,
    /// Always an error here; kept for symmetry with file findings.
    #[serde(skip)]
    pub severity: Severity,
}

/// Why a script was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Longer than the limit, in bytes.
    TooLarge {
        /// Bytes of the script.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Neither JavaScript nor TypeScript.
    Syntax {
        /// The parser's message.
        message: String,
        /// Where it noticed.
        location: ScriptLocation,
        /// The lines around it with a caret.
        frame: String,
    },
    /// It names or does what no script may.
    Illegal {
        /// `IllegalBuiltinAccess` or `DisallowedGlobal`: the kind of the first finding.
        kind: &'static str,
        /// Every offence, in source order.
        findings: Vec<ScriptFinding>,
    },
}

/// Checks one script: the body of an async function in JavaScript or TypeScript.
pub fn check(source: &str, scope: &ScopeNames, max_bytes: usize) -> Result<Checked, Refusal> {
    let _ = (source, scope, max_bytes);
    todo!("script::check")
}
