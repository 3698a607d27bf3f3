//! An adapter component's interface `storage-plan`: which binding operations a storage request comes to. Each question has
//! a fresh instance. Performs nothing.

use frontmcp_core::Fault;
use frontmcp_core::adapter::{
    Entry, Migration, Op, Outcome, Pending, Place, Planner, Request, Statement, Step,
};
use frontmcp_core::adapter::{Transaction, Value};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store, StoreLimits, StoreLimitsBuilder};

use bindings::exports::frontmcp::adapter::bindings as wit;
use bindings::exports::frontmcp::adapter::storage_plan as plan;
use bindings::{PlanWorld, PlanWorldPre};

use super::engine::plain;

mod bindings {
    wasmtime::component::bindgen!({
        inline: "package frontmcp:native; world plan-world {
            export frontmcp:adapter/bindings@0.1.0;
            export frontmcp:adapter/storage-plan@0.1.0;
        }",
        path: "../../wit/frontmcp-adapter@0.1.0",
        world: "frontmcp:native/plan-world",
    });
}

/// What one answer may cost, in wasmtime's fuel.
const FUEL: u64 = 10_000_000_000;
/// Linear memory, in bytes: an envelope passes through it.
const MAX_MEMORY: usize = 256 << 20;

/// An adapter component, as the planner of the storage ports.
pub struct WasmAdapter {
    engine: Engine,
    template: PlanWorldPre<StoreLimits>,
}

impl WasmAdapter {
    /// Compiles the component; it must import nothing.
    ///
    /// # Errors
    /// It is no component, imports something, or does not export `frontmcp:adapter/storage-plan`.
    pub fn new(wasm: &[u8]) -> anyhow::Result<Self> {
        let mut config = Config::new();
        config.consume_fuel(true);
        let engine = Engine::new(&config).map_err(plain)?;
        let component = Component::new(&engine, wasm).map_err(plain)?;
        let template =
            Linker::new(&engine).instantiate_pre(&component).and_then(PlanWorldPre::new).map_err(plain)?;
        Ok(Self { engine, template })
    }

    /// The tables of each binding.
    ///
    /// # Errors
    /// The component is broken.
    pub fn migrations(&self) -> anyhow::Result<Vec<Migration>> {
        let migrations =
            self.ask(|world, store| world.frontmcp_adapter_storage_plan().call_migrations(store));
        let migrations = migrations.map_err(plain)?.into_iter();
        Ok(migrations
            .map(|plan::Migration { binding, statements }| Migration { binding, statements })
            .collect())
    }

    fn ask<T>(
        &self,
        question: impl FnOnce(&PlanWorld, &mut Store<StoreLimits>) -> wasmtime::Result<T>,
    ) -> wasmtime::Result<T> {
        let limits = StoreLimitsBuilder::new().memory_size(MAX_MEMORY).build();
        let mut store = Store::new(&self.engine, limits);
        store.limiter(|limits| limits);
        store.set_fuel(FUEL)?;
        let world = self.template.instantiate(&mut store)?;
        question(&world, &mut store)
    }
}

fn trapped(error: &wasmtime::Error) -> Fault {
    Fault::new(format!("the adapter trapped: {error:#}"))
}

impl Planner for WasmAdapter {
    fn begin(&self, request: Request) -> Result<Step, Fault> {
        let Request { procedure, arguments } = request;
        let request = plan::Request { procedure, arguments: values_in(arguments) };
        let step = self.ask(|world, store| world.frontmcp_adapter_storage_plan().call_begin(store, &request));
        step.map(step_out).map_err(|error| trapped(&error))
    }

    fn resume(&self, state: Vec<Value>, outcomes: Vec<Outcome>) -> Result<Step, Fault> {
        let state = values_in(state);
        let outcomes: Vec<wit::Outcome> = outcomes.into_iter().map(outcome_in).collect();
        let step = self
            .ask(|world, store| world.frontmcp_adapter_storage_plan().call_resume(store, &state, &outcomes));
        step.map(step_out).map_err(|error| trapped(&error))
    }
}

fn values_in(values: Vec<Value>) -> Vec<wit::Value> {
    values.into_iter().map(value_in).collect()
}

fn value_in(value: Value) -> wit::Value {
    match value {
        Value::Null => wit::Value::Null,
        Value::Integer(number) => wit::Value::Integer(number),
        Value::Text(text) => wit::Value::Text(text),
        Value::Blob(bytes) => wit::Value::Blob(bytes),
    }
}

fn outcome_in(outcome: Outcome) -> wit::Outcome {
    match outcome {
        Outcome::Rows(rows) => {
            let statement = |rows: Vec<Vec<Value>>| rows.into_iter().map(values_in).collect();
            wit::Outcome::Rows(rows.into_iter().map(statement).collect())
        }
        Outcome::Bytes(bytes) => wit::Outcome::Bytes(bytes),
        Outcome::Done => wit::Outcome::Done,
        Outcome::Failed(reason) => wit::Outcome::Failed(reason),
    }
}

fn values_out(values: Vec<wit::Value>) -> Vec<Value> {
    let value = |value| match value {
        wit::Value::Null => Value::Null,
        wit::Value::Integer(number) => Value::Integer(number),
        wit::Value::Text(text) => Value::Text(text),
        wit::Value::Blob(bytes) => Value::Blob(bytes),
    };
    values.into_iter().map(value).collect()
}

fn step_out(step: plan::Step) -> Step {
    match step {
        plan::Step::Pending(plan::Pending { ops, state }) => {
            Step::Pending(Pending { ops: ops.into_iter().map(op_out).collect(), state: values_out(state) })
        }
        plan::Step::Done(rows) => {
            let statement = |rows: Vec<Vec<wit::Value>>| rows.into_iter().map(values_out).collect();
            Step::Done(rows.into_iter().map(statement).collect())
        }
        plan::Step::Failed(reason) => Step::Failed(reason),
    }
}

fn op_out(op: wit::Op) -> Op {
    let place = |wit::Place { binding, key }| Place { binding, key };
    let entry = |wit::Entry { binding, key, bytes, expires_ms }| Entry { binding, key, bytes, expires_ms };
    match op {
        wit::Op::Sql(wit::Transaction { binding, object, statements }) => {
            let statement = |wit::Statement { sql, values }| Statement { sql, values: values_out(values) };
            let statements = statements.into_iter().map(statement).collect();
            Op::Sql(Transaction { binding, object, statements })
        }
        wit::Op::KvGet(it) => Op::KvGet(place(it)),
        wit::Op::KvPut(it) => Op::KvPut(entry(it)),
        wit::Op::KvDelete(it) => Op::KvDelete(place(it)),
        wit::Op::BucketHead(it) => Op::BucketHead(place(it)),
        wit::Op::BucketGet(it) => Op::BucketGet(place(it)),
        wit::Op::BucketPut(it) => Op::BucketPut(entry(it)),
        wit::Op::BucketDelete(it) => Op::BucketDelete(place(it)),
    }
}
