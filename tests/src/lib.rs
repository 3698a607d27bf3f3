//! What the integration tests share: the built guests, a running world, a tiny MCP client.

mod client;
mod deployed;
mod guests;
mod http;
mod program;
mod world;

pub use client::Client;
pub use deployed::{Deployed, Signer, TestClock};
pub use guests::{agentscript, repository};
pub use http::{post, push, try_push};
pub use program::{Program, Server, Site, run_program, run_to_end};
pub use world::{Recorder, World, reference_host, sandbox};
