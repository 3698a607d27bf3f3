//! `example-api`: serves the example API until it is told to stop. Never binds anything but what `--listen` says.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use frontmcp_example_api::{Config, DEVELOPMENT_BILLING_KEY, DEVELOPMENT_TOKEN, ExampleApi};

/// The example API of the reference deployment.
#[derive(Parser)]
#[command(name = "example-api", version)]
struct Arguments {
    /// Address to listen on; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:4010")]
    listen: SocketAddr,
    /// Bearer token that /acme/v1 accepts.
    #[arg(long, env = "EXAMPLE_API_TOKEN", hide_env_values = true, default_value = DEVELOPMENT_TOKEN)]
    token: String,
    /// X-Billing-Key that /billing/v1 accepts.
    #[arg(long, env = "EXAMPLE_API_BILLING_KEY", hide_env_values = true, default_value = DEVELOPMENT_BILLING_KEY)]
    billing_key: String,
    /// SQLite file; seeded when new. In memory without it.
    #[arg(long)]
    data: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let Arguments { listen, token, billing_key, data } = Arguments::parse();
    let api = ExampleApi::start(listen, Config { token, billing_key, data })?;
    announce(api.addr());
    wait_for_signal()
}

#[expect(clippy::print_stdout, reason = "the ready line is this program's interface")]
fn announce(addr: SocketAddr) {
    println!("listening on http://{addr}");
}

/// Returns on Ctrl-C or SIGTERM; the server drains when its handle is dropped.
fn wait_for_signal() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result?,
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}
