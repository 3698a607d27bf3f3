//! What a run of the suite found, from the files it leaves behind. Judges nothing: whether that is good is said in
//! tests/conformance/.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use super::expected::Expected;

/// The check that the suite adds to every scenario it hears messages of; no scenario passes by it alone.
const SCHEMA_CHECK: &str = "wire-schema-valid";

/// Everything that is not a success, and the scenarios that are.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Scenarios in which checks succeed and none fails.
    pub(super) passes: BTreeSet<String>,
    /// `scenario:check` that fails or warns.
    pub(super) failing: BTreeSet<String>,
    /// `scenario:check` that the suite leaves out.
    pub(super) unchecked: BTreeSet<String>,
    /// What the suite says about the failing ones.
    messages: BTreeMap<String, String>,
}

/// What a check came to; of several with one name the worst counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    LeftOut,
    Success,
    Warning,
    Failure,
}

impl Found {
    /// Reads the output folder: for each scenario a folder `server-SCENARIO-TIME` with its checks.
    pub(super) fn read(folder: &Path) -> Self {
        let mut found = Self::default();
        for entry in std::fs::read_dir(folder).unwrap() {
            let folder = entry.unwrap().path();
            let scenario = scenario_name(folder.file_name().unwrap().to_str().unwrap());
            // A scenario that did not come to its end leaves an empty folder.
            let checks = std::fs::read(folder.join("checks.json")).map_or_else(
                |_| vec![serde_json::json!({"id": "did-not-run", "status": "FAILURE"})],
                |text| serde_json::from_slice(&text).unwrap(),
            );
            found.add(scenario, &checks);
        }
        found
    }

    fn add(&mut self, scenario: &str, checks: &[Value]) {
        let mut worst: BTreeMap<&str, Status> = BTreeMap::new();
        for check in checks {
            let id = check["id"].as_str().expect("a check has an id");
            let status = status_of(check);
            if status >= Status::Warning {
                let message = check["errorMessage"].as_str().or(check["description"].as_str());
                self.messages.insert(format!("{scenario}:{id}"), message.unwrap_or_default().to_owned());
            }
            worst.entry(id).and_modify(|known| *known = status.max(*known)).or_insert(status);
        }
        let succeeded = worst.iter().any(|(id, status)| *id != SCHEMA_CHECK && *status == Status::Success);
        if succeeded && !worst.values().any(|status| *status == Status::Failure) {
            self.passes.insert(scenario.to_owned());
        }
        for (id, status) in worst {
            let entry = format!("{scenario}:{id}");
            match status {
                Status::Success => continue,
                Status::LeftOut => self.unchecked.insert(entry),
                Status::Warning | Status::Failure => self.failing.insert(entry),
            };
        }
    }

    /// What is found and not expected (`+`), and what is expected and not found (`-`); empty if there is neither.
    pub(super) fn differences(&self, expected: &Expected) -> String {
        let mut text = String::new();
        tell(&mut text, "scenarios under `passes`", &self.passes, &expected.passes.iter().collect());
        tell(&mut text, "checks under `server`", &self.failing, &expected.failing.keys().collect());
        tell(&mut text, "checks under `unchecked`", &self.unchecked, &expected.unchecked.keys().collect());
        text
    }

    /// What the suite says about failing checks that nobody expected.
    pub(super) fn explain(&self, expected: &Expected) -> String {
        let unexpected = self.messages.iter().filter(|(entry, _)| !expected.failing.contains_key(*entry));
        unexpected.fold(String::new(), |text, (entry, message)| format!("{text}\n{entry}\n    {message}\n"))
    }
}

fn tell(text: &mut String, title: &str, found: &BTreeSet<String>, expected: &BTreeSet<&String>) {
    let more = found.iter().filter(|entry| !expected.contains(entry)).map(|entry| ('+', entry));
    let less = expected.iter().filter(|entry| !found.contains(**entry)).map(|entry| ('-', *entry));
    let lines: Vec<_> = more.chain(less).collect();
    if !lines.is_empty() {
        writeln!(text, "{title}:").expect("a string takes everything");
    }
    for (sign, entry) in lines {
        writeln!(text, "  {sign} {entry}").expect("a string takes everything");
    }
}

fn status_of(check: &Value) -> Status {
    match check["status"].as_str() {
        Some("SUCCESS") => Status::Success,
        Some("WARNING") => Status::Warning,
        Some("INFO" | "SKIPPED") => Status::LeftOut,
        // A status nobody knows is nothing to rely on.
        _ => Status::Failure,
    }
}

/// `server-ping-2026-11-26T20-23-53-828Z` is of `ping`.
fn scenario_name(folder: &str) -> &str {
    const TIME: usize = "-2026-11-26T20-23-53-828Z".len();
    let name = folder.strip_prefix("server-").unwrap_or_else(|| panic!("not a scenario's folder: {folder}"));
    &name[..name.len() - TIME]
}

#[test]
fn a_difference_is_told_in_both_directions() {
    let entries = |list: &[&str]| list.iter().map(|entry| (*entry).to_owned()).collect();
    let expected = Expected::parse(
        "passes:\n  - ping\n  - tools-list\nserver:\n  # fixtures: of the suite.\n  - caching:hints\n",
    );
    let found = Found {
        passes: entries(&["ping", "caching"]),
        failing: entries(&["tools-list:tools-list"]),
        unchecked: entries(&["ping:session"]),
        ..Found::default()
    };
    let told = "\
scenarios under `passes`:
  + caching
  - tools-list
checks under `server`:
  + tools-list:tools-list
  - caching:hints
checks under `unchecked`:
  + ping:session
";
    assert_eq!(found.differences(&expected), told);
    let found = Found {
        passes: entries(&["ping", "tools-list"]),
        failing: entries(&["caching:hints"]),
        ..Found::default()
    };
    assert_eq!(found.differences(&expected), "");
}
