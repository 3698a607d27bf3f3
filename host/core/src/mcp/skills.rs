//! The Skills extension (SEP-2640), which exists since 2026-07-28: `skills/list`, `skills/get` and
//! `resources/directory/read`. Never sees a skill's bytes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::mcp::jsonrpc::{RpcError, clip, json as text};
use crate::mcp::methods::string;
use crate::mcp::pages::{Listed, Pages};
use crate::mcp::version::Version;

/// The extension's id in `capabilities.extensions`.
pub const EXTENSION: &str = "io.modelcontextprotocol/skills";

/// A skill as it is offered.
#[derive(Debug, Clone, PartialEq)]
pub struct SkillListing {
    /// The URI of its SKILL.md.
    pub uri: String,
    /// `{uri, frontmatter, resources}`.
    pub entry: Value,
    /// Whether it is listed; otherwise it is only answered to whoever knows its URI.
    pub is_listed: bool,
}

/// A folder of a skill and what lies directly in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Directory {
    /// Its URI, without a slash at the end.
    pub uri: String,
    /// Resources, those of folders included.
    pub children: Vec<Listed>,
}

/// What the extension answers.
#[derive(Debug)]
pub struct Skills {
    list: Pages,
    entries: BTreeMap<String, String>,
    directories: BTreeMap<String, Pages>,
}

impl Skills {
    /// Writes everything out.
    pub fn new(skills: Vec<SkillListing>, directories: Vec<Directory>, max_items: usize) -> Self {
        let listed = skills.iter().filter(|skill| skill.is_listed);
        let listed = listed.map(|skill| Listed { key: skill.uri.clone(), value: skill.entry.clone() });
        let pages = |Directory { uri, children }: Directory| {
            (uri.clone(), Pages::new("resources", uri, children, &[], max_items))
        };
        Self {
            list: Pages::new("skills", "skills", listed.collect(), &[], max_items),
            entries: skills.into_iter().map(|skill| (skill.uri, text(&skill.entry))).collect(),
            directories: directories.into_iter().map(pages).collect(),
        }
    }

    /// The members of the result of `skills/list`.
    ///
    /// # Errors
    /// `-32602` for a bad cursor.
    pub fn list(&self, params: &Map<String, Value>) -> Result<String, RpcError> {
        self.list.page(Version::V2026_07_28, params)
    }

    /// The members of the result of `skills/get`.
    ///
    /// # Errors
    /// `-32602` for a skill that is not there.
    pub fn get(&self, params: &Map<String, Value>) -> Result<String, RpcError> {
        let uri = string(params, "uri")?;
        let entry = self.entries.get(uri);
        entry
            .map(|entry| format!(r#""skill":{entry}"#))
            .ok_or_else(|| unknown("no skill has its SKILL.md at", uri))
    }

    /// The members of the result of `resources/directory/read`.
    ///
    /// # Errors
    /// `-32602` for what is no directory of a skill, and for a bad cursor.
    pub fn directory(&self, params: &Map<String, Value>) -> Result<String, RpcError> {
        let uri = string(params, "uri")?;
        let directory = self.directories.get(uri).ok_or_else(|| unknown("there is no directory", uri))?;
        directory.page(Version::V2026_07_28, params)
    }
}

fn unknown(problem: &str, uri: &str) -> RpcError {
    RpcError::invalid_params(format!("{problem} {}", clip(uri))).data(json!({ "uri": uri }))
}
