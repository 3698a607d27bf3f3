//! Joins data segments of a core module that lie close together. A snapshot of memory comes in thousands, and each costs
//! bytes, and time whenever the module is instantiated. Never changes what memory holds then.

use anyhow::Result;
use wasm_encoder::{ConstExpr, DataCountSection, DataSection, Module, RawSection};
use wasmparser::{DataKind, Operator, Parser, Payload};

/// Zeros between two segments that are written out to join them: they compress well.
const GAP: usize = 256;

/// The module with fewer segments; as it is if one of them is not at a fixed place of the first memory.
pub(crate) fn join(wasm: &[u8]) -> Result<Vec<u8>> {
    let Some(Segments { passive, active }) = Segments::of(wasm)? else { return Ok(wasm.to_vec()) };
    let active = joined(active);
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::DataCountSection { .. } => {
                let count = u32::try_from(passive.len() + active.len())?;
                module.section(&DataCountSection { count });
            }
            Payload::DataSection(_) => {
                let mut section = DataSection::new();
                for bytes in &passive {
                    section.passive(bytes.iter().copied());
                }
                for (at, bytes) in &active {
                    section.active(0, &ConstExpr::i32_const(at.cast_signed()), bytes.iter().copied());
                }
                module.section(&section);
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    let data = &wasm[usize::try_from(range.start)?..usize::try_from(range.end)?];
                    module.section(&RawSection { id, data });
                }
            }
        }
    }
    Ok(module.finish())
}

struct Segments<'a> {
    /// Those that code may copy by their numbers, so that they keep them: they come first.
    passive: Vec<&'a [u8]>,
    /// Where each begins, and what it holds.
    active: Vec<(u32, Vec<u8>)>,
}

impl<'a> Segments<'a> {
    /// Nothing if there are others, or in another order.
    fn of(wasm: &'a [u8]) -> Result<Option<Self>> {
        let mut segments = Self { passive: Vec::new(), active: Vec::new() };
        for payload in Parser::new(0).parse_all(wasm) {
            let Payload::DataSection(section) = payload? else { continue };
            for data in section {
                let data = data?;
                match data.kind {
                    DataKind::Passive if segments.active.is_empty() => segments.passive.push(data.data),
                    DataKind::Active { memory_index: 0, offset_expr } => {
                        let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? else {
                            return Ok(None);
                        };
                        segments.active.push((value.cast_unsigned(), data.data.to_vec()));
                    }
                    _ => return Ok(None),
                }
            }
        }
        Ok(Some(segments))
    }
}

/// No two of a snapshot or of a compiler overlap, so that what lies between them is zero.
fn joined(mut segments: Vec<(u32, Vec<u8>)>) -> Vec<(u32, Vec<u8>)> {
    segments.sort_by_key(|(at, _)| *at);
    let mut joined: Vec<(u32, Vec<u8>)> = Vec::new();
    for (at, bytes) in segments {
        match joined.last_mut() {
            Some((start, last)) if (at - *start) as usize <= last.len() + GAP => {
                last.resize((at - *start) as usize, 0);
                last.extend(bytes);
            }
            _ => joined.push((at, bytes)),
        }
    }
    joined
}
