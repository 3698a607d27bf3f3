//! Skills and operations in full: instructions, files, JSON Schemas, TypeScript declarations.

use serde_json::Value;

use super::Answer;
use crate::registry::snapshot::Snapshot;

/// `describe`: everything a model needs to know before it writes a script.
pub fn describe(snapshot: &Snapshot, arguments: &Value) -> Answer {
    let _ = (snapshot, arguments);
    todo!("codecall::describe")
}
