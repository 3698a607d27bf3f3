//! WebAssembly by wasmtime: the engine, compiled code kept on disk, the script sandbox, and
//! what adapters know of platforms. Knows no skills.

pub mod adapter;
mod bindings;
mod cache;
mod engine;
mod meter;
mod sandbox;
pub mod target;
mod turns;

pub use adapter::WasmAdapter;
pub use engine::{EngineSettings, WasmEngine};
pub use sandbox::WasmSandbox;
pub use target::WasmTarget;
