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

/// Reads another document of a description by its name: a path or https URL, already resolved against the
/// referring document's [`Document::file`]. Must refuse everything outside the deployment's folder and the root
/// description's own origin. The error text is for the finding.
pub type Read<'a> = dyn FnMut(&str) -> Result<Document, String> + 'a;

/// Indexes one description and everything it refers to. Returns what could be loaded and every finding; with
/// errors the spec is `None`. Problems of single operations are warnings here and become errors in
/// [`Spec::resolve`], that is, for operations that somebody uses.
pub fn load(source: &SpecSource, root: Document, read: &mut Read<'_>) -> (Option<Spec>, Vec<Finding>) {
    let _ = (source, root, read);
    todo!("openapi::load")
}
