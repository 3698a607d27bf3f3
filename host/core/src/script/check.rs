//! The first wall: parse, refuse what a script must not say, strip types. Never runs anything.

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_diagnostics::OxcDiagnostic;
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_semantic::{Scoping, SemanticBuilder};
use oxc_span::SourceType;
use serde::Serialize;

use super::findings::Findings;
use super::mentions::Mentions;
use super::{depth, preflight, scan, strip, text};
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
    /// What it can name of its scope.
    pub mentions: Mentions,
}

impl Checked {
    fn new(code: String, typescript: bool, scope: &ScopeNames) -> Self {
        let mentions = Mentions::of(&code, &scope.namespaces);
        Self { code, typescript, mentions }
    }
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
///
/// `max_bytes` bounds the source. Time and memory are linear in it, and the stack is bounded whatever the text.
pub fn check(source: &str, scope: &ScopeNames, max_bytes: usize) -> Result<Checked, Refusal> {
    if source.len() > max_bytes {
        return Err(Refusal::TooLarge { bytes: source.len(), limit: max_bytes });
    }
    if source.trim_start().starts_with("```") {
        let message = "this is Markdown: send the code without its fence".to_owned();
        return Err(Problem { offset: source.len() - source.trim_start().len(), message }.refusal(source));
    }
    let mut findings = Findings::new(source);
    scan::characters(source, &mut findings);
    depth::bound(source, &mut findings).map_err(|problem| problem.refusal(source))?;
    if let Some(refusal) = findings.into_refusal() {
        return Err(refusal);
    }
    let allocator = Allocator::default();
    match examine(&allocator, source, scope, SourceType::mjs()) {
        Ok(code) => Ok(Checked::new(code, false, scope)),
        Err(javascript) => as_typescript(&allocator, source, scope, javascript),
    }
}

/// Why one reading of the text, as JavaScript or as TypeScript, does not do.
enum Rejected {
    /// It does not parse, noticed at this byte offset.
    Syntax { offset: usize, refusal: Refusal },
    /// It parses and says what it must not.
    Illegal(Refusal),
    /// It was read as JavaScript and parses, but uses TypeScript.
    Typed,
}

/// The second reading. Of two syntax errors the one that got further is the useful one.
fn as_typescript(
    allocator: &Allocator,
    source: &str,
    scope: &ScopeNames,
    javascript: Rejected,
) -> Result<Checked, Refusal> {
    // `f<T>(x)` is a comparison in JavaScript, so a refusal there may not be the last word.
    if let Rejected::Illegal(refusal) = javascript {
        let typed = source
            .contains('<')
            .then(|| examine(allocator, source, scope, SourceType::ts().with_module(true)));
        return match typed {
            Some(Ok(code)) => Ok(Checked::new(code, true, scope)),
            _ => Err(refusal),
        };
    }
    let typed = match examine(allocator, source, scope, SourceType::ts().with_module(true)) {
        Ok(code) => return Ok(Checked::new(code, true, scope)),
        Err(rejected) => rejected,
    };
    Err(match (typed, javascript) {
        (Rejected::Syntax { offset: typed, refusal: _ }, Rejected::Syntax { offset: plain, refusal })
            if typed <= plain =>
        {
            refusal
        }
        (Rejected::Syntax { refusal, .. } | Rejected::Illegal(refusal), _) => refusal,
        (Rejected::Typed, _) => unreachable!("only the JavaScript reading looks for types"),
    })
}

/// Parses in one language and returns plain JavaScript if nothing is wrong.
fn examine(
    allocator: &Allocator,
    source: &str,
    scope: &ScopeNames,
    language: SourceType,
) -> Result<String, Rejected> {
    // The module goal gives strict mode and top-level `await`, as the body of an async function has them.
    let options = ParseOptions {
        parse_regular_expression: true,
        allow_return_outside_function: true,
        ..ParseOptions::default()
    };
    let ParserReturn { program, diagnostics, .. } =
        Parser::new(allocator, source, language).with_options(options).parse();
    if let Some(error) = diagnostics.errors().next() {
        return Err(syntax(source, error));
    }
    let analysed = SemanticBuilder::new_compiler().with_enum_eval(language.is_typescript()).build(&program);
    let scoping = analysed.semantic.into_scoping();
    let seen = preflight::inspect(&program, &scoping, source, scope);
    if seen.types && !language.is_typescript() {
        return Err(Rejected::Typed);
    }
    let broken = analysed.diagnostics.errors().next();
    if let Some(error) = broken.filter(|_| !seen.findings.breaks("no-with")) {
        return Err(syntax(source, error));
    }
    if let Some(refusal) = seen.findings.into_refusal() {
        return Err(Rejected::Illegal(refusal));
    }
    if let Some(problem) = seen.unsupported {
        return Err(unsupported(problem, source));
    }
    runnable(&program, &scoping, source)
}

/// The text the engine runs: the author's own, without types.
fn runnable(program: &Program<'_>, scoping: &Scoping, source: &str) -> Result<String, Rejected> {
    let mut code = if program.source_type.is_typescript() {
        strip::strip(program, scoping, source).map_err(|problem| unsupported(problem, source))?
    } else {
        source.to_owned()
    };
    if program.hashbang.is_some() {
        code.replace_range(0..2, "//");
    }
    Ok(code)
}

/// It parses, so this reading got further than any that does not.
fn unsupported(problem: Problem, source: &str) -> Rejected {
    Rejected::Syntax { offset: usize::MAX, refusal: problem.refusal(source) }
}

/// A problem with the text itself, at a byte offset.
#[derive(Debug)]
pub(super) struct Problem {
    pub offset: usize,
    pub message: String,
}

impl Problem {
    /// The syntax refusal with its place and a code frame.
    pub(super) fn refusal(self, source: &str) -> Refusal {
        let location = text::locate(source, self.offset);
        Refusal::Syntax { message: self.message, location, frame: text::frame(source, location) }
    }
}

#[cold]
fn syntax(source: &str, error: &OxcDiagnostic) -> Rejected {
    let offset = error.labels.first().map_or(source.len(), |label| label.offset() as usize);
    let offset = text::floor_boundary(source, offset);
    let mut message = error.message.to_string();
    if let Some(help) = &error.help {
        message.push_str(". ");
        message.push_str(help);
    }
    Rejected::Syntax { offset, refusal: Problem { offset, message }.refusal(source) }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
