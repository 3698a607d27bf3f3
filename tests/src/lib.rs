//! What the integration tests share: the built guests, a running world, a tiny MCP client, a store in memory.

mod client;
mod guests;
mod http;
mod memory;
mod program;
mod world;

pub use client::Client;
pub use guests::{agentscript, repository};
pub use http::post;
pub use memory::MemoryStore;
pub use program::{Program, run_program, run_to_end};
pub use world::{Recorder, World, reference_host, sandbox};
