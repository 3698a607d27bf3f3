//! A skill folder as parsed values: frontmatter, body, references. Never reads a file, never parses YAML.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::catalog::SkillFile;
use super::frontmatter::{self, Frontmatter};
use super::harvest::{self, FileRef, OperationRef};
use super::suggest;
use crate::findings::{Document, Finding, Location, has_errors};

/// The file every skill folder must have.
pub const SKILL_FILE: &str = "SKILL.md";

/// A skill folder as a shell found it.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// The folder's own name.
    pub name: String,
    /// The folder as the author knows it, e.g. `skills/refund-order`; findings name files below it.
    pub path: String,
    /// Every file by its path relative to the folder, with `/` between parts.
    pub files: BTreeMap<String, Bytes>,
}

/// A skill folder as parsed, before its references are resolved against the specs.
#[derive(Debug, Clone)]
pub struct SkillSource {
    /// What the skill says about itself.
    pub about: Frontmatter,
    /// The whole frontmatter as JSON.
    pub frontmatter: Value,
    /// The frontmatter with positions, for findings about it.
    pub document: Document,
    /// The Markdown body of SKILL.md.
    pub instructions: String,
    /// Mentions of operations: SKILL.md first, then references, then examples; repeats included.
    pub operations: Vec<OperationRef>,
    /// Every file of the folder, SKILL.md included.
    pub files: BTreeMap<String, SkillFile>,
}

/// Parses YAML text into values with positions; a shell supplies it. Takes the file's name and the text.
pub type ReadYaml<'a> = dyn FnMut(&str, &str) -> Result<Document, Vec<Finding>> + 'a;

/// SKILL.md cut in two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split<'a> {
    /// The text between the `---` lines.
    pub frontmatter: &'a str,
    /// The 1-based line on which it starts.
    pub line: u32,
    /// Everything after the closing line.
    pub body: &'a str,
}

/// Cuts SKILL.md at its `---` lines. A byte order mark and CRLF line ends are accepted.
pub fn split<'a>(file: &str, text: &'a str) -> Result<Split<'a>, Finding> {
    let location = |line| Location { file: file.to_owned(), line, column: 1 };
    let start = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (opening, mut rest) = cut_line(start);
    if opening.trim_end() != "---" {
        return Err(Finding::error("frontmatter-missing", "SKILL.md must start with its frontmatter")
            .at(location(1))
            .hint("Make `---` the first line, then `name: …` and `description: …`, then `---` again"));
    }
    let inside = rest;
    while !rest.is_empty() {
        let (line, next) = cut_line(rest);
        if line.trim_end() == "---" {
            let frontmatter = &inside[..inside.len() - rest.len()];
            return Ok(Split { frontmatter, line: 2, body: next });
        }
        rest = next;
    }
    Err(Finding::error("frontmatter-unclosed", "The frontmatter that starts here is never closed")
        .at(location(1))
        .hint("Put a line with only `---` after the last frontmatter key"))
}

/// The first line without its `\n`, and the rest.
fn cut_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

/// Parses one skill folder. Warnings may accompany it; with errors there is no skill.
pub fn parse(folder: Folder, yaml: &mut ReadYaml<'_>) -> (Option<SkillSource>, Vec<Finding>) {
    let mut findings = Vec::new();
    let parsed = parse_into(folder, yaml, &mut findings);
    let usable = !has_errors(&findings);
    (parsed.filter(|_| usable), findings)
}

fn parse_into(folder: Folder, yaml: &mut ReadYaml<'_>, findings: &mut Vec<Finding>) -> Option<SkillSource> {
    let operations = harvest_folder(&folder, findings);
    let file = format!("{}/{SKILL_FILE}", folder.path);
    let text = skill_text(&folder, &file).map_err(|finding| findings.push(finding)).ok()?;
    let parts = split(&file, text).map_err(|finding| findings.push(finding)).ok()?;
    // Empty lines in front make the YAML reader count lines as the author does.
    let above = "\n".repeat(parts.line as usize - 1);
    let document = yaml(&file, &format!("{above}{}", parts.frontmatter));
    let document = document.map_err(|problems| findings.extend(problems)).ok()?;
    let (about, problems) = frontmatter::read(&document, &folder.name);
    findings.extend(problems);
    if parts.body.trim().is_empty() {
        findings.push(
            Finding::warning("skill-body-empty", "The skill has no instructions")
                .at(Location { file, line: 1, column: 1 })
                .hint("Describe the steps in Markdown below the frontmatter"),
        );
    }
    // In a bundle's order, so that files and the bundle made of them read the same.
    let mut frontmatter = document.value.clone();
    frontmatter.sort_all_objects();
    Some(SkillSource {
        about: about?,
        frontmatter,
        instructions: parts.body.to_owned(),
        document,
        operations,
        files: folder.files.into_iter().map(|(path, bytes)| (path, digest(bytes))).collect(),
    })
}

fn skill_text<'a>(folder: &'a Folder, file: &str) -> Result<&'a str, Finding> {
    let start = Location { file: file.to_owned(), line: 1, column: 1 };
    let Some(bytes) = folder.files.get(SKILL_FILE) else {
        return Err(Finding::error("skill-file-missing", "The skill folder has no SKILL.md")
            .at(start)
            .hint("Add SKILL.md, or move the folder out of the skills folder"));
    };
    std::str::from_utf8(bytes).map_err(|_| not_utf8(bytes, start))
}

fn not_utf8(bytes: &[u8], start: Location) -> Finding {
    let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Finding::error("not-utf8", "The file is not UTF-8")
        .at(Location { line: narrow(line), column: narrow(column), ..start })
        .hint("Save it as UTF-8")
}

/// References in SKILL.md, references/ and examples/, checked as far as the folder itself tells.
fn harvest_folder(folder: &Folder, findings: &mut Vec<Finding>) -> Vec<OperationRef> {
    let mut operations = Vec::new();
    for (path, bytes) in scanned_files(folder) {
        let file = format!("{}/{path}", folder.path);
        let start = Location { file: file.clone(), line: 1, column: 1 };
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                let found = harvest::harvest(&file, text);
                findings.extend(found.findings);
                findings.extend(found.files.iter().filter_map(|reference| missing_file(folder, reference)));
                operations.extend(found.operations);
            }
            Err(_) if path == SKILL_FILE => {}
            Err(_) => findings.push(not_utf8(bytes, start)),
        }
    }
    operations
}

/// SKILL.md first, then the Markdown files of references/ and of examples/, each in order of name.
fn scanned_files(folder: &Folder) -> impl Iterator<Item = (&str, &Bytes)> {
    let below = |start: &'static str| {
        let files = folder.files.iter().map(|(path, bytes)| (path.as_str(), bytes));
        files.filter(move |(path, _)| path.starts_with(start) && is_markdown(path))
    };
    let main = folder.files.get_key_value(SKILL_FILE).map(|(path, bytes)| (path.as_str(), bytes));
    main.into_iter().chain(below("references/")).chain(below("examples/"))
}

/// Whether a path names a Markdown file.
pub fn is_markdown(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("md"))
}

fn missing_file(folder: &Folder, reference: &FileRef) -> Option<Finding> {
    let path = reference.path.strip_prefix("./").unwrap_or(&reference.path);
    if folder.files.contains_key(path) || folder.files.contains_key(&format!("references/{path}")) {
        return None;
    }
    let known = folder.files.keys().map(|path| path.strip_prefix("references/").unwrap_or(path));
    let mut finding = Finding::error("unknown-file", format!("The skill has no file `{path}`"))
        .at(reference.location.clone());
    finding.hint = suggest::hint(path, known);
    Some(finding)
}

fn digest(bytes: Bytes) -> SkillFile {
    let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    SkillFile { bytes, sha256 }
}

#[cfg(test)]
#[path = "markdown_tests.rs"]
mod tests;
