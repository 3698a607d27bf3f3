//! A platform's knowledge, as a component without imports: plain functions of a manifest, each in a fresh instance.

use std::path::Path;

use wasmtime::component::Linker;
use wasmtime::{Config, Engine, Store, StoreLimits, StoreLimitsBuilder};

pub use bindings::exports::frontmcp::adapter::target::{
    Change, Emitted, Environment, File, Finding, Format, Options, Severity,
};
use bindings::{TargetWorld, TargetWorldPre};

use super::cache;
use super::engine::plain;

mod bindings {
    wasmtime::component::bindgen!({
        inline: "package frontmcp:native; world target-world { export frontmcp:adapter/target@0.1.0; }",
        path: "../../wit/frontmcp-adapter@0.1.0",
        world: "frontmcp:native/target-world",
    });
}

/// What one answer may cost, in wasmtime's fuel: some seconds, where a large manifest takes a thousandth of one.
const FUEL: u64 = 10_000_000_000;
/// Linear memory, in bytes.
const MAX_MEMORY: usize = 256 << 20;

/// An adapter component's interface `target`.
pub struct WasmTarget {
    engine: Engine,
    template: TargetWorldPre<StoreLimits>,
}

impl WasmTarget {
    /// Compiles the component, or takes the code compiled earlier from `cache_dir`; it must import nothing.
    ///
    /// # Errors
    /// It is no component, imports something, or does not export `frontmcp:adapter/target`.
    pub fn new(wasm: &[u8], cache_dir: Option<&Path>) -> anyhow::Result<Self> {
        let mut config = Config::new();
        config.consume_fuel(true);
        let engine = Engine::new(&config).map_err(plain)?;
        let component = cache::load(&engine, wasm, cache_dir)?;
        let template =
            Linker::new(&engine).instantiate_pre(&component).and_then(TargetWorldPre::new).map_err(plain)?;
        Ok(Self { engine, template })
    }

    /// Everything that stands in the way of deploying this manifest.
    ///
    /// # Errors
    /// The component is broken.
    pub fn validate(
        &self,
        manifest: &str,
        environment: Option<&str>,
        today: &str,
    ) -> anyhow::Result<Vec<Finding>> {
        self.ask(|world, store| {
            world.frontmcp_adapter_target().call_validate(store, manifest, environment, today)
        })
    }

    /// What the platform's tool needs to deploy this manifest.
    ///
    /// # Errors
    /// The component is broken.
    pub fn emit(
        &self,
        manifest: &str,
        environment: Option<&str>,
        options: &Options,
    ) -> anyhow::Result<Emitted> {
        self.ask(|world, store| {
            world.frontmcp_adapter_target().call_emit(store, manifest, environment, options)
        })
    }

    /// Which differences a running deployment cannot take by itself.
    ///
    /// # Errors
    /// The component is broken.
    pub fn structural_changes(&self, active: &str, candidate: &str) -> anyhow::Result<Vec<Change>> {
        self.ask(|world, store| {
            world.frontmcp_adapter_target().call_structural_changes(store, active, candidate)
        })
    }

    fn ask<T>(
        &self,
        question: impl FnOnce(&TargetWorld, &mut Store<StoreLimits>) -> wasmtime::Result<T>,
    ) -> anyhow::Result<T> {
        let limits = StoreLimitsBuilder::new().memory_size(MAX_MEMORY).build();
        let mut store = Store::new(&self.engine, limits);
        store.limiter(|limits| limits);
        store.set_fuel(FUEL).map_err(plain)?;
        let world = self.template.instantiate(&mut store).map_err(plain)?;
        question(&world, &mut store).map_err(plain)
    }
}
