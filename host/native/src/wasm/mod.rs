//! WebAssembly by wasmtime: the engine, compiled code kept on disk, and the script sandbox. Knows no skills.

mod bindings;
mod cache;
mod engine;
mod meter;
mod sandbox;
mod turns;

pub use engine::{EngineSettings, WasmEngine};
pub use sandbox::WasmSandbox;
