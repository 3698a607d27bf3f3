//! Operations as TypeScript declarations, from their JSON Schemas. Bounded in size; never resolves outside a schema.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value};

use crate::openapi::operation::Operation;
use crate::registry::snapshot::Snapshot;

/// Characters of all declarations together; what does not fit becomes `unknown`.
const TOTAL_ROOM: usize = 96 << 10;
/// Characters of one operation's input or answer.
const TYPE_ROOM: usize = 16 << 10;
const DEEPEST: usize = 24;
const LITERALS_SHOWN: usize = 60;
const COMMENT_LIMIT: usize = 200;
/// Objects wider than this are written over several lines.
const LINE_WIDTH: usize = 100;

/// Declares the namespaces that hold `operations`, and `callTool` for those that no namespace holds.
pub(super) fn declare(snapshot: &Snapshot, operations: &[&Operation]) -> String {
    let mut writer = Writer::default();
    let mut namespaces: BTreeMap<&str, String> = BTreeMap::new();
    let mut functions = String::new();
    for operation in operations {
        let signature = writer.signature(operation);
        let comment = comment(&summary(operation));
        match snapshot.namespace_of(&operation.spec) {
            Some(namespace) => {
                let member = format!("  {comment}{}({signature};\n", operation.name);
                namespaces.entry(namespace).or_default().push_str(&indent_further(&member, &comment));
            }
            None => {
                let name = Value::from(operation.tool());
                functions
                    .push_str(&format!("{comment}declare function callTool(tool: {name}, {signature};\n"));
            }
        }
    }
    let mut text = writer.aliases();
    for (namespace, members) in namespaces {
        text.push_str(&format!("declare const {namespace}: {{\n{members}}};\n"));
    }
    text + &functions
}

/// A comment ends with a line break, after which a member is indented again.
fn indent_further(member: &str, comment: &str) -> String {
    if comment.is_empty() { member.to_owned() } else { member.replacen("*/\n", "*/\n  ", 1) }
}

fn summary(operation: &Operation) -> String {
    let text = if operation.summary.is_empty() { &operation.description } else { &operation.summary };
    let mut summary = format!("{text} ({} {})", operation.method, operation.path);
    if operation.deprecated {
        summary.push_str(" @deprecated");
    }
    summary
}

/// A documentation comment on a line of its own; empty for no text.
fn comment(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace("*/", "* /");
    if line.is_empty() {
        return String::new();
    }
    let cut: String = line.chars().take(COMMENT_LIMIT).collect();
    let dots = if cut.len() < line.len() { "…" } else { "" };
    format!("/** {cut}{dots} */\n")
}

/// A definition that types refer to by name: the spec it belongs to, its pointer, its text.
type Definition = (String, String, String);

struct Writer {
    names: BTreeMap<Definition, String>,
    taken: BTreeMap<String, u32>,
    /// Named, but not written yet.
    waiting: VecDeque<(String, Value, Value)>,
    room: usize,
    spec: String,
}

impl Default for Writer {
    fn default() -> Self {
        Self {
            names: BTreeMap::new(),
            taken: BTreeMap::new(),
            waiting: VecDeque::new(),
            room: TOTAL_ROOM,
            spec: String::new(),
        }
    }
}

impl Writer {
    /// `input: …): Promise<…>`, the opening parenthesis being the caller's.
    fn signature(&mut self, operation: &Operation) -> String {
        self.spec.clone_from(&operation.spec);
        let input = self.root(&operation.input_schema, 1);
        let output =
            operation.output_schema.as_ref().map_or("unknown".to_owned(), |schema| self.root(schema, 1));
        let required = operation.input_schema.get("required").and_then(Value::as_array);
        let mark = if required.is_none_or(Vec::is_empty) { "?" } else { "" };
        format!("input{mark}: {input}): Promise<{output}>")
    }

    /// `type` declarations of everything referred to by name.
    fn aliases(&mut self) -> String {
        let mut text = String::new();
        while let Some((name, schema, root)) = self.waiting.pop_front() {
            let written = self.bounded(&root, |types| types.of(&schema, 0, 0));
            text.push_str(&format!("type {name} = {written};\n"));
        }
        text
    }

    fn root(&mut self, schema: &Value, indent: usize) -> String {
        self.bounded(schema, |types| types.of(schema, indent, 0))
    }

    fn bounded(&mut self, root: &Value, write: impl FnOnce(&mut Types<'_>) -> String) -> String {
        let room = self.room.min(TYPE_ROOM);
        let mut types = Types { writer: self, root, room };
        let text = write(&mut types);
        let spent = room - types.room;
        self.room -= spent;
        text
    }

    /// The name of the definition at `pointer`.
    fn name(&mut self, pointer: &str, schema: &Value, root: &Value) -> String {
        let key = (self.spec.clone(), pointer.to_owned(), schema.to_string());
        if let Some(name) = self.names.get(&key) {
            return name.clone();
        }
        let base = type_name(pointer.rsplit('/').next().unwrap_or_default());
        let count = self.taken.entry(base.clone()).or_insert(0);
        *count += 1;
        let name = if *count == 1 { base } else { format!("{base}{count}") };
        self.names.insert(key, name.clone());
        self.waiting.push_back((name.clone(), schema.clone(), root.clone()));
        name
    }
}

/// A capitalised identifier made from a definition's name.
fn type_name(name: &str) -> String {
    let mut made = String::new();
    for part in name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
        made.push(part.as_bytes()[0].to_ascii_uppercase().into());
        made.push_str(&part[1..]);
    }
    const TAKEN: [&str; 11] = [
        "Promise", "Record", "Object", "Array", "String", "Number", "Boolean", "Date", "Error", "Map", "Set",
    ];
    if made.is_empty() || made.starts_with(|c: char| c.is_ascii_digit()) || TAKEN.contains(&made.as_str()) {
        made.insert_str(0, "Type");
    }
    made
}

/// Writes the types of one schema.
struct Types<'a> {
    writer: &'a mut Writer,
    root: &'a Value,
    room: usize,
}

impl Types<'_> {
    fn of(&mut self, schema: &Value, indent: usize, depth: usize) -> String {
        let Value::Object(schema) = schema else {
            return if *schema == Value::Bool(false) { "never" } else { "unknown" }.to_owned();
        };
        if depth > DEEPEST || self.room == 0 {
            return "unknown".to_owned();
        }
        let mut parts: Vec<String> = Vec::new();
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            parts.push(self.reference(reference));
        }
        if let Some(values) = literals(schema) {
            parts.push(values);
        } else {
            parts.extend(self.shape(schema, indent, depth));
        }
        for (key, join) in [("anyOf", " | "), ("oneOf", " | "), ("allOf", " & ")] {
            if let Some(Value::Array(choices)) = schema.get(key) {
                let written: Vec<String> =
                    choices.iter().map(|each| self.of(each, indent, depth + 1)).collect();
                parts.push(joined(written, join));
            }
        }
        parts.retain(|part| part != "unknown");
        let written = if parts.is_empty() { "unknown".to_owned() } else { joined(parts, " & ") };
        self.room = self.room.saturating_sub(8);
        written
    }

    fn reference(&mut self, reference: &str) -> String {
        let Some(pointer) = reference.strip_prefix('#') else { return "unknown".to_owned() };
        match self.root.pointer(pointer) {
            Some(schema) => self.writer.name(pointer, schema, self.root),
            None => "unknown".to_owned(),
        }
    }

    /// What `type` and the keywords of objects and arrays say.
    fn shape(&mut self, schema: &Map<String, Value>, indent: usize, depth: usize) -> Option<String> {
        let named = match schema.get("type") {
            Some(Value::String(name)) => vec![name.as_str()],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ if schema.contains_key("properties") || schema.contains_key("additionalProperties") => {
                vec!["object"]
            }
            _ if schema.contains_key("items") || schema.contains_key("prefixItems") => vec!["array"],
            _ => return None,
        };
        let each = named.into_iter().map(|name| match name {
            "string" | "boolean" | "null" => name.to_owned(),
            "number" | "integer" => "number".to_owned(),
            "array" => self.array(schema, indent, depth),
            "object" => self.object(schema, indent, depth),
            _ => "unknown".to_owned(),
        });
        Some(joined(each.collect(), " | "))
    }

    fn array(&mut self, schema: &Map<String, Value>, indent: usize, depth: usize) -> String {
        if let Some(Value::Array(items)) = schema.get("prefixItems") {
            let items: Vec<String> = items.iter().map(|item| self.of(item, indent, depth + 1)).collect();
            return format!("[{}]", items.join(", "));
        }
        let item = schema.get("items").map_or("unknown".to_owned(), |item| self.of(item, indent, depth + 1));
        if is_compound(&item) { format!("({item})[]") } else { format!("{item}[]") }
    }

    fn object(&mut self, schema: &Map<String, Value>, indent: usize, depth: usize) -> String {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let required = schema.get("required").and_then(Value::as_array);
        let mut fields = Vec::new();
        // What must be given stands first.
        let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|each| each == name));
        let (musts, mays): (Vec<_>, Vec<_>) = properties.iter().partition(|(name, _)| is_required(name));
        for (name, property) in musts.into_iter().chain(mays) {
            let must = is_required(name);
            let mark = if must { "" } else { "?" };
            let about = comment(property.get("description").and_then(Value::as_str).unwrap_or_default());
            let kind = self.of(property, indent + 1, depth + 1);
            let field = format!("{}{mark}: {kind}", property_name(name));
            self.room = self.room.saturating_sub(about.len() + name.len() + 4);
            fields.push((about, field));
            if self.room == 0 {
                fields.push((String::new(), "[key: string]: unknown".to_owned()));
                break;
            }
        }
        let others = match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => None,
            Some(other @ Value::Object(_)) => Some(self.of(other, indent, depth + 1)),
            _ => fields.is_empty().then(|| "unknown".to_owned()),
        };
        match others {
            Some(kind) if fields.is_empty() => format!("Record<string, {kind}>"),
            Some(kind) => format!("{} & Record<string, {kind}>", braced(&fields, indent)),
            None => braced(&fields, indent),
        }
    }
}

/// An object type: on one line if it is short and has no comments.
fn braced(fields: &[(String, String)], indent: usize) -> String {
    let plain = fields.iter().all(|(about, field)| about.is_empty() && !field.contains('\n'));
    let line = fields.iter().map(|(_, field)| field.as_str()).collect::<Vec<_>>().join("; ");
    if fields.is_empty() {
        return "{}".to_owned();
    }
    if plain && line.len() <= LINE_WIDTH {
        return format!("{{ {line} }}");
    }
    let margin = "  ".repeat(indent + 1);
    let mut text = "{\n".to_owned();
    for (about, field) in fields {
        if !about.is_empty() {
            text.push_str(&margin);
            text.push_str(about);
        }
        text.push_str(&format!("{margin}{field};\n"));
    }
    text + &"  ".repeat(indent) + "}"
}

/// `const` and `enum` as a union of literals; too many of them become their types.
fn literals(schema: &Map<String, Value>) -> Option<String> {
    let one;
    let values = match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => {
            one = [value.clone()];
            &one[..]
        }
        (None, Some(Value::Array(values))) if values.len() <= LITERALS_SHOWN => values.as_slice(),
        _ => return None,
    };
    let literal = |value: &Value| match value {
        Value::Array(_) | Value::Object(_) => "unknown".to_owned(),
        value => value.to_string(),
    };
    Some(joined(values.iter().map(literal).collect(), " | "))
}

fn joined(mut parts: Vec<String>, by: &str) -> String {
    let mut seen = std::collections::BTreeSet::new();
    parts.retain(|part| seen.insert(part.clone()));
    match parts.as_slice() {
        [] => "never".to_owned(),
        [one] => one.clone(),
        many => {
            let other = if by == " | " { " & " } else { " | " };
            let part = |part: &String| if part.contains(other) { format!("({part})") } else { part.clone() };
            many.iter().map(part).collect::<Vec<_>>().join(by)
        }
    }
}

fn is_compound(text: &str) -> bool {
    text.contains(" | ") || text.contains(" & ")
}

fn property_name(name: &str) -> String {
    let identifier = name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '$'))
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$'));
    if identifier { name.to_owned() } else { Value::from(name).to_string() }
}

#[cfg(test)]
#[path = "typescript_tests.rs"]
mod tests;
