//! The table of docs/conformance.md, written from what the runs of the suite are held to. `BLESS=1` rewrites it; the
//! words around it are nobody's but the author's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use frontmcp_tests::repository;

use super::expected::{Expected, scenario_of};

const START: &str = "<!-- From tests/conformance/; rewrite with BLESS=1. -->\n";
const END: &str = "<!-- End. -->\n";

/// Compares the page with the files.
pub(super) fn compare(revisions: [(&str, Expected); 2]) {
    let file = repository().join("docs/conformance.md");
    let page = fs::read_to_string(&file).unwrap();
    let (before, rest) = page.split_once(START).expect("the table has a start");
    let (written, after) = rest.split_once(END).expect("the table has an end");
    let wanted = table(&revisions);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, format!("{before}{START}{wanted}{END}{after}")).unwrap();
    } else {
        assert!(
            written == wanted,
            "docs/conformance.md is out of date; run this with BLESS=1 and read the difference"
        );
    }
}

fn table(revisions: &[(&str, Expected)]) -> String {
    let names: Vec<&str> = revisions.iter().map(|(revision, _)| *revision).collect();
    let mut text = format!("| Scenario | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
    let scenarios: BTreeSet<&str> = revisions.iter().flat_map(|(_, expected)| expected.scenarios()).collect();
    for scenario in &scenarios {
        let cells: Vec<String> = revisions.iter().map(|(_, expected)| cell(expected, scenario)).collect();
        text += &format!("| `{scenario}` | {} |\n", cells.join(" | "));
    }
    for (revision, expected) in revisions {
        let (passing, all) = (expected.passes.len(), expected.scenarios().len());
        text += &format!("\n{passing} of the {all} scenarios of {revision} pass. What the others lack:\n\n");
        for (name, what) in &expected.groups {
            text += &format!("* **{name}**: {what}\n");
        }
    }
    text
}

/// What became of a scenario: whether it passes, and which groups its other checks are in.
fn cell(expected: &Expected, scenario: &str) -> String {
    let passes = expected.passes.contains(scenario);
    let failing = groups(&expected.failing, scenario);
    let unchecked = groups(&expected.unchecked, scenario);
    let mut parts = Vec::new();
    if passes {
        parts.push("passes".to_owned());
    }
    if !failing.is_empty() {
        parts.push(format!("{} {failing}", if passes { "warned of" } else { "lacks" }));
    }
    if !unchecked.is_empty() {
        parts.push(format!("unchecked for want of {unchecked}"));
    }
    if parts.is_empty() { "\u{2013}".to_owned() } else { parts.join("; ") }
}

/// The groups of a scenario's checks, each with how many there are.
fn groups(checks: &BTreeMap<String, String>, scenario: &str) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, group) in checks.iter().filter(|(entry, _)| scenario_of(entry) == scenario) {
        *counts.entry(group).or_default() += 1;
    }
    let told = counts.into_iter().map(|(group, count)| match count {
        1 => group.to_owned(),
        _ => format!("{group} ({count} checks)"),
    });
    told.collect::<Vec<_>>().join(", ")
}
