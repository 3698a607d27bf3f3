//! `tools/call` over HTTP: requests per second of server CPU, ours against a minimal rmcp server.
//!
//! Only the server's own process is counted, so neither the client nor the upstream weighs in.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::load::{Connection, drive};
use crate::report::{Report, Row, Target};
use crate::serve::Server;
use crate::timing::Samples;

const CONNECTIONS: usize = 8;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(1_500);
const SCRIPT: &str = "const order = await acme.getOrder({ orderId: ctx.input.id }); return { id: order.id, status: order.status };";

pub(crate) fn run(report: &mut Report) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let api = Server::spawn(&["api"])?;
    let ours = Server::spawn(&["ours", &api.address.to_string()])?;
    let search = request("codecall:searchSkills", &json!({"queries": ["give money back for an order"]}));
    let execute = request("codecall:execute", &json!({"script": SCRIPT, "input": {"id": "ord_1001"}}));
    let found = structured(&runtime, ours.address, &search)?;
    ensure!(found["skills"].as_array().is_some_and(|skills| !skills.is_empty()), "nothing found: {found}");
    let executed = structured(&runtime, ours.address, &execute)?;
    ensure!(executed["result"]["id"] == "ord_1001", "the script failed: {executed}");
    let file = std::env::temp_dir().join(format!("frontmcp-bench-{}.json", std::process::id()));
    std::fs::write(&file, found.to_string())?;
    let peer = Server::spawn(&["rmcp", file.to_str().context("a path in UTF-8")?])?;
    let same = structured(&runtime, peer.address, &search)?;
    std::fs::remove_file(&file)?;
    ensure!(same == found, "the peer answers something else: {same}");
    let figures = rounds(&runtime, [(&ours, &search), (&peer, &search), (&ours, &execute)])?;
    let [searching, rmcp, executing] = figures;
    add(report, "http: searchSkills", searching, rmcp, 1.2);
    add(report, "http: execute with one upstream call", executing, rmcp, 0.6);
    report.figure("http: resident memory after the load", "MiB", ours.resident_mib()?, Target::None);
    Ok(())
}

fn add(report: &mut Report, work: &str, ours: f64, rmcp: f64, least: f64) {
    let peer = Some(("rmcp 3, a fixed answer", Some(rmcp)));
    report.row(Row { work: work.to_owned(), unit: "/cpu-s", ours, peer, target: Target::TimesPeer(least) });
}

/// The median requests per CPU second of each; they take turns, so that a busy moment hits all alike.
fn rounds<const N: usize>(runtime: &Runtime, jobs: [(&Server, &Vec<u8>); N]) -> Result<[f64; N]> {
    let mut rates = [(); N].map(|()| Vec::new());
    for round in 0..=ROUNDS {
        for ((server, request), rates) in jobs.iter().zip(&mut rates) {
            let before = server.cpu_seconds()?;
            let (answered, _) = runtime.block_on(drive(server.address, request, CONNECTIONS, ROUND))?;
            let spent = server.cpu_seconds()? - before;
            // The first round warms up.
            if round > 0 {
                rates.push(answered as f64 / spent);
            }
        }
    }
    Ok(rates.map(|rates| Samples::new(rates).p50()))
}

fn structured(runtime: &Runtime, address: SocketAddr, request: &[u8]) -> Result<Value> {
    let body = runtime.block_on(async { Connection::open(address).await?.exchange(request).await })?;
    let mut answer: Value =
        serde_json::from_slice(&body).with_context(|| String::from_utf8_lossy(&body).into_owned())?;
    let content = answer.pointer_mut("/result/structuredContent").map(Value::take);
    content.with_context(|| format!("no tool result: {answer}"))
}

/// A whole HTTP request of protocol version 2026-07-28.
fn request(tool: &str, arguments: &Value) -> Vec<u8> {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({"name": tool, "arguments": arguments, "_meta": meta});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\nmcp-protocol-version: 2026-07-28\r\n\
         mcp-method: tools/call\r\nmcp-name: {tool}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}
