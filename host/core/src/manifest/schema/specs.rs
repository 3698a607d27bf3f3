//! The three ways to name API descriptions, made one. Never looks into a folder: a shell lists it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{IDENT, Manifest, SPEC_ID};
use crate::openapi::load::SpecSource;

/// A folder of descriptions, or a list of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Specs {
    /// Every `.yaml`, `.yml` and `.json` file of this folder.
    Folder(#[schemars(length(min = 1, max = 2048))] String),
    /// These.
    List(#[schemars(length(max = 64))] Vec<SpecEntry>),
}

/// One description.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SpecEntry {
    /// A path or https URL; the id comes from its file name.
    Path(#[schemars(length(min = 1, max = 2048))] String),
    /// With an id of its own.
    Object(SpecObject),
}

/// A description with an id of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpecObject {
    /// Names the description in `op://id/operation`.
    #[schemars(length(min = 1, max = 128), regex(pattern = SPEC_ID))]
    pub id: String,
    /// A path or https URL.
    #[schemars(length(min = 1, max = 2048))]
    pub spec: String,
    /// Replaces the servers of the description.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(url)]
    pub base_url: Option<String>,
    /// The object that holds the operations in scripts; the id if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), regex(pattern = IDENT))]
    pub binding_name: Option<String>,
}

impl Manifest {
    /// The descriptions of the list form; empty for a folder, whose files a shell turns into sources with
    /// [`SpecEntry::source`].
    pub fn spec_sources(&self) -> Vec<SpecSource> {
        match &self.specs {
            Specs::Folder(_) => Vec::new(),
            Specs::List(entries) => entries.iter().map(SpecEntry::source).collect(),
        }
    }
}

impl SpecEntry {
    /// The description with its id: as written, else the stem of the file name.
    pub fn source(&self) -> SpecSource {
        match self {
            Self::Path(path) => {
                SpecSource { id: stem(path), spec: path.clone(), base_url: None, binding_name: None }
            }
            Self::Object(object) => SpecSource {
                id: object.id.clone(),
                spec: object.spec.clone(),
                base_url: object.base_url.clone(),
                binding_name: object.binding_name.clone(),
            },
        }
    }
}

/// The id of a description that has none of its own: the last segment of its path or URL without query, fragment
/// and extension; every UTF-16 unit outside `[A-Za-z0-9_.-]` becomes `-`.
pub(crate) fn stem(spec: &str) -> String {
    let path = spec.split('?').next().unwrap_or_default().split('#').next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = [".yaml", ".yml", ".json"].into_iter().find(|extension| {
        let cut = name.len().wrapping_sub(extension.len());
        name.get(cut..).is_some_and(|end| end.eq_ignore_ascii_case(extension))
    });
    let bare = extension.map_or(name, |extension| &name[..name.len() - extension.len()]);
    let kept = if bare.is_empty() { name } else { bare };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let id: String =
        kept.chars().map(|c| if allowed(c) { c.to_string() } else { "-".repeat(c.len_utf16()) }).collect();
    if id.is_empty() { "spec".to_owned() } else { id }
}
