//! From a core module to a component: snapshot, componentize, check, write.
//!
//! `frontmcp-forge CORE.wasm COMPONENT.wasm --exports NAME,...` fails unless the component exports
//! exactly these interfaces and imports nothing. The same input always gives the same bytes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};
use wasmtime::{Config, Engine, ExternType, Linker, Module, Store};
use wasmtime_wizer::Wizer;
use wit_component::{ComponentEncoder, DecodedWasm};
use wit_parser::{Resolve, WorldItem, WorldKey};

/// Present in the core module, gone from the snapshot.
const INITIALIZE: &str = "wizer-initialize";

fn main() -> Result<()> {
    let job = Job::from_arguments(env::args().skip(1))?;
    let core = fs::read(&job.core).with_context(|| format!("reading {}", job.core.display()))?;
    let engine = engine()?;
    require_initializer(&engine, &core)?;
    let snapshot = snapshot(&engine, &core)?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&snapshot)
        .context("the core module does not fit its world")?
        .encode()?;
    check_interfaces(&component, &job.exports)?;
    write_whole(&job.component, &component)
}

struct Job {
    core: PathBuf,
    component: PathBuf,
    exports: BTreeSet<String>,
}

impl Job {
    fn from_arguments(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let arguments: Vec<String> = arguments.collect();
        let [core, component, flag, exports] = arguments.as_slice() else {
            bail!("usage: frontmcp-forge CORE.wasm COMPONENT.wasm --exports NAME,...");
        };
        ensure!(flag == "--exports", "unknown option {flag}; expected --exports");
        Ok(Self {
            core: core.into(),
            component: component.into(),
            exports: exports.split(',').map(str::to_owned).collect(),
        })
    }
}

fn engine() -> Result<Engine> {
    let mut config = Config::new();
    // A snapshot must not depend on the machine that takes it.
    config.cranelift_nan_canonicalization(true);
    config.relaxed_simd_deterministic(true);
    Ok(Engine::new(&config)?)
}

fn require_initializer(engine: &Engine, core: &[u8]) -> Result<()> {
    let module = Module::new(engine, core).context("not a valid core module")?;
    let imports: Vec<String> =
        module.imports().map(|import| format!("{}.{}", import.module(), import.name())).collect();
    ensure!(imports.is_empty(), "the core module imports {}", imports.join(", "));
    match module.get_export(INITIALIZE) {
        Some(ExternType::Func(_)) => Ok(()),
        _ => bail!("the core module exports no function `{INITIALIZE}`"),
    }
}

/// Runs the initializer and writes the resulting memory into the module.
fn snapshot(engine: &Engine, core: &[u8]) -> Result<Vec<u8>> {
    let mut store = Store::new(engine, ());
    let wizer = Wizer::new();
    let run = wizer.run(&mut store, core, async |store, module| {
        Linker::new(store.engine()).instantiate_async(store, module).await
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    Ok(runtime.block_on(run)?)
}

fn check_interfaces(component: &[u8], exports: &BTreeSet<String>) -> Result<()> {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component)? else {
        bail!("the output is no component");
    };
    let world = &resolve.worlds[world];
    let imports = names(&resolve, world.imports.keys());
    ensure!(imports.is_empty(), "the component imports {}; it must import nothing", list(&imports));
    let found = names(&resolve, world.exports.iter().filter(|(_, item)| is_interface(item)).map(|(key, _)| key));
    ensure!(found == *exports, "the component exports {}, expected {}", list(&found), list(exports));
    Ok(())
}

fn is_interface(item: &WorldItem) -> bool {
    matches!(item, WorldItem::Interface { .. } | WorldItem::Function(_))
}

fn names<'a>(resolve: &Resolve, keys: impl Iterator<Item = &'a WorldKey>) -> BTreeSet<String> {
    keys.map(|key| resolve.name_world_key(key)).collect()
}

fn list(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// A reader sees the old file or the new one, never half of one.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("the component needs a folder")?;
    fs::create_dir_all(folder)?;
    let partial = path.with_extension("wasm.partial");
    fs::write(&partial, bytes).with_context(|| format!("writing {}", partial.display()))?;
    fs::rename(&partial, path).with_context(|| format!("writing {}", path.display()))
}
