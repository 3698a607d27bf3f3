//! What is emitted for a folder of manifests, in both languages, and in which words others are refused. `BLESS=1`
//! rewrites the expectations.
//!
//! A case is a folder: `manifest.yaml` (else the repository's own), `arguments`, an earlier configuration `previous.*`;
//! then `wrangler.toml` and `wrangler.jsonc`, or neither, and `findings.txt` if there are any.

use std::fs;
use std::path::{Path, PathBuf};

use frontmcp_host::documents::settings;
use frontmcp_tests::repository;

use super::{emit, manifest_of};

#[test]
fn manifests_are_emitted_or_refused_as_before() {
    let cases = cases();
    assert!(cases.len() >= 15, "only {} cases", cases.len());
    let mut problems = Vec::new();
    for case in &cases {
        let mut values = Vec::new();
        for (format, file) in [("toml", "wrangler.toml"), ("jsonc", "wrangler.jsonc")] {
            let (text, findings) = emit(&words(case, format).iter().map(String::as_str).collect::<Vec<_>>());
            assert!(
                !findings.contains("[target]"),
                "the program knows every code of the adapter: {findings}"
            );
            problems.extend(differs(&case.join("findings.txt"), &findings));
            problems.extend(differs(&case.join(file), text.as_deref().unwrap_or_default()));
            values.extend(
                text.map(|text| settings::read(&text).unwrap_or_else(|error| panic!("{error}: {text}"))),
            );
        }
        if values.len() == 1 || values.first() != values.last() {
            problems.push(format!("{}: the two languages say different things", case.display()));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn what_was_emitted_is_emitted_again() {
    let mut again = 0;
    for case in cases() {
        for (format, other, file) in [("toml", "jsonc", "wrangler.toml"), ("jsonc", "toml", "wrangler.jsonc")]
        {
            let Ok(before) = fs::read_to_string(case.join(file)) else { continue };
            for previous in [file.to_owned(), format!("wrangler.{other}")] {
                let mut words = words(&case, format);
                words.retain(|word| !word.starts_with("--previous="));
                words.push(format!("--previous={}", case.join(previous).display()));
                let (text, findings) = emit(&words.iter().map(String::as_str).collect::<Vec<_>>());
                assert_eq!(text.as_deref(), Some(&*before), "{}: {findings}", case.display());
                again += 1;
            }
        }
    }
    assert!(again >= 40, "only {again}");
}

fn words(case: &Path, format: &str) -> Vec<String> {
    let mut words = vec![format!("--manifest={}", manifest_of(case).display()), format!("--format={format}")];
    let arguments = fs::read_to_string(case.join("arguments")).unwrap_or_default();
    words.extend(arguments.split_whitespace().map(str::to_owned));
    let previous = ["previous.toml", "previous.jsonc"].map(|name| case.join(name));
    words.extend(
        previous.iter().find(|file| file.exists()).map(|file| format!("--previous={}", file.display())),
    );
    words
}

fn cases() -> Vec<PathBuf> {
    let folder = repository().join("tests/golden/wrangler");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

/// Compares with the file, which is not there if nothing is expected; or rewrites it.
fn differs(file: &Path, actual: &str) -> Option<String> {
    if std::env::var_os("BLESS").is_some() {
        if actual.is_empty() {
            let _ = fs::remove_file(file);
        } else {
            fs::write(file, actual).unwrap();
        }
        return None;
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    (expected != actual).then(|| format!("{}:\n{actual}", file.display()))
}
