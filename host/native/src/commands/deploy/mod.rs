//! `frontmcp-host deploy`: make a key, build and sign a bundle, push it, look at one, configure
//! a platform's tool. Never runs a server.

use std::io::{self, IsTerminal as _, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use frontmcp_core::bundle::keys::Algorithm;
use frontmcp_core::findings::Finding;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::Source;
use crate::commands::check;

pub mod build;
pub mod emit_wrangler;
pub mod inspect;
pub mod keygen;
mod parcel;
pub mod push;
pub mod signing;
#[cfg(test)]
#[path = "deploy_tests.rs"]
mod testing;

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub enum DeployCommand {
    /// Make a key pair for signing bundles.
    ///
    /// Writes the private key to a new file that only you can read, and prints the public key and where it belongs.
    /// Keep the private key out of the repository: as a secret of the CI system, say, read with --key-env.
    Keygen(keygen::KeygenArgs),
    /// Check a deployment, and sign what it consists of as one file.
    ///
    /// The bundle holds one environment's manifest, its skills, and the operations they use. The same deployment
    /// gives the same bundle on every machine; only the signature around it tells when and by whom it was built.
    /// Servers accept an envelope for a short time after signing (signing.replay.windowSeconds), so build right
    /// before pushing.
    Build(build::BuildArgs),
    /// Build, sign and push a bundle to a running server, or push one that was built before.
    ///
    /// The server takes the bundle whole or not at all, without a restart. Pushing again what is live already
    /// changes nothing. What fails on the way is tried again where that is safe, at most 4 times.
    ///
    /// Exit codes: 0 applied, or live already; 1 refused; 2 usage; 3 not reachable, or not answering as a server
    /// of this kind; 4 the changes need the server itself to be deployed anew.
    Push(Box<push::PushArgs>),
    /// Show what a bundle holds, who signed it, and what a server would say about it.
    ///
    /// Exit codes: 0 sound, and the signature verified or not looked at; 1 the signature does not match, the file is
    /// no bundle, or a server would refuse what is in it.
    Inspect(inspect::InspectArgs),
    /// Write the configuration with which wrangler deploys the Worker.
    ///
    /// Names, bindings, variables, compatibility date and flags come from the manifest; secrets are only listed, as
    /// the commands that set them. With --env the configuration is of that environment's Worker alone, NAME-ENV; without, of
    /// the Worker NAME and, for `wrangler deploy --env`, one more for each environment of the manifest.
    ///
    /// Migrations of Durable Object classes are history: those of the earlier configuration are kept, and a class that
    /// came, went or has another name adds one. So keep the file in the repository.
    ///
    /// Exit codes: 0 written; 1 the manifest does not do for Cloudflare, or data would be lost.
    EmitWrangler(emit_wrangler::EmitWranglerArgs),
}

/// Where a command writes.
pub struct Console<'a> {
    /// What was asked for.
    pub out: &'a mut dyn Write,
    /// Everything else.
    pub err: &'a mut dyn Write,
    /// Whether somebody is watching, who would like to see progress.
    pub watched: bool,
}

/// Does what was asked and answers the exit code.
///
/// # Errors
/// What the command could not do, for people.
pub fn run(command: &DeployCommand, out: &mut dyn Write) -> anyhow::Result<i32> {
    let console = &mut Console { out, err: &mut io::stderr(), watched: io::stderr().is_terminal() };
    match command {
        DeployCommand::Keygen(args) => keygen::run(args, console),
        DeployCommand::Build(args) => build::run(args, console),
        DeployCommand::Push(args) => push::run(args, console),
        DeployCommand::Inspect(args) => inspect::run(args, console),
        DeployCommand::EmitWrangler(args) => emit_wrangler::run(args, console),
    }
}

impl Console<'_> {
    /// Prints findings to standard error as `check` does; nothing if there are none.
    fn print_findings(&mut self, source: &Source, findings: &mut [Finding]) -> io::Result<()> {
        if findings.is_empty() {
            return Ok(());
        }
        self.err.write_all(check::report(&source.manifest, findings).as_bytes())
    }

    /// A bar of `count` steps on standard error, if somebody is watching.
    pub(crate) fn steps(&self, count: u64) -> Steps {
        let target = if self.watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style =
            ProgressStyle::with_template("{bar:20} {pos}/{len} {msg}").expect("the template is sound");
        Steps(ProgressBar::with_draw_target(Some(count), target).with_style(style))
    }
}

/// Progress through the steps of a command; gone from the screen when it goes.
pub(crate) struct Steps(ProgressBar);

impl Steps {
    /// Shows which step begins.
    pub(crate) fn begin(&self, step: &'static str) {
        self.0.set_message(step);
        self.0.inc(1);
    }

    /// Writes something else to the terminal.
    fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The manifest's name of an algorithm.
fn algorithm_name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::EdDsa => "ed25519",
        Algorithm::Rs256 => "rs256",
    }
}

/// Milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

/// A key id as envelopes take it.
pub(crate) fn kid(text: &str) -> Result<String, String> {
    if (1..=128).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err("1 to 128 characters, none of them a control character".to_owned())
    }
}

/// A count and its noun.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Somebody else's text without anything that a terminal acts on.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
