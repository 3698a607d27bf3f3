//! From a core module to a component: snapshot, componentize, check, write.
//!
//! `frontmcp-forge CORE.wasm COMPONENT.wasm --exports NAME,...` fails unless the component exports
//! exactly these interfaces and imports nothing. `frontmcp-forge --import-memory CORE.wasm OUTPUT.wasm` changes where a
//! core module has its memory from, and prints with how many pages it begins. The same input always gives the same bytes.

mod initialized;
mod memory;
mod segments;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{self, Poll, Waker};
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};
use initialized::Initialized;
use wasmtime_wizer::Wizer;
use wit_component::{ComponentEncoder, DecodedWasm};
use wit_parser::{Resolve, WorldItem, WorldKey};

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [flag, core, output] = arguments.as_slice()
        && flag == "--import-memory"
    {
        let (module, pages) = memory::import(&read(Path::new(core))?)?;
        write_whole(Path::new(output), &module)?;
        return writeln!(io::stdout(), "{pages}").context("telling its pages");
    }
    let job = Job::from_arguments(&arguments)?;
    let core = read(&job.core)?;
    let module = if job.snapshots { segments::join(&snapshot(&core)?)? } else { core };
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .context("the core module does not fit its world")?
        .encode()?;
    check_interfaces(&component, &job.exports)?;
    write_whole(&job.component, &component)
}

struct Job {
    core: PathBuf,
    component: PathBuf,
    exports: BTreeSet<String>,
    snapshots: bool,
}

impl Job {
    fn from_arguments(arguments: &[String]) -> Result<Self> {
        let [core, component, flag, exports, rest @ ..] = arguments else {
            bail!("usage: frontmcp-forge CORE.wasm COMPONENT.wasm --exports NAME,... [--no-snapshot]");
        };
        ensure!(flag == "--exports", "unknown option {flag}; expected --exports");
        let snapshots = match rest {
            [] => true,
            [flag] if flag == "--no-snapshot" => false,
            _ => bail!("unknown options {}", rest.join(" ")),
        };
        Ok(Self {
            core: core.into(),
            component: component.into(),
            exports: exports.split(',').map(str::to_owned).collect(),
            snapshots,
        })
    }
}

/// Runs the initializer and writes the resulting memory into the module, without the initializer.
fn snapshot(core: &[u8]) -> Result<Vec<u8>> {
    let wizer = Wizer::new();
    let snapshot = || {
        let (context, instrumented) = wizer.instrument(core)?;
        let mut instance = Initialized::new(&instrumented, wizer.get_init_func())?;
        block_on(wizer.snapshot(&context, &mut instance))
    };
    snapshot().map_err(|error: wasmtime::Error| anyhow::anyhow!("taking the snapshot: {error:?}"))
}

/// Waits for a future that never has to.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut task::Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("reading an instance does not wait"),
    }
}

fn check_interfaces(component: &[u8], exports: &BTreeSet<String>) -> Result<()> {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component)? else {
        bail!("the output is no component");
    };
    let world = &resolve.worlds[world];
    let imports = names(&resolve, world.imports.keys());
    ensure!(imports.is_empty(), "the component imports {}; it must import nothing", list(&imports));
    let found =
        names(&resolve, world.exports.iter().filter(|(_, item)| is_interface(item)).map(|(key, _)| key));
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

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}

/// A reader sees the old file or the new one, never half of one.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("the component needs a folder")?;
    fs::create_dir_all(folder)?;
    let partial = path.with_extension("wasm.partial");
    fs::write(&partial, bytes).with_context(|| format!("writing {}", partial.display()))?;
    fs::rename(&partial, path).with_context(|| format!("writing {}", path.display()))
}
