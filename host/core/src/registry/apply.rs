//! Deployment → [`Snapshot`]: cross-checks skills against specs, classifies, indexes. All findings at once.

use crate::findings::Finding;
use crate::manifest::schema::Manifest;
use crate::openapi::operation::Spec;
use crate::registry::snapshot::Snapshot;
use crate::skill::markdown::SkillSource;

/// Everything a manifest refers to, read by a shell.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The effective manifest: overlay applied.
    pub manifest: Manifest,
    /// Loaded descriptions.
    pub specs: Vec<Spec>,
    /// Parsed skill folders, before their references are resolved.
    pub skills: Vec<SkillSource>,
}

/// Builds the snapshot. Warnings may accompany it; with errors there is none.
pub fn apply(deployment: Deployment) -> (Option<Snapshot>, Vec<Finding>) {
    let _ = deployment;
    todo!("registry::apply")
}
