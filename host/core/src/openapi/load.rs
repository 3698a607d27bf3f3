//! Description → [`Spec`]: resolves references, derives inputs, reports every problem at once.
//!
//! Never reads a file: the shell's `read` function does, for references across files.

use crate::findings::{Document, Finding};
use crate::openapi::operation::Spec;

/// What the manifest says about one description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecSource {
    /// Unique id.
    pub id: String,
    /// Path or https URL as written.
    pub spec: String,
    /// Overrides the description's servers.
    pub base_url: Option<String>,
    /// The namespace in scripts.
    pub binding_name: Option<String>,
}

/// Reads another file or URL named by a `$ref`, resolved against the referring document's name.
/// The error text is for the finding.
pub type Read<'a> = dyn FnMut(&str) -> Result<Document, String> + 'a;

/// Loads one description. Returns what could be loaded and every finding; with errors the spec is `None`.
pub fn load(source: &SpecSource, root: Document, read: &mut Read<'_>) -> (Option<Spec>, Vec<Finding>) {
    let _ = (source, root, read);
    todo!("openapi::load")
}
