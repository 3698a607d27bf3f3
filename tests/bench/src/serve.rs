//! The servers under load, each alone in a child process: our host, the rmcp peer, the example API.
//!
//! A child prints `listening on ADDRESS` and ends when its standard input closes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use frontmcp_core::Settings;
use frontmcp_example_api::{Config, ExampleApi};
use frontmcp_host::server::{Limits, start};
use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::Value;
use tokio::net::TcpListener;

/// Worker threads of either server.
const WORKERS: usize = 2;

/// A server in a process of its own. Dropping it ends it.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn spawn(arguments: &[&str]) -> Result<Self> {
        let program = std::env::current_exe()?;
        let mut command = Command::new(program);
        let mut child =
            command.arg("child").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("the child's output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on ").context("the child did not start")?;
        Ok(Self { child, address: address.parse()? })
    }

    /// Its process id.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory, in MiB.
    pub(crate) fn resident_mib(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse::<f64>()? / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It ends by itself; there is nobody to tell if it was gone before.
        let _ = self.child.wait();
    }
}

/// Runs as one of the servers.
pub(crate) fn child(kind: &str, arguments: &[&str]) -> Result<()> {
    match (kind, arguments) {
        ("api", []) => {
            let api = ExampleApi::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Config::default())?;
            announce(api.addr())
        }
        ("ours", [api]) => {
            let api = api.parse()?;
            runtime()?.block_on(async {
                let host = frontmcp_tests::reference_host(api);
                let running = start(listener().await?, host, Limits::default())?;
                announced(running.addr()).await
            })
        }
        ("deploy", [data, key]) => runtime()?.block_on(async {
            let host = frontmcp_tests::deploying_host(data, key, |_| ())?;
            let running = start(listener().await?, host, Limits::default())?;
            announced(running.addr()).await
        }),
        ("sessions", [data, key, idle_ms]) => {
            let idle_ms = idle_ms.parse()?;
            runtime()?.block_on(async {
                let change = |settings: &mut Settings| settings.sessions.idle_ms = idle_ms;
                let host = frontmcp_tests::deploying_host(data, key, change)?;
                tokio::spawn(frontmcp_host::boot::sweep(Arc::downgrade(&host)));
                let running = start(listener().await?, host, Limits::default())?;
                announced(running.addr()).await
            })
        }
        ("rmcp", [answer]) => {
            let answer = serde_json::from_slice(&std::fs::read(answer)?)?;
            runtime()?.block_on(peer(answer))
        }
        _ => bail!("unknown child {kind}"),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?)
}

async fn listener() -> Result<TcpListener> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?)
}

async fn announced(address: SocketAddr) -> Result<()> {
    tokio::task::spawn_blocking(move || announce(address)).await?
}

/// Says where the server listens and returns when the parent lets go.
fn announce(address: SocketAddr) -> Result<()> {
    let mut output = std::io::stdout();
    writeln!(output, "listening on {address}")?;
    output.flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// The smallest streamable HTTP server that rmcp makes: stateless, JSON answers, one tool with a fixed answer.
async fn peer(answer: Value) -> Result<()> {
    let answer = Arc::new(answer);
    let config =
        StreamableHttpServerConfig::default().with_legacy_session_mode(false).with_json_response(true);
    let service: StreamableHttpService<Peer, LocalSessionManager> =
        StreamableHttpService::new(move || Ok(Peer { answer: answer.clone() }), Arc::default(), config);
    let listener = listener().await?;
    let address = listener.local_addr()?;
    let router = axum::Router::new().nest_service("/mcp", service);
    tokio::spawn(async move {
        use axum::serve::ListenerExt as _;
        // The same courtesy that our own server has.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        if let Err(error) = axum::serve(listener, router).await {
            eprintln!("the peer failed: {error}");
        }
    });
    announced(address).await
}

#[derive(Clone)]
struct Peer {
    answer: Arc<Value>,
}

impl ServerHandler for Peer {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        _request: CallToolRequestParams,
        _context: RequestContext<rmcp::RoleServer>,
    ) -> Result<CallToolResponse, rmcp::ErrorData> {
        Ok(CallToolResult::structured((*self.answer).clone()).into())
    }
}
