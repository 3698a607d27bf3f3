//! The developer's commands. Each installs what it needs, says what it installs, and is quick the second time.

mod bench;
mod ci;
mod clients;
mod distro;
mod guests;
mod imports;
mod layout;
mod serve;
mod shell;
mod stamp;
mod test;
mod toolchain;
mod worker;

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};

use layout::Layout;

const HELP: &str = "\
cargo xtask serve                        the reference deployment and its example API
cargo xtask test [-- ARGUMENTS]          all tests; arguments go to `cargo test`
cargo xtask ci                           the same and everything stricter
cargo xtask guests                       the WebAssembly components, into target/guests/
cargo xtask guests --check-reproducible  build them again elsewhere and compare the bytes
cargo xtask worker                       the Worker's parts, into target/worker/
cargo xtask bench [ARGUMENTS]            ours and the peers, side by side";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    let layout = Layout::find()?;
    match words {
        ["serve"] => serve::run(&layout),
        ["test"] => test::run(&layout, &[]),
        ["test", "--", arguments @ ..] => test::run(&layout, arguments),
        ["ci"] => ci::run(&layout),
        ["ci", step] => ci::run_step(&layout, step),
        ["guests"] => guests::ensure(&layout),
        ["guests", "--check-reproducible"] => guests::check_reproducible(&layout),
        ["worker"] => worker::ensure(&layout),
        ["bench", arguments @ ..] => bench::run(&layout, arguments),
        [] | ["help" | "--help" | "-h"] => {
            eprintln!("{HELP}");
            Ok(())
        }
        _ => bail!("unknown command `{}`\n{HELP}", words.join(" ")),
    }
}
