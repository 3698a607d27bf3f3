//! Which operations a call may use: granted by the active skills, never filtered from everything.

use std::collections::BTreeSet;

use crate::reject::Reject;
use crate::skill::catalog::Catalog;

/// The active skills and what they grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Active skills, sorted: the requested ones, what they require, and every always-loaded one.
    pub skills: BTreeSet<String>,
    /// Granted tool names (`spec.name`).
    pub operations: BTreeSet<String>,
}

/// Resolves the active skills. `requested: None` means every skill the caller may use; `allowed` narrows
/// the granted tools further. Unknown skills and tools are refused, all of them in one message.
pub fn resolve(
    catalog: &Catalog,
    requested: Option<&[String]>,
    allowed: Option<&[String]>,
) -> Result<Grant, Reject> {
    let _ = (catalog, requested, allowed);
    todo!("grant::resolve")
}
