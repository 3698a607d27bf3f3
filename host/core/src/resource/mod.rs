//! What of a deployment is a resource: answers of granted GET operations, and the files of skills. Finds what a URI
//! names; never performs a call.

use serde_json::Value;

use crate::mcp::surface::Offer;
use crate::openapi::operation::Operation;
use crate::registry::snapshot::Snapshot;
use crate::skill::catalog::SkillFile;

pub mod content;
mod media;
mod operations;
mod skills;
mod template;
mod types;
mod uri;

pub use media::of_path as media_type;
use operations::Operations;
pub use skills::file_of;

/// Every resource of one snapshot.
#[derive(Debug)]
pub struct Inventory {
    operations: Operations,
}

/// What a URI names.
#[derive(Debug)]
pub enum Found<'a> {
    /// A file of a skill, by its path in the skill's folder.
    File(&'a str, &'a SkillFile),
    /// What this operation answers to this input, which fits its schema.
    Operation(&'a Operation, Value),
}

/// Why a URI names nothing.
#[derive(Debug, PartialEq)]
pub enum Missing {
    /// There is no such resource.
    Unknown,
    /// There is one, but not for these values: what is wrong with each.
    Invalid(Vec<String>),
}

impl Inventory {
    /// Finds the operations that are resources.
    pub fn of(snapshot: &Snapshot) -> Self {
        Self { operations: Operations::of(&snapshot.operations) }
    }

    /// What the lists show of `snapshot`, which is the one this was made of.
    pub fn offer(&self, snapshot: &Snapshot) -> Offer {
        let mut offer = skills::offer(snapshot);
        self.operations.offer(&mut offer);
        offer
    }

    /// What `uri` names. Skills that discovery does not show are found by whoever knows their name.
    ///
    /// # Errors
    /// Nothing has that URI, or it has values that the operation does not take.
    pub fn find<'a>(&'a self, snapshot: &'a Snapshot, uri: &str) -> Result<Found<'a>, Missing> {
        match uri.strip_prefix("skill://") {
            Some(below) => {
                let (path, file) = file_of(&snapshot.catalog, below).ok_or(Missing::Unknown)?;
                Ok(Found::File(path, file))
            }
            None => {
                let (operation, input) = self.operations.find(uri)?;
                Ok(Found::Operation(operation, input))
            }
        }
    }
}

#[cfg(test)]
mod tests;
