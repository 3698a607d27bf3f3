//! What the integration tests share: the built guests, a running world, a tiny MCP client, a store in memory.

mod client;
mod deployed;
mod guests;
mod http;
mod large;
mod memory;
mod program;
mod world;

pub use client::{Client, Subscription};
pub use deployed::{Deployed, Signer, TestClock, payload};
pub use guests::{agentscript, repository};
pub use http::{client, post, push, try_push};
pub use large::large_bundle;
pub use memory::MemoryStore;
pub use program::{Program, Server, Site, run_program, run_to_end};
pub use world::{Recorder, World, deploying_host, reference_host, sandbox};
