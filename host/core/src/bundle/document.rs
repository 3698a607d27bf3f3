//! What a bundle's payload says: one environment's manifest, the operations its skills use, the skills, and every
//! artifact by digest. Plain data in its JSON form; never checks more than its shape.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::hex;
use crate::manifest::schema::Version;
use crate::openapi::operation::{Operation, SecurityScheme};

/// Artifacts of at most this many bytes travel inside the bundle, larger ones beside it.
pub const MAX_INLINE: usize = 256 << 10;

/// The payload of an envelope, written as RFC 8785 canonical JSON. `O` and `D` are the forms that its operations and
/// their shared schemas have.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bundle<O = Operation, D = Value> {
    /// The version of this format.
    pub version: Version,
    /// The environment whose overlay was applied, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The effective manifest, without `environments`.
    pub manifest: Value,
    /// Every description, reduced to the operations that skills refer to; sorted by id.
    pub specs: Vec<SpecPart<O, D>>,
    /// The skills that are served, by name.
    pub skills: BTreeMap<String, SkillPart>,
    /// Every file of every skill, by the lower-case hex SHA-256 of its bytes.
    pub artifacts: BTreeMap<String, Artifact>,
}

/// A bundle as it arrived: operations and schemas are still text, since most of them are known already and need never
/// be read.
pub type Received<'a> = Bundle<&'a RawValue, &'a RawValue>;

/// One description.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpecPart<O = Operation, D = Value> {
    /// The manifest's id for it.
    pub id: String,
    /// The namespace its operations take in scripts.
    pub namespace: String,
    /// `info.title`.
    pub title: String,
    /// Absolute base URL without a trailing slash.
    pub base_url: String,
    /// `components.securitySchemes`, by name.
    pub security_schemes: BTreeMap<String, SecurityScheme>,
    /// Schemas that operations share, by [`content_id`].
    pub definitions: BTreeMap<String, D>,
    /// What stands for `$defs` in the schemas of operations, by [`content_id`]: ids of definitions by name. An operation
    /// only has the set's id, so that its text is short and says all of it.
    pub definition_sets: BTreeMap<String, BTreeMap<String, String>>,
    /// The operations, sorted by name, derived and classified.
    pub operations: Vec<O>,
}

/// One skill.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SkillPart {
    /// The frontmatter of SKILL.md, read at build time.
    pub frontmatter: Value,
    /// Digests of the folder's files, SKILL.md included, by path.
    pub files: BTreeMap<String, String>,
}

/// A file's bytes: as text, as Base64, or only named, to be asked of the blob store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Artifact {
    /// How many bytes it has.
    pub size: u64,
    /// UTF-8 text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Anything else, in standard padded Base64 (RFC 4648 section 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
}

impl Artifact {
    /// Whether the bytes travel beside the bundle.
    pub fn is_blob(&self) -> bool {
        self.text.is_none() && self.base64.is_none()
    }
}

/// The id of something that is shared: the first 128 bits of the SHA-256 of its canonical JSON, lower-case hex.
pub fn content_id(canonical: &[u8]) -> String {
    hex(&Sha256::digest(canonical)[..16])
}

impl<O, D> Bundle<O, D> {
    /// The digests of the artifacts that travel beside the bundle.
    pub fn blobs(&self) -> Vec<String> {
        self.artifacts
            .iter()
            .filter(|(_, artifact)| artifact.is_blob())
            .map(|(sha256, _)| sha256.clone())
            .collect()
    }
}
