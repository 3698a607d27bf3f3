//! Everything `frontmcp-host` decides, without I/O.
//!
//! The core has no clock, filesystem, environment, socket, thread or randomness: a shell passes them in
//! as [`ports`]. Data flows one way:
//!
//! ```text
//! request:  bytes → transport → auth → mcp → codecall → script ⇄ upstream → bytes
//! deploy:   manifest → registry → snapshot (read-only, swapped whole)
//! ```
//!
//! A file uses only floors below its own; `tests/tidy` checks every `use crate::` against this order:
//!
//! ```text
//! 4  host flow                                        drive; the only place that awaits
//! 3  codecall  registry  transport                    meta-tools, what is live, bytes ⇄ messages
//! 2  script  upstream  auth  mcp                      one concern each, plain functions and small states
//! 1  skill  openapi  manifest  findings  ports  reject   vocabulary and pure parsing
//! ```
#![warn(missing_docs)]

pub mod auth;
pub mod codecall;
pub mod findings;
mod flow;
pub mod host;
pub mod manifest;
pub mod mcp;
pub mod openapi;
pub mod ports;
pub mod registry;
pub mod reject;
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
