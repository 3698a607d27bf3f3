//! The Worker on workerd, against Workers that do nothing, or only the JSON of it: how it starts, what a fresh sandbox
//! costs, and how many requests it answers.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use frontmcp_tests::{Edge, Site, platform};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::http::{QUERY, request, structured};
use crate::load::{Connection, Job, Rate, rounds};
use crate::report::{Report, Row, Target};
use crate::serve::Server;
use crate::timing::Samples;

const SCRIPTS: usize = 1_000;
const SCRIPT: &str = "return 1 + 1";
const EMPTY: &str = "empty Worker";
const PLAIN: &str = "plain Worker, a fixed answer";

pub(crate) fn run(report: &mut Report) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let edge = Edge::stopped(Site::new());
    edge.build(&[]);
    let search = request("codecall:searchSkills", &json!({"queries": [QUERY]}));
    let found = found(&runtime, &search)?;
    let workers = Workers::start(&edge, &found, &search)?;
    let said = &workers.said;
    ensure!(structured(&runtime, said.addresses.ours, &search)? == found, "the Worker finds something else");
    for (work, phase) in [("runtime with it up", Phase::Up), ("first answer", Phase::First)] {
        let work = format!("worker: {work}, median of {}", said.starts.ours.len());
        let peer = Some((EMPTY, Some(phase.median(&said.starts.empty))));
        let ours = phase.median(&said.starts.ours);
        report.row(Row { work, unit: "ms", ours, peer, target: Target::None });
    }
    scripts(report, &runtime, said)?;
    load(report, &runtime, said, &search)
}

/// One after the other, in turns.
fn scripts(report: &mut Report, runtime: &Runtime, said: &Said) -> Result<()> {
    let execute = |script: &str| request("codecall:execute", &json!({"script": script}));
    let answer = structured(runtime, said.addresses.ours, &execute(SCRIPT))?;
    ensure!(answer["result"] == 2, "the script failed: {answer}");
    let jobs = [
        (said.addresses.empty, post("")),
        (said.addresses.sandbox, post(SCRIPT)),
        (said.addresses.ours, execute("return 1 +")),
        (said.addresses.ours, execute(SCRIPT)),
    ];
    let [empty, sandbox, refused, executed] = runtime.block_on(in_turns(&jobs))?.map(|samples| samples.p50());
    let peer = Some((EMPTY, Some(empty)));
    report.row(Row {
        work: "worker: fresh sandbox and script".into(),
        unit: "ms",
        ours: sandbox,
        peer,
        target: Target::None,
    });
    report.figure("worker: of that the sandbox", "ms", sandbox - empty, Target::AtMost(1.0));
    let peer = Some(("the same, refused for its syntax", Some(refused)));
    report.row(Row {
        work: "worker: execute, recorded in D1".into(),
        unit: "ms",
        ours: executed,
        peer,
        target: Target::None,
    });
    report.figure("worker: of that sandbox and script", "ms", executed - refused, Target::AtMost(1.0));
    Ok(())
}

/// Milliseconds, a thousand of each.
async fn in_turns<const N: usize>(jobs: &[(SocketAddr, Vec<u8>); N]) -> Result<[Samples; N]> {
    let mut connections = Vec::new();
    for (address, request) in jobs {
        connections.push((Connection::open(*address).await?, request));
    }
    let mut times = [(); N].map(|()| Vec::new());
    for turn in 0..SCRIPTS + SCRIPTS / 10 {
        for ((connection, request), times) in connections.iter_mut().zip(&mut times) {
            let began = Instant::now();
            connection.exchange(request).await?;
            if turn >= SCRIPTS / 10 {
                times.push(began.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    Ok(times.map(Samples::new))
}

fn load(report: &mut Report, runtime: &Runtime, said: &Said, search: &[u8]) -> Result<()> {
    let execute = request("codecall:execute", &json!({"script": SCRIPT}));
    let job = |address, request| Job { address, request, processes: &said.processes };
    let jobs = [
        job(said.addresses.ours, search),
        job(said.addresses.ours, &execute),
        job(said.addresses.plain, search),
    ];
    let [searching, executing, plain] = rounds(runtime, jobs)?;
    for (name, ours) in [("searchSkills", searching), ("execute", executing)] {
        let figures: [(&str, fn(Rate) -> f64); 2] =
            [("/s", |rate| rate.per_second), ("/cpu-s", |rate| rate.per_cpu_second)];
        for (unit, figure) in figures {
            let peer = Some((PLAIN, Some(figure(plain))));
            let work = format!("worker: {name}, 8 at a time");
            report.row(Row { work, unit, ours: figure(ours), peer, target: Target::None });
        }
    }
    Ok(())
}

/// What a server finds for the same question.
fn found(runtime: &Runtime, search: &[u8]) -> Result<Value> {
    let api = Server::spawn(&["api"])?;
    let ours = Server::spawn(&["ours", &api.address.to_string()])?;
    structured(runtime, ours.address, search)
}

fn post(body: &str) -> Vec<u8> {
    format!("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// What `peers/workers.mjs` says once it serves.
#[derive(Deserialize)]
struct Said {
    addresses: Addresses,
    /// The runtime's.
    processes: Vec<u32>,
    starts: Starts,
}

#[derive(Deserialize)]
struct Addresses {
    ours: SocketAddr,
    empty: SocketAddr,
    plain: SocketAddr,
    sandbox: SocketAddr,
}

#[derive(Deserialize)]
struct Starts {
    ours: Vec<Start>,
    empty: Vec<Start>,
}

/// Milliseconds.
#[derive(Deserialize)]
struct Start {
    up: f64,
    first: f64,
}

#[derive(Clone, Copy)]
enum Phase {
    Up,
    First,
}

impl Phase {
    fn median(self, starts: &[Start]) -> f64 {
        let time = |start: &Start| match self {
            Self::Up => start.up,
            Self::First => start.first,
        };
        Samples::new(starts.iter().map(time).collect()).p50()
    }
}

/// The runtime with all Workers. Dropping it ends it.
struct Workers {
    child: Child,
    said: Said,
}

impl Workers {
    fn start(edge: &Edge, found: &Value, search: &[u8]) -> Result<Self> {
        let sandbox = std::env::var_os("FRONTMCP_WORKER_SANDBOX").map(PathBuf::from);
        let sandbox = sandbox.context("FRONTMCP_WORKER_SANDBOX is set by cargo xtask bench")?;
        let given = json!({
            "configuration": edge.folder().join("wrangler.jsonc"),
            "secrets": edge.secrets(),
            "storage": edge.storage(),
            "sandbox": sandbox,
            "answer": found.to_string(),
            "request": parts(search)?,
        });
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/workers.mjs");
        let mut command = platform(&script, edge.storage());
        let mut child =
            command.arg(given.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("its output")?).read_line(&mut line)?;
        let said = serde_json::from_str(&line).context("the Workers did not start")?;
        Ok(Self { child, said })
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It ends by itself; there is nobody to tell if it was gone before.
        let _ = self.child.wait();
    }
}

/// A request as `fetch` takes it, without what `fetch` adds itself.
fn parts(request: &[u8]) -> Result<Value> {
    let text = std::str::from_utf8(request)?;
    let (head, body) = text.split_once("\r\n\r\n").context("a request")?;
    let headers: serde_json::Map<String, Value> = head
        .split("\r\n")
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| !["host", "content-length"].contains(name))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    Ok(json!({"method": "POST", "headers": headers, "body": body}))
}
