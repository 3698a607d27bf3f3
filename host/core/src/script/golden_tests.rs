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
