//! A skill and the catalog of all skills of a deployment. Plain data; never reads a file.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::Value;

use super::grant::Grant;

/// One skill, read from its folder.
#[derive(Debug, Clone)]
pub struct Skill {
    /// Frontmatter `name`; equals the folder's name.
    pub name: String,
    /// What it does and when to use it.
    pub description: String,
    /// Own tags plus those inherited from the operations it mentions.
    pub tags: Vec<String>,
    /// Joins every `execute`.
    pub always_load: bool,
    /// Left out of search and catalogs; still usable by name.
    pub hide_from_discovery: bool,
    /// Skills that become active together with this one.
    pub requires: Vec<String>,
    /// The whole frontmatter as JSON.
    pub frontmatter: Value,
    /// The Markdown body of SKILL.md.
    pub instructions: String,
    /// Tool names (`spec.name`) this skill grants, in first-mention order, without repeats.
    pub operations: Vec<String>,
    /// Every file of the folder, by path relative to it, SKILL.md included.
    pub files: BTreeMap<String, SkillFile>,
}

impl Skill {
    /// Whether it grants anything; otherwise it is knowledge.
    pub fn is_executable(&self) -> bool {
        !self.operations.is_empty()
    }
}

/// A file of a skill's folder.
#[derive(Debug, Clone)]
pub struct SkillFile {
    /// Raw bytes.
    pub bytes: Bytes,
    /// Lower-case hex SHA-256 of the bytes.
    pub sha256: String,
}

/// All skills, by name.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Sorted by name.
    pub skills: BTreeMap<String, Arc<Skill>>,
    /// What all of them grant together, worked out when it is first asked for.
    everything: OnceLock<Arc<Grant>>,
}

impl Catalog {
    /// The catalog of these skills, by name.
    pub fn new(skills: impl IntoIterator<Item = (String, Arc<Skill>)>) -> Self {
        Self { skills: skills.into_iter().collect(), everything: OnceLock::new() }
    }

    /// What all skills grant together.
    pub(super) fn everything(&self) -> Arc<Grant> {
        let grant = || Grant::of(self.skills.values().map(|skill| &**skill)).into();
        Arc::clone(self.everything.get_or_init(grant))
    }
}
