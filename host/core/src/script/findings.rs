//! Collects what is wrong with a script: bounded, in source order, each offence once.
//! Never decides what is wrong.

use super::check::{Refusal, ScriptFinding};
use super::text;
use crate::findings::Severity;

/// Most findings reported for one script.
const MOST: usize = 50;

/// One offence, before its place is known in lines.
pub(super) struct Offence {
    pub rule: &'static str,
    pub message: String,
    pub hint: String,
}

/// The offences of one script.
pub(super) struct Findings<'s> {
    source: &'s str,
    found: Vec<(usize, Offence)>,
}

impl<'s> Findings<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, found: Vec::new() }
    }

    /// Adds an offence at a byte offset. Memory is bounded: far beyond the limit nothing is kept.
    #[cold]
    pub(super) fn add(&mut self, offset: usize, offence: Offence) {
        if self.found.len() < MOST * 20 {
            self.found.push((offset, offence));
        }
    }

    /// Whether any offence breaks `rule`.
    pub(super) fn breaks(&self, rule: &str) -> bool {
        self.found.iter().any(|(_, offence)| offence.rule == rule)
    }

    /// The refusal, if there is any offence.
    pub(super) fn into_refusal(mut self) -> Option<Refusal> {
        self.found.sort_by_key(|(offset, _)| *offset);
        self.found.dedup_by(|a, b| a.0 == b.0 && a.1.rule == b.1.rule);
        self.found.truncate(MOST);
        let source = self.source;
        let findings: Vec<ScriptFinding> = self
            .found
            .into_iter()
            .map(|(offset, offence)| ScriptFinding {
                rule: offence.rule,
                message: offence.message,
                location: text::locate(source, offset),
                hint: offence.hint,
                severity: Severity::Error,
            })
            .collect();
        let kind = match findings.first()?.rule {
            "unknown-global" => "DisallowedGlobal",
            _ => "IllegalBuiltinAccess",
        };
        Some(Refusal::Illegal { kind, findings })
    }
}
