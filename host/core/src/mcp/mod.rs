//! MCP messages and what they ask for, in both protocol eras. Knows no HTTP and no skills.

pub mod jsonrpc;
