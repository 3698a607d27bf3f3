//! MCP messages and what they ask for, in both protocol eras. Knows no HTTP and no skills.

pub mod completion;
pub mod envelope;
pub mod era;
pub mod jsonrpc;
pub mod listen;
pub mod methods;
pub mod notify;
pub mod pages;
pub mod skills;
pub mod surface;
pub mod version;
pub mod watch;
