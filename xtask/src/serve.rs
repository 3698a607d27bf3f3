//! The reference deployment with its example API, both on loopback, until Ctrl-C.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::guests;
use crate::layout::Layout;
use crate::shell::{cargo, run as run_to_end, say};

/// Where the reference deployment's API descriptions say the example API is.
const EXAMPLE_API: &str = "127.0.0.1:4010";
const READY: &str = "listening on ";
/// Secrets of the reference deployment, and how the example API is told the same value.
const SECRETS: [(&str, &str); 2] =
    [("ACME_API_TOKEN", "EXAMPLE_API_TOKEN"), ("BILLING_API_TOKEN", "EXAMPLE_API_BILLING_KEY")];

pub(crate) fn run(layout: &Layout) -> Result<()> {
    guests::ensure(layout)?;
    say("building the host and the example API");
    run_to_end(cargo(&layout.root).args(["build", "--bins"]))?;
    let secrets = development_secrets(&layout.root.join(".dev.vars"))?;

    let mut api = spawn(example_api(layout, &secrets))?;
    wait_until_ready(&mut api).with_context(|| format!("the example API could not serve {EXAMPLE_API}"))?;
    let mut host = spawn(host(layout))?;
    let _guard = end_with_us(&[&api, &host])?;
    forward(host.stdout.take().context("the host's output is ours")?)?;
    let status = host.wait()?;
    // Ctrl-C reached it as well; otherwise the guard ends it.
    if !status.success() {
        bail!("the host ended: {status}");
    }
    Ok(())
}

/// Reads `.dev.vars`, adding what is missing. Values are made up here and known to nobody else.
fn development_secrets(file: &Path) -> Result<Vec<(&'static str, String)>> {
    let mut text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("reading {}", file.display())),
    };
    let mut values = Vec::new();
    let before = text.len();
    for (name, variable) in SECRETS {
        let line = text.lines().filter_map(|line| line.split_once('=')).find(|(key, _)| key.trim() == name);
        let value = match line {
            Some((_, value)) => value.trim().trim_matches('"').to_owned(),
            None => {
                let value = format!("dev-{}", random_hex()?);
                text.push_str(&format!("{name}={value}\n"));
                value
            }
        };
        values.push((variable, value));
    }
    if text.len() > before {
        fs::write(file, &text).with_context(|| format!("writing {}", file.display()))?;
        say(&format!("wrote development secrets to {} (git ignores it)", file.display()));
    }
    Ok(values)
}

fn random_hex() -> Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn example_api(layout: &Layout, secrets: &[(&str, String)]) -> Command {
    let mut command = Command::new(layout.binary("example-api"));
    command.args(["--listen", EXAMPLE_API]);
    command.envs(secrets.iter().map(|(name, value)| (*name, value)));
    command
}

fn host(layout: &Layout) -> Command {
    let mut command = Command::new(layout.binary("frontmcp-host"));
    command.args(["serve", "--dev", "--manifest", "frontmcp.deploy.yaml", "--sandbox"]);
    command.arg(layout.sandbox()).current_dir(&layout.root);
    command
}

fn spawn(mut command: Command) -> Result<Child> {
    let program = command.get_program().to_owned();
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command.spawn().with_context(|| format!("starting {}", program.display()))
}

fn wait_until_ready(child: &mut Child) -> Result<()> {
    let stdout = child.stdout.as_mut().context("its output is ours")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    if !line.starts_with(READY) {
        bail!("it ended before it was ready: {}", child.wait()?);
    }
    Ok(())
}

/// Ends the children when we end, however that happens: the pipe closes with us.
fn end_with_us(children: &[&Child]) -> Result<ChildStdin> {
    let mut watch = Command::new("sh");
    watch.args(["-c", "trap '' INT; cat >/dev/null; kill \"$@\" 2>/dev/null", "sh"]);
    watch.args(children.iter().map(|child| child.id().to_string()));
    let mut watch = watch.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    watch.stdin.take().context("the pipe is ours")
}

/// Passes the host's output on; after its ready line, says how to connect.
fn forward(output: ChildStdout) -> Result<()> {
    for line in BufReader::new(output).lines() {
        let line = line?;
        eprintln!("{line}");
        if let Some(url) = line.strip_prefix(READY) {
            eprintln!("{}", directions(url));
        }
    }
    Ok(())
}

fn directions(url: &str) -> String {
    format!(
        "
Connect an MCP client by Streamable HTTP to {url}, for example

  claude mcp add --transport http acme-shop {url}

or look without one:

  curl -s {url} -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' \\
    -d '{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{{\"protocolVersion\":\"2025-11-25\",\
\"capabilities\":{{}},\"clientInfo\":{{\"name\":\"curl\",\"version\":\"0\"}}}}}}'

The example API listens on http://{EXAMPLE_API}. Ctrl-C ends both.
"
    )
}
