//! The script sandbox: a fresh instance of the agentscript component for every script. Makes no calls.
//!
//! Scripts run as suspendable futures (wasmtime fibers) on the worker that polls them. A short script, the
//! usual case, finishes inside its first poll. One that computes for longer is suspended at every tick and
//! takes turns (see [`super::turns`]); so it cannot starve the runtime, can be dropped halfway, and needs no
//! thread of its own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use frontmcp_core::ports::{
    BoxFuture, Completion, Sandbox, SandboxError, Script, ScriptError, ScriptErrorKind, ScriptStart,
    ScriptState, ScriptStep,
};
use frontmcp_core::reject::Fault;
use wasmtime::component::Linker;
use wasmtime::{PoolConcurrencyLimitError, ResourceLimiter, Store, StoreContextMut, Trap, UpdateDeadline};

use convert::step;

use super::bindings::exports::frontmcp::sandbox::engine as wit;
use super::bindings::{Sandbox as Instance, SandboxPre};
use super::engine::{WasmEngine, plain};
use super::meter::Meter;
use super::turns::{Turn, Turns};

mod convert;

/// Linear memory beyond the script's own heap: the engine's image and the JSON passing through, in bytes.
const ENGINE_MEMORY_BYTES: u64 = 32 << 20;

/// Entries of the function table; the engine itself has some hundreds and adds none.
const MAX_TABLE: usize = 10_000;

/// Ticks of a script's first slice, so that it lasts at least one whole tick.
const FIRST_SLICE: u64 = 2;

/// Instances of agentscript, from the pool of one engine.
pub struct WasmSandbox {
    engine: Arc<WasmEngine>,
    template: SandboxPre<State>,
    turns: Turns,
}

impl WasmSandbox {
    /// Compiles (or loads) the agentscript component; it must import nothing.
    pub fn new(engine: Arc<WasmEngine>, wasm: &[u8], cache_dir: Option<&Path>) -> anyhow::Result<Self> {
        let component = engine.component(wasm, cache_dir)?;
        let linker = Linker::new(engine.engine());
        let template = linker.instantiate_pre(&component).and_then(SandboxPre::new).map_err(plain)?;
        Ok(Self { engine, template, turns: Turns::for_this_machine() })
    }

    fn instantiate(&self) -> wasmtime::Result<WasmScript> {
        let mut store = Store::new(self.engine.engine(), State::new(&self.engine, self.turns.turn()));
        store.limiter(|state| &mut state.memory);
        store.set_epoch_deadline(FIRST_SLICE);
        store.epoch_deadline_callback(at_tick);
        let raw = self.template.instance_pre().instantiate(&mut store)?;
        let instance = Instance::new(&mut store, &raw)?;
        Ok(WasmScript { store, instance, steps: 0, peak_memory_bytes: 0 })
    }
}

impl Sandbox for WasmSandbox {
    fn open(&self) -> Result<Box<dyn Script>, SandboxError> {
        match self.instantiate() {
            Ok(script) => Ok(Box::new(script)),
            Err(error) if error.is::<PoolConcurrencyLimitError>() => Err(SandboxError::Busy),
            Err(error) => Err(SandboxError::Fault(Fault::new(format!("opening a sandbox: {error:#}")))),
        }
    }
}

/// What the host keeps beside one instance.
struct State {
    memory: MemoryCap,
    meter: Meter,
    turn: Turn,
    budget: Duration,
}

impl State {
    fn new(engine: &WasmEngine, turn: Turn) -> Self {
        let memory = MemoryCap { bytes: engine.settings().max_memory_bytes, refused: false };
        Self { memory, meter: Meter::default(), turn, budget: Duration::ZERO }
    }
}

/// Decides at every tick whether the script has spent its budget; by the real clock, since ticks stretch
/// under load.
fn at_tick(store: StoreContextMut<'_, State>) -> wasmtime::Result<UpdateDeadline> {
    let state = store.data();
    if state.meter.total() >= state.budget {
        return Ok(UpdateDeadline::Interrupt);
    }
    Ok(UpdateDeadline::YieldCustom(1, state.turn.next()))
}

/// Caps linear memory and remembers a refusal, to tell exhaustion from a broken engine.
struct MemoryCap {
    bytes: usize,
    refused: bool,
}

impl ResourceLimiter for MemoryCap {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.refused |= desired > self.bytes;
        Ok(desired <= self.bytes)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= MAX_TABLE)
    }
}

/// One script in its instance.
struct WasmScript {
    store: Store<State>,
    instance: Instance,
    steps: u64,
    peak_memory_bytes: u64,
}

impl Script for WasmScript {
    fn start(&mut self, start: ScriptStart) -> BoxFuture<'_, Result<ScriptStep, Fault>> {
        Box::pin(async move {
            let state = self.store.data_mut();
            state.budget = Duration::from_millis(start.limits.compute_ms);
            let wanted = start.limits.memory_bytes.saturating_add(ENGINE_MEMORY_BYTES);
            state.memory.bytes = state.memory.bytes.min(usize::try_from(wanted).unwrap_or(usize::MAX));
            let request = start.into();
            self.run(async |instance, store| {
                instance.frontmcp_sandbox_engine().call_start(store, &request).await
            })
            .await
        })
    }

    fn step(
        &mut self,
        completions: Vec<Completion>,
        now_ms: u64,
    ) -> BoxFuture<'_, Result<ScriptStep, Fault>> {
        Box::pin(async move {
            let completions: Vec<wit::Completion> = completions.into_iter().map(Into::into).collect();
            self.run(async |instance, store| {
                instance.frontmcp_sandbox_engine().call_step(store, &completions, now_ms).await
            })
            .await
        })
    }
}

impl WasmScript {
    /// One entry into the instance: measured, in slices, its traps told apart.
    async fn run(
        &mut self,
        enter: impl AsyncFnOnce(&Instance, &mut Store<State>) -> wasmtime::Result<wit::Report>,
    ) -> Result<ScriptStep, Fault> {
        let meter = self.store.data().meter.clone();
        let before = meter.total();
        self.store.set_epoch_deadline(FIRST_SLICE);
        let outcome = meter.measure(enter(&self.instance, &mut self.store)).await;
        self.store.data().turn.end();
        let compute_us = u64::try_from((meter.total() - before).as_micros()).unwrap_or(u64::MAX);
        match outcome {
            Ok(report) => {
                self.steps = report.steps;
                self.peak_memory_bytes = report.peak_memory_bytes;
                Ok(step(report, compute_us))
            }
            Err(error) => {
                let error = self.trapped(&error)?;
                Ok(ScriptStep {
                    state: ScriptState::Failed(error),
                    events: Vec::new(),
                    steps: self.steps,
                    peak_memory_bytes: self.peak_memory_bytes,
                    compute_us,
                })
            }
        }
    }

    /// What a trap means for the script; anything unforeseen is a fault of ours.
    fn trapped(&self, error: &wasmtime::Error) -> Result<ScriptError, Fault> {
        let (kind, name, message) = match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => {
                let budget = self.store.data().budget.as_millis();
                (
                    ScriptErrorKind::Timeout,
                    "Timeout",
                    format!("the script computed for more than {budget} ms"),
                )
            }
            Some(Trap::StackOverflow) => {
                (ScriptErrorKind::StackOverflow, "RangeError", "Maximum call stack size exceeded".to_owned())
            }
            _ if self.store.data().memory.refused => {
                (ScriptErrorKind::OutOfMemory, "InternalError", "out of memory".to_owned())
            }
            _ => return Err(Fault::new(format!("the script engine trapped: {error:#}"))),
        };
        Ok(ScriptError { kind, name: name.to_owned(), message, stack: String::new(), tool_error_json: None })
    }
}
