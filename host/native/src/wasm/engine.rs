//! The wasmtime engine: one configuration for compiling and running, and the clock tick that ends slices.
//!
//! The choices are measured: copy-on-write images in a pool whose slots keep their first pages make a fresh
//! instance cost microseconds; the page-map scan avoids `madvise` calls that serialise threads; a 4 GiB
//! reservation lets Cranelift leave out bounds checks.

use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use wasmtime::component::Component;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::cache;

/// How often the epoch advances: the length of one slice of a long computation.
pub(super) const TICK: Duration = Duration::from_millis(5);

/// Stack of compiled code, in bytes. QuickJS counts its own stack of at most 512 KiB; compiled code needs
/// up to sixteen times as much for the same depth, and the script's limit must be the first to be met.
const WASM_STACK_BYTES: usize = 8 << 20;

/// What our own functions need beneath compiled code, in bytes.
const HOST_STACK_BYTES: usize = 512 << 10;

/// What an operator may choose about the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineSettings {
    /// Instances that may exist at once.
    pub slots: u32,
    /// Largest linear memory of any instance, in bytes.
    pub max_memory_bytes: usize,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self { slots: 256, max_memory_bytes: 512 << 20 }
    }
}

/// A configured engine and its ticker. The ticker ends with it.
pub struct WasmEngine {
    engine: Engine,
    settings: EngineSettings,
    _ticker: Ticker,
}

impl WasmEngine {
    /// Reserves the pool (address space only) and starts the ticker.
    pub fn new(settings: EngineSettings) -> anyhow::Result<Self> {
        let engine = Engine::new(&config(settings)).map_err(plain).context("starting wasmtime")?;
        let ticker = Ticker::start(engine.clone())?;
        Ok(Self { engine, settings, _ticker: ticker })
    }

    /// Compiles a component, or maps the code compiled earlier from `cache_dir`.
    ///
    /// An unusable cache costs the compile time (about a second) and a warning, nothing else.
    pub fn component(&self, wasm: &[u8], cache_dir: Option<&Path>) -> anyhow::Result<Component> {
        cache::load(&self.engine, wasm, cache_dir)
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn settings(&self) -> EngineSettings {
        self.settings
    }
}

/// wasmtime's error with its causes, as ours.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn plain(error: wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}

fn config(settings: EngineSettings) -> Config {
    let mut config = Config::new();
    config.memory_init_cow(true);
    config.epoch_interruption(true);
    config.max_wasm_stack(WASM_STACK_BYTES);
    config.async_stack_size(WASM_STACK_BYTES + HOST_STACK_BYTES);
    config.memory_reservation(4 << 30);
    config.memory_guard_size(32 << 20);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(settings)));
    config
}

fn pool(settings: EngineSettings) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(settings.slots);
    pool.total_core_instances(settings.slots);
    pool.total_memories(settings.slots);
    pool.total_tables(settings.slots);
    pool.total_stacks(settings.slots);
    pool.max_unused_warm_slots(settings.slots);
    pool.max_memory_size(settings.max_memory_bytes);
    pool.linear_memory_keep_resident(4 << 20);
    pool.table_keep_resident(64 << 10);
    pool.async_stack_keep_resident(64 << 10);
    pool.pagemap_scan(Enabled::Auto);
    pool
}

/// The thread that advances the epoch until it is dropped.
struct Ticker {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    fn start(engine: Engine) -> anyhow::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new().name("wasm-epoch".into()).spawn(move || {
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                engine.increment_epoch();
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread only counts; it has nothing to report.
            let _ = thread.join();
        }
    }
}
