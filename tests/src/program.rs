//! The real program as a child process, in front of an example API. Ends it by its own process id only.

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use frontmcp_example_api::{Config, DEVELOPMENT_BILLING_KEY, DEVELOPMENT_TOKEN, ExampleApi};
use tempfile::TempDir;

use crate::repository;
use crate::world::copy_reference;

/// A copy of the reference deployment and the API behind it: what several runs of the program share.
pub struct Site {
    /// The upstream.
    pub api: ExampleApi,
    folder: TempDir,
}

impl Site {
    /// A fresh copy in front of a fresh API.
    pub fn new() -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let api = ExampleApi::start(loopback, Config::default()).expect("the example API starts");
        let folder = copy_reference(&api.addr().to_string());
        Self { api, folder }
    }

    /// The folder with the manifest.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Adds a skill: its name and its `SKILL.md`.
    pub fn add_skill(&self, name: &str, text: &str) {
        let skill = self.path().join("guests/skills").join(name);
        std::fs::create_dir_all(&skill).expect("a folder");
        std::fs::write(skill.join("SKILL.md"), text).expect("a file");
    }

    /// Serves it on a free port and waits for the ready line.
    pub fn serve(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Server {
        self.serve_at(0, arguments, environment)
    }

    /// The same on this port, or any if it is 0.
    pub fn serve_at(&self, port: u16, arguments: &[&str], environment: &[(&str, &str)]) -> Server {
        let mut command = self.command(environment);
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
            .args(arguments)
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("its output is ours");
        BufReader::new(stdout).read_line(&mut line).expect("a ready line");
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("not ready: {line:?}"));
        Server { url: url.to_owned(), child }
    }

    /// Runs the program to its end with `input`, and returns its exit code and both outputs.
    pub fn run(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
        input: &str,
    ) -> (i32, String, String) {
        let input_file = self.path().join("input");
        std::fs::write(&input_file, input).expect("a file");
        let mut command = self.command(environment);
        command.args(arguments).stdin(std::fs::File::open(&input_file).expect("the file just written"));
        let output = command.output().expect("the program runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
    }

    /// The same deployment in another folder, in front of the same API, its files made in another order.
    ///
    /// # Panics
    /// If it cannot be copied.
    pub fn copy(&self) -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let folder = copy_reference(&self.api.addr().to_string());
        let api = ExampleApi::start(loopback, Config::default()).expect("the example API starts");
        let skills = folder.path().join("guests/skills");
        let moved = folder.path().join("moved");
        std::fs::rename(&skills, &moved).expect("a folder");
        std::fs::create_dir(&skills).expect("a folder");
        let mut names: Vec<_> = std::fs::read_dir(&moved)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        for name in names.iter().rev() {
            std::fs::rename(moved.join(name), skills.join(name)).expect("a folder");
        }
        Self { api, folder }
    }

    /// Runs a script in the folder, with the program on the path; answers what it prints.
    ///
    /// # Panics
    /// If bash is missing.
    pub fn shell(&self, script: &str) -> String {
        let program = built("frontmcp-host");
        let folder = program.parent().expect("a program has a folder");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = self.command(&[]);
        let output = Command::new("bash")
            .args(["-c", script])
            .current_dir(self.path())
            .envs(
                command
                    .env("PATH", format!("{}:{path}", folder.display()))
                    .get_envs()
                    .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))),
            )
            .stdin(Stdio::null())
            .output()
            .expect("bash runs");
        assert!(output.stderr.len() < 1 << 20, "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn command(&self, environment: &[(&str, &str)]) -> Command {
        let mut command = program(self.path(), self.api.addr());
        command.envs(environment.iter().copied());
        command
    }
}

impl Default for Site {
    fn default() -> Self {
        Self::new()
    }
}

/// The program, serving.
pub struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Its MCP endpoint.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its origin, for everything that is not MCP.
    pub fn origin(&self) -> &str {
        self.url.strip_suffix("/mcp").unwrap_or(&self.url)
    }

    /// Resident memory, in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux says so");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
    }

    /// Asks it to end as an init system would.
    pub fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(mut self) {
        self.kill_now();
    }

    /// The same for one that is replaced.
    pub fn kill_now(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it can be waited for");
    }

    /// Waits for its end.
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().expect("it can be waited for")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; either way nothing of it stays.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `frontmcp-host serve` with the reference deployment.
pub struct Program {
    /// The upstream.
    pub api: ExampleApi,
    server: Server,
    _folder: TempDir,
}

impl Program {
    /// Starts it on a free port and waits for its ready line.
    pub fn start() -> Self {
        Self::with_skill(None)
    }

    /// The same with one skill more: its name and its `SKILL.md`.
    pub fn with_skill(skill: Option<(&str, &str)>) -> Self {
        let site = Site::new();
        if let Some((name, text)) = skill {
            site.add_skill(name, text);
        }
        let server = site.serve(&[], &[]);
        let Site { api, folder } = site;
        Self { api, server, _folder: folder }
    }

    /// Its MCP endpoint.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Asks it to end as an init system would.
    pub fn terminate(&self) {
        self.server.terminate();
    }

    /// Waits for its end.
    pub fn wait(self) -> ExitStatus {
        self.server.wait()
    }
}

/// Runs the program to its end with `input`, and returns its exit code and both outputs.
pub fn run_program(arguments: &[&str], input: &str) -> (i32, String, String) {
    Site::new().run(arguments, &[], input)
}

/// Runs a command to its end; panics with both outputs if it fails.
pub fn run_to_end(command: &mut Command) -> String {
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("the command starts");
    let mut out = String::new();
    child.stdout.take().expect("its output is ours").read_to_string(&mut out).expect("UTF-8");
    let status = child.wait().expect("it can be waited for");
    assert!(status.success(), "{command:?}: {status}\n{out}");
    out
}

/// How a command ended, and all it said.
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

/// Runs a command that may take so long, and no longer.
///
/// # Panics
/// If it cannot be started, or takes longer; then it is killed.
pub fn finished_within(limit: Duration, command: &mut Command) -> Finished {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    let (sender, receiver) = mpsc::channel();
    let outputs: [Box<dyn Read + Send>; 2] =
        [Box::new(child.stdout.take().expect("piped")), Box::new(child.stderr.take().expect("piped"))];
    let readers = outputs.map(|mut output| {
        let finished = sender.clone();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            // What was read before an error is all there is to tell.
            let _ = output.read_to_end(&mut bytes);
            drop(finished);
            String::from_utf8_lossy(&bytes).into_owned()
        })
    });
    drop(sender);
    // Nothing is ever sent: the channel closes when both outputs have.
    let in_time = receiver.recv_timeout(limit) != Err::<(), _>(RecvTimeoutError::Timeout);
    if !in_time {
        child.kill().expect("it can be killed");
    }
    let status = child.wait().expect("it can be waited for");
    let [out, err] = readers.map(|reader| reader.join().expect("reading does not panic"));
    assert!(in_time, "{command:?} took longer than {limit:?}\n{out}\n{err}");
    Finished { status, out, err }
}

fn program(folder: &Path, api: SocketAddr) -> Command {
    let mut command = Command::new(built("frontmcp-host"));
    command
        .current_dir(folder)
        .env("ACME_API_TOKEN", DEVELOPMENT_TOKEN)
        .env("BILLING_API_TOKEN", DEVELOPMENT_BILLING_KEY)
        .env("FRONTMCP_ALLOW_PRIVATE", api.to_string())
        .env("FRONTMCP_SANDBOX", repository().join("target/guests/agentscript.wasm"))
        .env("FRONTMCP_CACHE", repository().join("target/wasm-cache"));
    command
}

/// A binary of this workspace: it lies beside this one, or, if that is a test, in the folder above.
fn built(name: &str) -> PathBuf {
    let this = std::env::current_exe().expect("this program has a path");
    let folder = this.parent().expect("a program has a folder");
    let folder = if folder.ends_with("deps") { folder.parent().expect("target/debug/deps") } else { folder };
    let file = folder.join(name);
    assert!(file.exists(), "{} is missing; run `cargo build --bins`", file.display());
    file
}
