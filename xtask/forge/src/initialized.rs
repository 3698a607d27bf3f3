//! An instance of a core module whose initializer has run, as the snapshot reads it.
//!
//! Written against wasmtime's plain interface: the wizer crate's own version switches on features
//! that the host does without, and wasmtime would be compiled twice.

use wasmtime::error::Context;
use wasmtime::{Config, Engine, Instance, Linker, Module, Result, Store, Val, ensure};
use wasmtime_wizer::{InstanceState, SnapshotVal, ValType};

pub(crate) struct Initialized {
    store: Store<()>,
    instance: Instance,
}

impl Initialized {
    /// Instantiates a module that imports nothing and runs its exported `initializer`.
    pub(crate) fn new(core: &[u8], initializer: &str) -> Result<Self> {
        let engine = engine()?;
        let module = Module::new(&engine, core).context("not a valid core module")?;
        let imports: Vec<String> =
            module.imports().map(|import| format!("{}.{}", import.module(), import.name())).collect();
        ensure!(imports.is_empty(), "the core module imports {}", imports.join(", "));
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
        instance
            .get_typed_func::<(), ()>(&mut store, initializer)
            .with_context(|| format!("the core module exports no function `{initializer}`"))?
            .call(&mut store, ())
            .with_context(|| format!("`{initializer}` failed"))?;
        Ok(Self { store, instance })
    }
}

/// What the initializer computes must not depend on the machine it runs on.
fn engine() -> Result<Engine> {
    let mut config = Config::new();
    config.cranelift_nan_canonicalization(true);
    config.relaxed_simd_deterministic(true);
    Engine::new(&config)
}

impl InstanceState for Initialized {
    async fn global_get(&mut self, name: &str, _: ValType) -> SnapshotVal {
        let global = self.instance.get_global(&mut self.store, name);
        match global.expect("the instrumented module exports its globals").get(&mut self.store) {
            Val::I32(value) => SnapshotVal::I32(value),
            Val::I64(value) => SnapshotVal::I64(value),
            Val::F32(value) => SnapshotVal::F32(value),
            Val::F64(value) => SnapshotVal::F64(value),
            Val::V128(value) => SnapshotVal::V128(value.as_u128()),
            other => unreachable!("no module for a component has a mutable global of type {other:?}"),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        let memory = self.instance.get_memory(&mut self.store, name);
        contents(memory.expect("the instrumented module exports its memories").data(&self.store));
    }
}
