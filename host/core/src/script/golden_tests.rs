//! Runs the corpora of accepted and refused scripts through the check. Never runs a script.
#![expect(clippy::disallowed_methods, reason = "the corpora are files")]

use std::fs;
use std::path::{Path, PathBuf};

use super::check::{Refusal, ScopeNames, check};

const MAX_BYTES: usize = 100 * 1_024;

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(name)
}

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(scripts(&path));
        } else if path.extension().is_some_and(|extension| extension == "js" || extension == "ts") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn scope() -> ScopeNames {
    ScopeNames { namespaces: vec!["acme".to_owned(), "billing".to_owned()] }
}

/// `rule line:column` of each finding.
fn refusals(source: &str) -> Vec<String> {
    match check(source, &scope(), MAX_BYTES) {
        Ok(_) => vec!["accepted".to_owned()],
        Err(Refusal::TooLarge { .. }) => vec!["too-large".to_owned()],
        Err(Refusal::Syntax { location, .. }) => {
            vec![format!("syntax {}:{}", location.line, location.column)]
        }
        Err(Refusal::Illegal { findings, .. }) => findings
            .iter()
            .map(|found| format!("{} {}:{}", found.rule, found.location.line, found.location.column))
            .collect(),
    }
}

#[test]
fn ordinary_scripts_are_accepted() {
    let mut wrong = Vec::new();
    let scripts = scripts(&corpus("accept"));
    assert!(scripts.len() >= 160, "the corpus has gone missing");
    for path in &scripts {
        let source = fs::read_to_string(path).unwrap();
        let typescript = path.extension().is_some_and(|extension| extension == "ts");
        match check(&source, &scope(), MAX_BYTES) {
            Ok(checked) if checked.typescript == typescript => {
                assert_eq!(checked.code.lines().count(), source.lines().count(), "{}", path.display());
            }
            Ok(_) => wrong.push(format!("{}: taken for the other language", path.display())),
            Err(refusal) => wrong.push(format!("{}: {refusal:#?}", path.display())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const MARK: &str = "// refuse: ";

/// The findings a script's first lines announce, and the script below them.
fn announced(source: &str) -> (Vec<String>, &str) {
    let mut rest = source;
    let mut findings = Vec::new();
    while let Some(line) = rest.strip_prefix(MARK) {
        let (finding, below) = line.split_once('\n').unwrap_or((line, ""));
        findings.push(finding.to_owned());
        rest = below;
    }
    (findings, rest)
}

/// Writes what the check says now into the first lines, which move the places it names.
fn blessed(body: &str) -> String {
    let mut source = body.to_owned();
    for _ in 0..4 {
        let lines: String = refusals(&source).iter().map(|finding| format!("{MARK}{finding}\n")).collect();
        source = lines + body;
    }
    source
}

/// To take over what the check says now: `BLESS=1 cargo test -p frontmcp-core golden`, then read the difference.
#[test]
fn hostile_scripts_are_refused_where_they_offend() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    let scripts = scripts(&corpus("reject"));
    assert!(scripts.len() >= 260, "the corpus has gone missing");
    for path in &scripts {
        let source = fs::read_to_string(path).unwrap();
        let (expected, body) = announced(&source);
        if bless {
            fs::write(path, blessed(body)).unwrap();
        } else if refusals(&source) != expected || expected.is_empty() {
            wrong.push(format!("{}: announced {expected:?}, got {:?}", path.display(), refusals(&source)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What only the engine can stop passes here, or the corpus would test the wrong wall.
#[test]
fn scripts_for_the_engine_to_stop_pass_the_check() {
    let mut wrong = Vec::new();
    let scripts = scripts(&corpus("hostile"));
    assert!(scripts.len() >= 60, "the corpus has gone missing");
    for path in &scripts {
        let source = fs::read_to_string(path).unwrap();
        let here = refusals(&source) != ["accepted"];
        if here != source.starts_with("// ends: illegal_access") {
            wrong.push(format!("{}: {:?}", path.display(), refusals(&source)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
