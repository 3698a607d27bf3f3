//! The README's transcript, word for word: every `$ ` line of its console blocks is run, every other line expected.

use std::fs;
use std::process::Command;

use frontmcp_tests::{Program, repository, run_to_end};

/// Where the README says the server is.
pub(crate) const WRITTEN: &str = "http://127.0.0.1:3000/mcp";

pub(crate) struct Step {
    pub(crate) command: String,
    pub(crate) output: String,
}

#[test]
fn the_transcript_works_word_for_word() {
    let program = Program::start();
    let steps = steps(&fs::read_to_string(repository().join("README.md")).unwrap());
    assert!(steps.len() >= 4, "the README's transcript has gone");
    // One shell for all, since the first step defines what the others use.
    let mut before = String::new();
    for step in steps {
        let command = step.command.replace(WRITTEN, program.url());
        let output = run_to_end(Command::new("bash").arg("-c").arg(format!("{before}\n{command}")));
        assert_eq!(output.trim_end(), step.output.trim_end(), "{command}");
        if step.output.is_empty() {
            before = format!("{before}\n{command}");
        }
    }
}

pub(crate) fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in text.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        for line in block.lines() {
            match (line.strip_prefix("$ "), line.strip_prefix("> "), steps.last_mut()) {
                (Some(command), ..) => {
                    let command = command.to_owned();
                    steps.push(Step { command, output: String::new() });
                }
                (None, Some(more), Some(step)) => step.command += &format!("\n{more}"),
                (None, None, Some(step)) => step.output += &format!("{line}\n"),
                _ => panic!("the block begins without a command: {line}"),
            }
        }
    }
    steps
}
