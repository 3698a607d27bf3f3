//! The frontmatter of SKILL.md as typed values, with every problem at its place. Never reads YAML text.

use serde_json::{Map, Value};

use super::suggest;
use crate::findings::{Document, Finding, pointer};

/// What a skill says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontmatter {
    /// `name`: 1 to 64 of `a-z 0-9 -`, equal to the folder's name.
    pub name: String,
    /// `description`: 1 to 1024 characters.
    pub description: String,
    /// `tags`.
    pub tags: Vec<String>,
    /// `alwaysLoad`.
    pub always_load: bool,
    /// `hideFromDiscovery`.
    pub hide_from_discovery: bool,
    /// `requires`: names of other skills.
    pub requires: Vec<String>,
}

/// Keys that stand at the top level only.
const TOP_KEYS: [&str; 6] = ["name", "description", "license", "compatibility", "metadata", "allowed-tools"];
/// Keys that may also stand under `metadata`, there also as text.
const SHARED_KEYS: [&str; 4] = ["tags", "alwaysLoad", "hideFromDiscovery", "requires"];
const NAME_LIMIT: usize = 64;
const DESCRIPTION_LIMIT: usize = 1024;
const COMPATIBILITY_LIMIT: usize = 500;
const TAG_LIMIT: usize = 64;
const LIST_LIMIT: usize = 64;

/// Reads the frontmatter of the skill in `folder`. With errors the first part is `None`.
pub fn read(document: &Document, folder: &str) -> (Option<Frontmatter>, Vec<Finding>) {
    let Value::Object(fields) = &document.value else {
        let finding =
            Finding::error("frontmatter-type", "The frontmatter must be a mapping of keys to values")
                .at(document.at(""))
                .hint("Write `name: …` and `description: …`");
        return (None, vec![finding]);
    };
    let mut reader = Reader { document, fields, findings: Vec::new() };
    let read = Frontmatter {
        name: reader.name(folder),
        description: reader.required_text("description", DESCRIPTION_LIMIT),
        tags: reader.tags(),
        always_load: reader.flag("alwaysLoad"),
        hide_from_discovery: reader.flag("hideFromDiscovery"),
        requires: reader.requires(),
    };
    reader.optional_text("license", usize::MAX);
    reader.optional_text("compatibility", COMPATIBILITY_LIMIT);
    reader.allowed_tools();
    reader.metadata();
    reader.other_keys();
    let findings = reader.findings;
    let usable = !crate::findings::has_errors(&findings);
    (usable.then_some(read), findings)
}

/// Whether `name` is a skill name: kebab case, 1 to 64 characters, no hyphen at the ends or doubled.
pub fn is_skill_name(name: &str) -> bool {
    let word =
        |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    name.len() <= NAME_LIMIT && name.split('-').all(word)
}

struct Reader<'a> {
    document: &'a Document,
    fields: &'a Map<String, Value>,
    findings: Vec<Finding>,
}

impl<'a> Reader<'a> {
    fn name(&mut self, folder: &str) -> String {
        let name = self.required_text("name", NAME_LIMIT);
        if name.is_empty() {
            return name;
        }
        if !is_skill_name(&name) {
            self.error("skill-name", "/name", format!("`{name}` is not a skill name")).hint =
                Some("Use 1 to 64 of a-z, 0-9 and single hyphens between them".to_owned());
        } else if name != folder {
            self.error(
                "skill-name",
                "/name",
                format!("The skill is named `{name}`, but its folder is `{folder}`"),
            )
            .hint = Some("Rename one of them; they must be equal".to_owned());
        }
        name
    }

    fn required_text(&mut self, key: &str, limit: usize) -> String {
        if self.fields.contains_key(key) {
            return self.optional_text(key, limit).unwrap_or_default();
        }
        self.error("missing-key", "", format!("`{key}` is missing from the frontmatter")).hint =
            Some(format!("Add `{key}: …` between the `---` lines"));
        String::new()
    }

    /// The text under `key`, if it is there and well-formed.
    fn optional_text(&mut self, key: &str, limit: usize) -> Option<String> {
        let place = pointer("", key);
        let Value::String(text) = self.fields.get(key)? else {
            self.error("wrong-type", &place, format!("`{key}` must be text")).hint =
                Some("Put the value in quotes".to_owned());
            return None;
        };
        let length = text.chars().count();
        if text.trim().is_empty() {
            self.error("empty-value", &place, format!("`{key}` must not be empty"));
        } else if length > limit {
            self.error(
                "too-long",
                &place,
                format!("`{key}` has {length} characters; at most {limit} are allowed"),
            );
        }
        Some(text.clone())
    }

    fn tags(&mut self) -> Vec<String> {
        let (place, tags) = self.list("tags");
        for (index, tag) in tags.iter().enumerate() {
            if tag.chars().count() > TAG_LIMIT {
                self.error(
                    "too-long",
                    &item(&place, index),
                    format!("A tag has at most {TAG_LIMIT} characters"),
                );
            }
        }
        tags
    }

    fn requires(&mut self) -> Vec<String> {
        let (place, requires) = self.list("requires");
        for (index, name) in requires.iter().enumerate() {
            if !is_skill_name(name) {
                self.error("skill-name", &item(&place, index), format!("`{name}` is not a skill name"));
            }
        }
        requires
    }

    /// A shared key's value and place, from the top level or from `metadata`, but not from both.
    fn shared(&mut self, key: &str) -> Option<(String, &'a Value)> {
        let fields = self.fields;
        let top = fields.get(key);
        let nested = fields.get("metadata").and_then(Value::as_object).and_then(|metadata| metadata.get(key));
        let nested_place = pointer("/metadata", key);
        if top.is_some() && nested.is_some() {
            self.error(
                "duplicate-key",
                &nested_place,
                format!("`{key}` stands at the top level and under `metadata`"),
            )
            .hint = Some("Keep one of them".to_owned());
        }
        top.map(|value| (pointer("", key), value)).or(nested.map(|value| (nested_place, value)))
    }

    fn flag(&mut self, key: &str) -> bool {
        let Some((place, value)) = self.shared(key) else { return false };
        match value {
            Value::Bool(flag) => *flag,
            Value::String(text) if text == "true" => true,
            Value::String(text) if text == "false" => false,
            _ => {
                self.error("wrong-type", &place, format!("`{key}` must be true or false"));
                false
            }
        }
    }

    /// A list of texts without repeats; commas separate items given as one text.
    fn list(&mut self, key: &str) -> (String, Vec<String>) {
        let Some((place, value)) = self.shared(key) else { return (String::new(), Vec::new()) };
        let mut list: Vec<String> = Vec::new();
        match value {
            Value::String(text) => list.extend(text.split(',').map(|part| part.trim().to_owned())),
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    match value {
                        Value::String(text) => list.push(text.trim().to_owned()),
                        _ => {
                            self.error(
                                "wrong-type",
                                &item(&place, index),
                                format!("`{key}` holds texts only"),
                            );
                        }
                    }
                }
            }
            _ => {
                self.error("wrong-type", &place, format!("`{key}` must be a list of texts"));
            }
        }
        if list.iter().any(String::is_empty) {
            self.error("empty-value", &place, format!("`{key}` has an empty item"));
        }
        if list.len() > LIST_LIMIT {
            self.error(
                "too-long",
                &place,
                format!("`{key}` has {} items; at most {LIST_LIMIT} are allowed", list.len()),
            );
        }
        let mut seen = std::collections::BTreeSet::new();
        list.retain(|item| seen.insert(item.clone()));
        (place, list)
    }

    fn allowed_tools(&mut self) {
        let well_formed = match self.fields.get("allowed-tools") {
            None | Some(Value::String(_)) => true,
            Some(Value::Array(items)) => items.iter().all(Value::is_string),
            Some(_) => false,
        };
        if !well_formed {
            self.error(
                "wrong-type",
                "/allowed-tools",
                "`allowed-tools` must be text: names separated by spaces",
            );
        }
    }

    fn metadata(&mut self) {
        match self.fields.get("metadata") {
            None => {}
            Some(Value::Object(metadata)) => {
                for (key, value) in metadata {
                    if !value.is_string() && !SHARED_KEYS.contains(&key.as_str()) {
                        let finding =
                            Finding::warning("wrong-type", format!("`metadata.{key}` should be text"))
                                .at(self.document.at(&pointer("/metadata", key)))
                                .hint("Put the value in quotes; Agent Skills metadata maps texts to texts");
                        self.findings.push(finding);
                    }
                }
            }
            Some(_) => {
                self.error("wrong-type", "/metadata", "`metadata` must be a mapping");
            }
        }
    }

    fn other_keys(&mut self) {
        let known = || TOP_KEYS.iter().chain(&SHARED_KEYS).copied();
        for key in self.fields.keys() {
            let place = self.document.key_at(&pointer("", key));
            if key == "component" {
                let finding =
                    Finding::error("skill-component", "skill components are not supported by this version")
                        .at(place)
                        .hint("Remove `component`, and describe the steps in Markdown");
                self.findings.push(finding);
            } else if !known().any(|name| name == key) {
                let mut finding =
                    Finding::warning("unknown-key", format!("`{key}` is not a frontmatter key")).at(place);
                let near = suggest::closest(key, known());
                finding.hint = Some(match near.first() {
                    Some(near) => format!("Did you mean `{near}`?"),
                    None => "Put your own keys under `metadata`".to_owned(),
                });
                self.findings.push(finding);
            }
        }
    }

    fn error(&mut self, code: &'static str, place: &str, message: impl Into<String>) -> &mut Finding {
        let finding = Finding::error(code, message).at(self.document.at(place));
        self.findings.push(finding);
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }
}

fn item(list: &str, index: usize) -> String {
    format!("{list}/{index}")
}

#[cfg(test)]
#[path = "frontmatter_tests.rs"]
mod tests;
