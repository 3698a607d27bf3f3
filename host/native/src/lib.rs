//! The native shell of frontmcp-core. Decides nothing: it reads files, opens sockets, and runs components.

pub mod admin;
pub mod boot;
pub mod cli;
pub mod commands;
mod components;
pub mod config;
pub mod deployment;
pub mod documents;
mod files;
pub mod keys;
pub mod ports;
pub mod render;
pub mod serve;
pub mod server;
pub mod stdio;
pub mod store;
#[cfg(test)]
mod testing;
pub mod wasm;
pub mod watch;

/// Pushes make and drop many small values at once, at which the C library's allocator is several times slower. Set
/// here rather than in the program, so that tests and benchmarks run on it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
