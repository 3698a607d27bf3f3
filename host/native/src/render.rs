//! Findings for people: message, place, the offending line, and a hint. Never colours, so that logs stay readable.

use std::collections::BTreeMap;
use std::fmt::Write;

use frontmcp_core::findings::{Finding, Location, Severity};

/// Longest piece of a line that is shown, in characters.
const WIDTH: usize = 120;

/// How many findings are errors and how many are warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// They refuse the deployment.
    pub errors: usize,
    /// They do not.
    pub warnings: usize,
}

/// A finding in whoever's words.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// `error` or `warning`.
    pub severity: &'a str,
    /// The kind of problem.
    pub code: &'a str,
    /// What is wrong.
    pub message: &'a str,
    /// Where, if it has a place.
    pub location: Option<&'a Location>,
    /// How to mend it.
    pub hint: Option<&'a str>,
}

impl<'a> From<&'a Finding> for Told<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            severity: match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            code: finding.code,
            message: &finding.message,
            location: finding.location.as_ref(),
            hint: finding.hint.as_deref(),
        }
    }
}

/// Counts findings.
pub fn count(findings: &[Finding]) -> Counts {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    Counts { errors, warnings: findings.len() - errors }
}

/// Sorts findings by file, line and column; those without a place come first.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| a.location.cmp(&b.location).then(a.severity.cmp(&b.severity)));
}

/// Every finding with its line of the source, then a summary. `sources` holds the texts by file name; a file that is
/// missing there is only named.
pub fn text(findings: &[Finding], sources: &BTreeMap<String, String>) -> String {
    told(&findings.iter().map(Told::from).collect::<Vec<_>>(), sources)
}

/// The same for findings that came from somewhere else.
pub fn told(findings: &[Told<'_>], sources: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    for finding in findings {
        one(&mut out, finding, sources);
        out.push('\n');
    }
    let errors = findings.iter().filter(|finding| finding.severity == "error").count();
    let warnings = findings.len() - errors;
    let _ = writeln!(out, "{errors} error{}, {warnings} warning{}", plural(errors), plural(warnings));
    out
}

fn one(out: &mut String, finding: &Told<'_>, sources: &BTreeMap<String, String>) {
    let _ = writeln!(out, "{}[{}]: {}", finding.severity, finding.code, finding.message);
    if let Some(place) = finding.location {
        let margin = " ".repeat(place.line.to_string().len());
        let _ = writeln!(out, "{margin}--> {}:{}:{}", place.file, place.line, place.column);
        if let Some(line) = line_of(place, sources) {
            frame(out, &margin, place, line);
        }
    }
    if let Some(hint) = &finding.hint {
        let margin = finding.location.map_or(1, |place| place.line.to_string().len());
        let _ = writeln!(out, "{} = help: {hint}", " ".repeat(margin));
    }
}

fn line_of<'a>(place: &Location, sources: &'a BTreeMap<String, String>) -> Option<&'a str> {
    let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
    let line = sources.get(&place.file)?.split('\n').nth(line)?.trim_end();
    (!line.trim().is_empty()).then_some(line)
}

/// The line and a caret under the place, cut to [`WIDTH`] around it.
fn frame(out: &mut String, margin: &str, place: &Location, line: &str) {
    let line = line.strip_prefix('\u{feff}').unwrap_or(line);
    let column = usize::try_from(place.column).unwrap_or(1).max(1) - 1;
    let start = if column >= WIDTH { column - WIDTH / 2 } else { 0 };
    let shown: String = line.chars().skip(start).take(WIDTH).map(visible).collect();
    let under = token(line, column).min(WIDTH + start - column);
    let _ = writeln!(out, "{margin} |");
    let _ = writeln!(out, "{} | {}", place.line, shown.trim_end());
    let _ = writeln!(out, "{margin} | {}{}", " ".repeat(column - start), "^".repeat(under.max(1)));
}

/// One character for one column, whatever a terminal would do with it.
fn visible(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}

/// How many characters the thing at `column` has: a quoted text, or up to a space or punctuation.
fn token(line: &str, column: usize) -> usize {
    let mut rest = line.chars().skip(column);
    match rest.next() {
        Some(quote @ ('"' | '\'')) => rest.position(|c| c == quote).map_or(1, |at| at + 2),
        Some('{' | '[' | '-') => 1,
        Some(_) => 1 + rest.take_while(|c| !c.is_whitespace() && !matches!(c, ':' | ',' | '}' | ']')).count(),
        None => 1,
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text_: &str, line: u32, column: u32) -> String {
        let place = Location { file: "a.yaml".to_owned(), line, column };
        let finding = Finding::error("bad", "it is bad").at(place).hint("mend it");
        text(&[finding], &BTreeMap::from([("a.yaml".to_owned(), text_.to_owned())]))
    }

    #[test]
    fn a_finding_points_at_its_token() {
        let expected = "error[bad]: it is bad\n --> a.yaml:2:4\n  |\n2 | ä: word, x\n  |    ^^^^\n  = help: mend it\n\n\
                        1 error, 0 warnings\n";
        assert_eq!(shown("a: 1\r\nä: word, x\r\n", 2, 4), expected);
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let shown = shown(&format!("{}HERE {}", "x".repeat(1000), "y".repeat(1000)), 1, 1001);
        assert!(shown.lines().all(|line| line.chars().count() < 140), "{shown}");
        assert!(shown.contains("HERE") && shown.contains("^^^^\n"), "{shown}");
    }

    #[test]
    fn places_outside_the_text_do_no_harm() {
        for (line, column) in [(0, 0), (1, 0), (9, 9), (1, 999), (u32::MAX, u32::MAX)] {
            assert!(shown("a: 1", line, column).contains("error[bad]"));
        }
    }
}
