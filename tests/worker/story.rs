//! The README's transcript against a Worker, word for word.

use std::fs;
use std::process::Command;

use frontmcp_tests::{Edge, repository, run_to_end};

use crate::e2e::readme::{WRITTEN, steps};

#[test]
fn the_transcript_of_the_readme_works_on_a_worker() {
    let edge = Edge::start();
    let steps = steps(&fs::read_to_string(repository().join("README.md")).unwrap());
    let mut before = String::new();
    for step in steps {
        let command = step.command.replace(WRITTEN, edge.url());
        let output = run_to_end(Command::new("bash").arg("-c").arg(format!("{before}\n{command}")));
        assert_eq!(output.trim_end(), step.output.trim_end(), "{command}");
        if step.output.is_empty() {
            before = format!("{before}\n{command}");
        }
    }
}
