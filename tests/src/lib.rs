//! What the integration tests share: the built guests, a running world, a tiny MCP client.

mod client;
mod guests;
mod world;

pub use client::Client;
pub use guests::{agentscript, repository};
pub use world::{Recorder, World, reference_host, sandbox};
