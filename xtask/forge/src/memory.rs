//! Lets a core module take its memory from outside instead of making its own, so that one memory serves instance after
//! instance. Never changes what the module does with it.

use anyhow::{Result, anyhow, bail};
use wasm_encoder::{ImportSection, MemoryType, Module, RawSection};
use wasmparser::{Parser, Payload};

/// Where the module imports it from.
const FROM: (&str, &str) = ("sandbox", "memory");

const IMPORT_SECTION: u8 = 2;

/// The module, and how many pages of 64 KiB its memory begins with.
pub(crate) fn import(wasm: &[u8]) -> Result<(Vec<u8>, u64)> {
    let memory = the_only(wasm)?;
    let mut imports = ImportSection::new();
    imports.import(FROM.0, FROM.1, memory);
    let mut imports = Some(imports);
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        if matches!(payload, Payload::MemorySection(_)) {
            continue;
        }
        let Some((id, range)) = payload.as_section() else { continue };
        // Types come first; the order of the others is fixed as well.
        if id > IMPORT_SECTION
            && let Some(imports) = imports.take()
        {
            module.section(&imports);
        }
        let data = &wasm[usize::try_from(range.start)?..usize::try_from(range.end)?];
        module.section(&RawSection { id, data });
    }
    let module = module.finish();
    let valid = wasmtime::Module::validate(&wasmtime::Engine::default(), &module);
    valid.map_err(|error| anyhow!("the module is not valid any more: {error:?}"))?;
    Ok((module, memory.minimum))
}

/// The one memory of a module that imports nothing: every index stays what it is.
fn the_only(wasm: &[u8]) -> Result<MemoryType> {
    let mut memories = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(_) => bail!("the module imports something already"),
            Payload::MemorySection(section) => {
                for memory in section {
                    let memory = memory?;
                    memories.push(MemoryType {
                        minimum: memory.initial,
                        maximum: memory.maximum,
                        memory64: memory.memory64,
                        shared: memory.shared,
                        page_size_log2: memory.page_size_log2,
                    });
                }
            }
            _ => {}
        }
    }
    let [memory] = memories[..] else { bail!("the module has {} memories, not one", memories.len()) };
    Ok(memory)
}
