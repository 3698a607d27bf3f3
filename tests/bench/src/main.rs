//! `cargo xtask bench`: our figures and the peers', measured side by side in one run on one machine.
//!
//! Ratios count; absolute times drift with the machine. Prints a table and writes target/bench.json.
//! Arguments name the sections to run: sandbox, check, http, index, resync, sessions, audit, worker. Without any, all run.

mod audit;
mod check;
mod http;
mod index;
mod load;
mod native;
mod node;
mod report;
mod resync;
mod sandbox;
mod serve;
mod sessions;
mod timing;
mod worker;

use anyhow::{Result, bail};

use report::Report;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["child", kind, rest @ ..] => serve::child(kind, rest),
        sections => run(sections),
    }
}

fn run(sections: &[&str]) -> Result<()> {
    const SECTIONS: [(&str, fn(&mut Report) -> Result<()>); 8] = [
        ("sandbox", sandbox::run),
        ("check", check::run),
        ("index", index::run),
        ("http", http::run),
        ("resync", resync::run),
        ("sessions", sessions::run),
        ("audit", audit::run),
        ("worker", worker::run),
    ];
    if let Some(unknown) = sections.iter().find(|name| !SECTIONS.iter().any(|(known, _)| known == *name)) {
        bail!("there is no section `{unknown}`; there are {}", SECTIONS.map(|(name, _)| name).join(", "));
    }
    let mut report = Report::default();
    for (name, section) in SECTIONS {
        if sections.is_empty() || sections.contains(&name) {
            eprintln!("{name} …");
            section(&mut report)?;
        }
    }
    report.finish()
}
