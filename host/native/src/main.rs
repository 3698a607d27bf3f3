//! The `frontmcp-host` program: words to a command, a command to an exit code. Does nothing itself.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use frontmcp_host::boot::Refused;
use frontmcp_host::cli::{Cli, Command, LogFormat};
use frontmcp_host::commands::{audit, check, deploy, schema, worker};
use frontmcp_host::serve;

fn main() -> ExitCode {
    let cli = Cli::parse();
    log_to_stderr(cli.log_format);
    let mut out = io::stdout().lock();
    let ended = match cli.command {
        Command::Check(args) => check::run(&args, &mut out),
        Command::Deploy(command) => deploy::run(&command, &mut out),
        Command::Worker(command) => worker::run(&command, &mut out),
        Command::Audit(command) => audit::run(&command, &mut out),
        Command::Schema(args) => schema::run(&args, &mut out),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "frontmcp-host", &mut out);
            Ok(0)
        }
        Command::Serve(args) => {
            drop(out);
            let stdio = args.stdio();
            args.into_config().and_then(|config| serve::run(stdio, config)).map(|()| 0)
        }
    };
    match ended {
        Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        Err(error) => {
            // A refused deployment has been explained already, finding by finding.
            if !error.is::<Refused>() {
                let _ = writeln!(io::stderr(), "frontmcp-host: {error:#}");
            }
            ExitCode::from(1)
        }
    }
}

/// `RUST_LOG` selects what is logged; warnings and worse by default.
fn log_to_stderr(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_default_directive(tracing::Level::WARN.into())
        .from_env_lossy();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    match format {
        LogFormat::Text => log.with_target(false).init(),
        LogFormat::Json => log.json().init(),
    }
}
