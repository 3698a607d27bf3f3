//! The immutable state that one request holds from start to end.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::openapi::operation::{Operation, Spec};
use crate::skill::catalog::Catalog;

/// Everything live, frozen.
#[derive(Debug)]
pub struct Snapshot {
    /// `server.info.name`.
    pub name: String,
    /// `server.info.version`.
    pub version: String,
    /// `server.info.title`.
    pub title: Option<String>,
    /// `server.instructions`, then the catalog of visible skills; at most 16 KB.
    pub instructions: String,
    /// Specs by id, without their operations.
    pub specs: BTreeMap<String, Arc<Spec>>,
    /// Operations that at least one skill grants, by tool name (`spec.name`).
    pub operations: BTreeMap<String, Arc<Operation>>,
    /// All skills.
    pub catalog: Catalog,
}
