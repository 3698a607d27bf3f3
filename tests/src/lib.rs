//! What the integration tests share: the built guests, a running world, a tiny MCP client, a store in memory.

mod bindings;
mod client;
mod deployed;
mod edge;
mod guests;
mod http;
mod journal;
mod large;
mod legacy;
mod memory;
mod program;
mod proxy;
mod workerd;
mod world;

pub use bindings::{Bound, EdgeStore};
pub use client::{Client, Subscription};
pub use deployed::{Deployed, Signer, TestClock, payload};
pub use edge::{Edge, platform};
pub use guests::{adapter, agentscript, repository};
pub use http::{client, post, push, try_push};
pub use large::large_bundle;
pub use legacy::{EventStream, Legacy, Reply, SseEvent};
pub use memory::MemoryStore;
pub use program::{Finished, Program, Server, Site, finished_within, run_program, run_to_end};
pub use proxy::{GetStream, Proxy};
pub use workerd::Workerd;
pub use world::{Recorder, World, deploying_host, grant_everything, reference_host, sandbox};
