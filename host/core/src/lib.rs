//! Everything `frontmcp-host` decides, without I/O.
//!
//! The core has no clock, filesystem, environment, socket, thread or randomness: a shell passes them in
//! as [`ports`]. Data flows one way:
//!
//! ```text
//! request:  bytes → transport → auth → mcp → codecall → script ⇄ upstream → bytes
//! deploy:   manifest → bundle → registry → snapshot (read-only, swapped whole)
//! ```
//!
//! A file uses only floors below its own; `tests/tidy` checks every `use crate::` against this order:
//!
//! ```text
//! 5  host                                               entry points, the one live snapshot
//! 4  flow                                               the loops that await ports
//! 3  transport  codecall  resource  registry            bytes ⇄ messages, the five tools, what is read, what is live
//! 2  mcp  upstream  script  audit  auth  bundle  adapter         one concern each, plain functions and small states
//! 1  manifest  skill  openapi  settings  ports  findings  reject    vocabulary and pure parsing
//! ```
#![warn(missing_docs)]

pub mod adapter;
pub mod audit;
pub mod auth;
pub mod bundle;
pub mod codecall;
pub mod findings;
mod flow;
pub mod host;
mod json;
pub mod manifest;
pub mod mcp;
pub mod openapi;
pub mod ports;
pub mod registry;
pub mod reject;
pub mod resource;
pub mod script;
pub mod settings;
pub mod skill;
pub mod transport;
pub mod upstream;

pub use host::Host;
pub use ports::Ports;
pub use registry::snapshot::Snapshot;
pub use reject::{Fault, Reject};
pub use settings::Settings;
