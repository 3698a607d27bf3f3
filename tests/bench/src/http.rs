//! `tools/call` over HTTP: requests per second of server CPU, ours against a minimal rmcp server.
//!
//! Only the server's own process is counted, so neither the client nor the upstream weighs in.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::load::{Connection, Job, rounds};
use crate::report::{Report, Row, Target};
use crate::serve::Server;

pub(crate) const QUERY: &str = "give money back for an order";
const SCRIPT: &str = "const order = await acme.getOrder({ orderId: ctx.input.id }); return { id: order.id, status: order.status };";

pub(crate) fn run(report: &mut Report) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let api = Server::spawn(&["api"])?;
    let ours = Server::spawn(&["ours", &api.address.to_string()])?;
    let search = request("codecall:searchSkills", &json!({"queries": [QUERY]}));
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
    let processes = [ours.process(), peer.process()].map(|process| [process]);
    let job = |server: &Server, request, processes| Job { address: server.address, request, processes };
    let jobs = [
        job(&ours, &search, &processes[0]),
        job(&peer, &search, &processes[1]),
        job(&ours, &execute, &processes[0]),
    ];
    let [searching, rmcp, executing] = rounds(&runtime, jobs)?.map(|rate| rate.per_cpu_second);
    add(report, "http: searchSkills", searching, rmcp, 1.2);
    add(report, "http: execute with one upstream call", executing, rmcp, 0.6);
    report.figure("http: resident memory after the load", "MiB", ours.resident_mib()?, Target::None);
    Ok(())
}

fn add(report: &mut Report, work: &str, ours: f64, rmcp: f64, least: f64) {
    let peer = Some(("rmcp 3, a fixed answer", Some(rmcp)));
    report.row(Row { work: work.to_owned(), unit: "/cpu-s", ours, peer, target: Target::TimesPeer(least) });
}

/// What a tool answered.
pub(crate) fn structured(runtime: &Runtime, address: SocketAddr, request: &[u8]) -> Result<Value> {
    let body = runtime.block_on(async { Connection::open(address).await?.exchange(request).await })?;
    let mut answer: Value =
        serde_json::from_slice(&body).with_context(|| String::from_utf8_lossy(&body).into_owned())?;
    let content = answer.pointer_mut("/result/structuredContent").map(Value::take);
    content.with_context(|| format!("no tool result: {answer}"))
}

/// A whole HTTP request of protocol version 2026-07-28.
pub(crate) fn request(tool: &str, arguments: &Value) -> Vec<u8> {
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
