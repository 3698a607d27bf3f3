//! Skills and operations in full: instructions, files, JSON Schemas, TypeScript declarations.
//!
//! Describes only what some skill grants. Never runs anything.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Answer;
use super::arguments::Arguments;
use super::typescript;
use crate::openapi::operation::Operation;
use crate::registry::snapshot::Snapshot;
use crate::skill::catalog::{Skill, SkillFile};
use crate::skill::suggest;

/// Skills and operations that one call may name.
const MOST_NAMES: usize = 20;
/// Bytes of one file's text, and of all files' texts together; longer ones are listed without text.
const FILE_TEXT_LIMIT: usize = 64 << 10;
const ALL_TEXT_LIMIT: usize = 512 << 10;
/// Bytes of one schema as JSON; a longer one is left to the TypeScript declaration.
const SCHEMA_LIMIT: usize = 64 << 10;
const ALL_SCHEMAS_LIMIT: usize = 512 << 10;

const NOTE: &str = "A script can only call operations of its active skills. Name the skills you need in `skills` of \
                    codecall:execute; left out, every skill is active. Skills they require, and those that are always \
                    loaded, join by themselves.";

/// `describe`: everything a model needs to know before it writes a script.
pub fn describe(snapshot: &Snapshot, arguments: &Value) -> Answer {
    let request = match parse(arguments) {
        Ok(request) => request,
        Err(refused) => return refused,
    };
    let mut page = Page::new(snapshot);
    for name in request.skills {
        page.skill(name);
    }
    for name in request.operations {
        page.operation(name);
    }
    page.finish()
}

struct Request<'a> {
    skills: Vec<&'a str>,
    operations: Vec<&'a str>,
}

fn parse(arguments: &Value) -> Result<Request<'_>, Answer> {
    let mut reader = Arguments::new(arguments);
    let mut names = |key| reader.texts(key, 0..=MOST_NAMES, 1..=256).unwrap_or_default();
    let skills = names("skills");
    let mut operations = names("operations");
    operations.extend(names("toolNames"));
    let example = "{\"skills\": [\"refund-order\"]}";
    match skills.len() + operations.len() {
        0 if reader.is_sound() => {
            let hint = Some(format!("For example {example}"));
            reader.problem("", "Name at least one skill in `skills` or operation in `operations`", hint);
        }
        count if count > MOST_NAMES => {
            reader.problem("", format!("{count} names are too many; at most {MOST_NAMES} at once"), None);
        }
        _ => {}
    }
    reader.finish().map(|()| Request { skills, operations })
}

/// The answer under construction.
struct Page<'a> {
    snapshot: &'a Snapshot,
    skills: Vec<Value>,
    described: BTreeSet<&'a str>,
    /// Operations to describe, in order of first mention.
    operations: Vec<(&'a str, &'a Operation)>,
    known: BTreeSet<&'a str>,
    not_found: Vec<Value>,
    text_room: usize,
}

impl<'a> Page<'a> {
    fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            skills: Vec::new(),
            described: BTreeSet::new(),
            operations: Vec::new(),
            known: BTreeSet::new(),
            not_found: Vec::new(),
            text_room: ALL_TEXT_LIMIT,
        }
    }

    fn skill(&mut self, name: &str) {
        let Some(skill) = self.snapshot.catalog.skills.get(name) else {
            let visible = self.snapshot.visible.iter().map(|visible| visible.skill.name.as_str());
            self.not_found.push(missing(name, "skill", &suggest::closest(name, visible)));
            return;
        };
        if self.described.insert(&skill.name) {
            let entry = self.skill_entry(skill);
            self.skills.push(entry);
            for tool in &skill.operations {
                self.add_operation(tool);
            }
        }
    }

    fn operation(&mut self, name: &str) {
        match self.snapshot.operation(name) {
            Some(operation) => {
                if let Some((tool, _)) = self.snapshot.operations.get_key_value(&operation.tool()) {
                    self.add_operation(tool);
                }
            }
            None => {
                let known = self.snapshot.operations.keys().map(String::as_str);
                self.not_found.push(missing(name, "operation", &suggest::closest(name, known)));
            }
        }
    }

    fn add_operation(&mut self, tool: &'a str) {
        if let Some(operation) = self.snapshot.operations.get(tool).filter(|_| self.known.insert(tool)) {
            self.operations.push((tool, operation));
        }
    }

    fn skill_entry(&mut self, skill: &Skill) -> Value {
        let mut entry = Map::new();
        let mut put = |key: &str, value: Value| {
            entry.insert(key.to_owned(), value);
        };
        put("name", skill.name.as_str().into());
        put("description", skill.description.as_str().into());
        put("tags", skill.tags.iter().map(String::as_str).collect());
        if skill.always_load {
            put("alwaysLoad", true.into());
        }
        if !skill.requires.is_empty() {
            put("requires", skill.requires.iter().map(String::as_str).collect());
        }
        put("operations", skill.operations.iter().map(String::as_str).collect());
        put("instructions", skill.instructions.as_str().into());
        put("references", self.texts(skill, "references/"));
        put("examples", self.texts(skill, "examples/"));
        put("data", index(skill, |path| path.starts_with("data/")));
        let listed =
            |path: &str| ["references/", "examples/", "data/"].iter().any(|start| path.starts_with(start));
        let other = index(skill, |path| path != "SKILL.md" && !listed(path));
        if other.as_array().is_some_and(|files| !files.is_empty()) {
            put("otherFiles", other);
        }
        Value::Object(entry)
    }

    /// Files of one folder with their text, as long as there is room for it.
    fn texts(&mut self, skill: &Skill, folder: &str) -> Value {
        let mut files = Vec::new();
        for (path, file) in skill.files.iter().filter(|(path, _)| path.starts_with(folder)) {
            let mut entry = file_entry(path, file);
            let room = self.text_room.min(FILE_TEXT_LIMIT);
            if let Some(text) = std::str::from_utf8(&file.bytes).ok().filter(|text| text.len() <= room) {
                self.text_room -= text.len();
                entry["text"] = text.into();
            }
            files.push(entry);
        }
        Value::Array(files)
    }

    fn finish(self) -> Answer {
        let mut room = ALL_SCHEMAS_LIMIT;
        let shown =
            self.operations.iter().map(|(tool, each)| operation_entry(self.snapshot, tool, each, &mut room));
        let operations: Vec<Value> = shown.collect();
        let plain: Vec<&Operation> = self.operations.iter().map(|(_, operation)| *operation).collect();
        let nothing = self.skills.is_empty() && operations.is_empty();
        let mut structured = Map::new();
        structured.insert("skills".to_owned(), Value::Array(self.skills));
        if !operations.is_empty() {
            structured.insert("typescript".to_owned(), typescript::declare(self.snapshot, &plain).into());
            structured.insert("note".to_owned(), NOTE.into());
        }
        structured.insert("operations".to_owned(), Value::Array(operations));
        if !self.not_found.is_empty() {
            structured.insert("notFound".to_owned(), Value::Array(self.not_found));
        }
        Answer { structured: Value::Object(structured), is_error: nothing }
    }
}

fn missing(name: &str, kind: &str, suggestions: &[&str]) -> Value {
    json!({"name": name, "kind": kind, "suggestions": suggestions})
}

fn index(skill: &Skill, wanted: impl Fn(&str) -> bool) -> Value {
    let files = skill.files.iter().filter(|(path, _)| wanted(path));
    files.map(|(path, file)| file_entry(path, file)).collect()
}

fn file_entry(path: &str, file: &SkillFile) -> Value {
    json!({"path": path, "size": file.bytes.len(), "sha256": file.sha256})
}

fn operation_entry(snapshot: &Snapshot, tool: &str, operation: &Operation, room: &mut usize) -> Value {
    let call = match snapshot.namespace_of(&operation.spec) {
        Some(namespace) => format!("{namespace}.{}(input)", operation.name),
        None => format!("callTool({}, input)", Value::from(tool)),
    };
    let mut entry = json!({
        "tool": tool,
        "spec": operation.spec,
        "operationId": operation.id,
        "call": call,
        "method": operation.method.as_str(),
        "path": operation.path,
        "summary": operation.summary,
    });
    if !operation.description.is_empty() && operation.description != operation.summary {
        entry["description"] = operation.description.as_str().into();
    }
    if operation.deprecated {
        entry["deprecated"] = true.into();
    }
    entry["inputSchema"] = schema(Some(&operation.input_schema), room);
    entry["outputSchema"] = schema(operation.output_schema.as_ref(), room);
    entry
}

/// The schema itself, or a note that it is too long to show.
fn schema(schema: Option<&Value>, room: &mut usize) -> Value {
    let Some(schema) = schema else { return Value::Null };
    let bytes = schema.to_string().len();
    if bytes > SCHEMA_LIMIT.min(*room) {
        return json!({"$comment": format!("{bytes} bytes long and left out; see `typescript`, or describe fewer operations")});
    }
    *room -= bytes;
    schema.clone()
}

#[cfg(test)]
#[path = "describe_tests.rs"]
mod tests;
