//! The official conformance suite against the real program, for both frozen sets of requirements: what it finds is
//! exactly what tests/conformance/ says, in either direction. Never lets a scenario pass unlisted or fail unseen.

mod expected;
mod found;
mod page;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use frontmcp_tests::{Program, finished_within};

use self::expected::Expected;
use self::found::Found;
use super::clients::{installed, node};

const REVISIONS: [&str; 2] = ["2025-11-25", "2026-07-28"];
const SUITE: &str = "node/node_modules/@modelcontextprotocol/conformance/dist/index.js";
/// For one scenario, in milliseconds: the suite's own bound.
const SCENARIO_MS: &str = "20000";
/// For all of them.
const PATIENCE: Duration = Duration::from_secs(180);

#[test]
fn the_handshake_era_conforms_as_far_as_it_says() {
    conforms(REVISIONS[0]);
}

#[test]
fn the_stateless_era_conforms_as_far_as_it_says() {
    conforms(REVISIONS[1]);
}

#[test]
fn the_page_lists_what_the_suite_is_held_to() {
    page::compare(REVISIONS.map(|revision| (revision, Expected::read(revision))));
}

/// Runs every scenario of a revision and compares all that was found with all that was expected.
fn conforms(revision: &str) {
    let program = Program::start();
    let folder = tempfile::tempdir().unwrap();
    let expected = Expected::read(revision);
    let output = finished_within(PATIENCE, &mut suite(program.url(), revision, folder.path()));
    let found = Found::read(folder.path());
    let differences = found.differences(&expected);
    assert!(
        differences.is_empty(),
        "{revision} is not what {} says. `+` was found and is not there, `-` is there and was not found:\n\
         {differences}{}\n{}docs/conformance.md tells what to do about it",
        expected::file(revision).display(),
        found.explain(&expected),
        output.err,
    );
    // The suite reads the same file, and has the same opinion of what it scores.
    assert!(output.status.success(), "{}\n{}\n{}", output.status, output.out, output.err);
}

fn suite(url: &str, revision: &str, folder: &Path) -> Command {
    let mut command = node();
    command
        .arg(installed(SUITE))
        .args(["server", "--url", url, "--requirements", revision, "--timeout", SCENARIO_MS])
        .arg("--expected-failures")
        .arg(expected::file(revision))
        .arg("--output-dir")
        .arg(folder);
    command
}
