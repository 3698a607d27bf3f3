//! What one tool call leaves in the audit log: a record for each operation that was asked for, then one for the call.
//! Never keeps a body, and never lets an answer go out whose records are not durable.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::Resources;
use crate::audit::digest;
use crate::bundle::sha256_hex;
use crate::codecall::{Answer, CallContext, Reply, Tool};
use crate::ports::Audit;
use crate::ports::audit::{Entry, Event};
use crate::reject::{Failure, Fault};
use crate::skill::grant::Grant;
use crate::upstream::{Outcome, ToolError};

/// What came of something that was broken off: the client went away, or time was up.
const CANCELLED: &str = "CANCELLED";
/// Skills that one record names, at most.
const MAX_SKILLS: usize = 32;

/// The records of one call. If it goes before it is [finished](Trail::finish), it leaves what it has: who breaks a call
/// off does not leave without a trace.
pub(super) struct Trail<'a> {
    resources: &'a Resources,
    context: &'a CallContext,
    /// `None` without storage, for tools that only read what everybody may, and once it is finished.
    audit: Option<Arc<dyn Audit>>,
    call: Entry,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: Vec<Entry>,
    chosen: Option<BTreeSet<String>>,
}

impl<'a> Trail<'a> {
    pub(super) fn begin(
        resources: &'a Resources,
        context: &'a CallContext,
        tool: Tool,
        arguments: &Value,
    ) -> Self {
        let name = match tool {
            Tool::Execute => Some("execute"),
            Tool::Invoke => Some("invoke"),
            Tool::SearchSkills | Tool::SearchKnowledge | Tool::Describe => None,
        };
        Self::named(resources, context, name, arguments)
    }

    /// The records of reading a resource, which is one operation and no tool.
    pub(super) fn of_read(resources: &'a Resources, context: &'a CallContext, input: &Value) -> Self {
        Self::named(resources, context, Some("read"), input)
    }

    fn named(
        resources: &'a Resources,
        context: &'a CallContext,
        name: Option<&str>,
        arguments: &Value,
    ) -> Self {
        let audit = resources.ports.storage.as_ref().filter(|_| name.is_some());
        let mut trail = Self {
            resources,
            context,
            audit: audit.map(|storage| storage.audit.clone()),
            call: Entry::default(),
            state: Mutex::default(),
        };
        if trail.audit.is_some() {
            let mut id = [0; 8];
            resources.ports.entropy.fill(&mut id);
            trail.call = Entry {
                subject: context.principal.key(),
                session: context.session.clone(),
                call: Some(format!("{:016x}", u64::from_be_bytes(id))),
                tool: name.map(str::to_owned),
                bundle_sha256: context.bundle_sha256.clone(),
                input_sha256: Some(digest(arguments)),
                ..Entry::default()
            };
        }
        trail
    }

    /// The caller chose skills; until then all are active.
    pub(super) fn choose(&self, grant: &Grant) {
        if self.audit.is_some() {
            self.state().chosen = Some(grant.skills.clone());
        }
    }

    /// An operation is about to be called with this input.
    pub(super) fn attempt(&self, tool: &str, input: &Value) -> Attempt<'_> {
        Attempt { trail: self, entry: self.audit.is_some().then(|| self.entry(tool, digest(input))) }
    }

    /// An operation was asked for and is not called.
    pub(super) fn refused(&self, tool: &str, input: &str, error: &ToolError) {
        if self.audit.is_none() {
            return;
        }
        let entry = self.entry(tool, digest_of(input));
        self.push(Entry {
            event: Event::OperationRefused,
            outcome: error.code.clone(),
            error: Some(error.message.clone()),
            ..entry
        });
    }

    /// Appends the records, and passes the answer on once they are durable.
    pub(super) async fn finish(mut self, answered: Result<Reply, Failure>) -> Result<Reply, Failure> {
        let Some(audit) = self.audit.clone() else { return answered };
        let answered = answered.map_err(|failure| match failure {
            // Logged here, so that the record names the same id as the answer.
            Failure::Fault(fault) => Failure::Fault(self.resources.ports.record(fault)),
            Failure::Reject(_) => failure,
        });
        let (outcome, output_sha256, error) = match &answered {
            Ok(Reply::Answer(answer)) => (outcome(answer), Some(digest(&answer.structured)), None),
            Ok(Reply::Text(text)) => ("ok".to_owned(), Some(digest_of(text)), None),
            Err(Failure::Reject(reject)) => (reject.code.to_owned(), None, Some(reject.message.clone())),
            Err(Failure::Fault(fault)) => ("fault".to_owned(), None, Some(fault.to_string())),
        };
        let entry = Entry { output_sha256, error, ..self.ended(outcome) };
        self.push(entry);
        // Until here whatever happens leaves a record.
        self.audit = None;
        let entries = std::mem::take(&mut self.state().entries);
        audit.append(entries).await?;
        answered
    }

    /// Appends the records of operations alone, and returns once they are durable.
    pub(super) async fn finish_read(mut self) -> Result<(), Fault> {
        let Some(audit) = self.audit.take() else { return Ok(()) };
        let entries = std::mem::take(&mut self.state().entries);
        audit.append(entries).await.map(drop)
    }

    /// The record of the call itself.
    fn ended(&self, outcome: String) -> Entry {
        let skills = match &self.state().chosen {
            Some(chosen) => first(chosen.iter()),
            None => vec!["*".to_owned()],
        };
        Entry { event: Event::ToolCall, outcome, skills, ..self.call.clone() }
    }

    fn entry(&self, tool: &str, input_sha256: String) -> Entry {
        let state = self.state();
        let is_active = |name: &str| state.chosen.as_ref().is_none_or(|chosen| chosen.contains(name));
        let catalog = self.context.snapshot.catalog.skills.values();
        let granting = catalog
            .filter(|skill| is_active(&skill.name) && skill.operations.iter().any(|granted| granted == tool));
        Entry {
            operation: Some(tool.chars().take(256).collect()),
            skills: first(granting.map(|skill| &skill.name)),
            input_sha256: Some(input_sha256),
            ..self.call.clone()
        }
    }

    fn push(&self, mut entry: Entry) {
        entry.at_ms = self.resources.ports.clock.now_ms();
        self.state().entries.push(entry);
    }

    /// No holder leaves it half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Trail<'_> {
    fn drop(&mut self) {
        let Some(audit) = self.audit.take() else { return };
        let entry = self.ended(CANCELLED.to_owned());
        self.push(entry);
        let entries = std::mem::take(&mut self.state().entries);
        // Handing over is enough; there is nobody left to wait for it.
        drop(audit.append(entries));
    }
}

/// An operation that is being called. If nobody says how it ended, it was broken off.
pub(super) struct Attempt<'t> {
    trail: &'t Trail<'t>,
    entry: Option<Entry>,
}

impl Attempt<'_> {
    /// It ended like this.
    pub(super) fn ended(mut self, outcome: &Result<Outcome, ToolError>) {
        let Some(entry) = self.entry.take() else { return };
        self.trail.push(match outcome {
            Ok(outcome) => Entry {
                event: Event::OperationSuccess,
                outcome: "ok".to_owned(),
                status: Some(outcome.status),
                output_sha256: Some(digest(&outcome.value)),
                ..entry
            },
            Err(error) => Entry {
                event: Event::OperationFailure,
                outcome: error.code.clone(),
                status: Some(error.status.unwrap_or(0)),
                error: Some(error.message.clone()),
                ..entry
            },
        });
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if let Some(entry) = self.entry.take() {
            let outcome = CANCELLED.to_owned();
            self.trail.push(Entry { event: Event::OperationFailure, outcome, status: Some(0), ..entry });
        }
    }
}

/// The digest of a text's JSON value; of the text where it is none, or where our parser would take it for another.
fn digest_of(json: &str) -> String {
    let plain = !json.contains("$serde_json::private::");
    match serde_json::from_str::<Value>(json) {
        Ok(value) if plain => digest(&value),
        _ => sha256_hex(json.as_bytes()),
    }
}

/// A word for what a tool answered. What a script says itself is part of its output, of which there is a digest only.
fn outcome(answer: &Answer) -> String {
    let status = answer.structured.get("status").and_then(Value::as_str);
    let code = answer.structured.get("error").and_then(|error| error.get("code")).and_then(Value::as_str);
    let word = if answer.is_error { code.or(status) } else { status };
    word.unwrap_or("ok").chars().take(64).collect()
}

fn first<'n>(names: impl Iterator<Item = &'n String>) -> Vec<String> {
    names.take(MAX_SKILLS).cloned().collect()
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
