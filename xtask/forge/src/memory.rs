//! Lets a core module take its memory from outside instead of making its own, so that one memory serves instance after
//! instance. Never changes what the module does with it.

use anyhow::{Context, Result, ensure};
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
    Ok((module.finish(), memory.minimum))
}

/// The one memory of a module that imports nothing: every index stays what it is.
fn the_only(wasm: &[u8]) -> Result<MemoryType> {
    let mut memories = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(_) => anyhow::bail!("the module imports something already"),
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
    ensure!(memories.len() == 1, "the module has {} memories, not one", memories.len());
    memories.pop().context("a memory")
}
