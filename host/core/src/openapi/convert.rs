//! Schemas of a description → self-contained JSON Schema 2020-12.
//!
//! A referenced schema becomes one entry of `$defs`, however often and from wherever it is referenced: nothing is
//! ever copied in place, so nothing grows beyond the description and cycles need no care.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::description::{Dialect, MAX_DEPTH, Node, Place};
use super::{cost, naming, schema};
use crate::findings::Finding;

/// Schemas that one operation may consist of, nested ones counted.
const MAX_SCHEMAS: usize = 50_000;
/// Referenced schemas one operation may have; also bounds how deep a validator follows references.
const MAX_DEFINITIONS: usize = 2_000;

const ONE: &[&str] = &[
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
];
const LISTS: &[&str] = &["allOf", "anyOf", "oneOf", "prefixItems"];
const MAPS: &[&str] = &["properties", "patternProperties", "dependentSchemas"];
const NUMBERS: &[&str] = &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const COUNTS: &[&str] = &[
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "minContains",
    "maxContains",
];
const TEXTS: &[&str] = &["title", "description", "format", "contentEncoding", "contentMediaType"];
const FLAGS: &[&str] = &["uniqueItems", "deprecated", "readOnly", "writeOnly"];
const TYPES: &[&str] = &["null", "boolean", "object", "array", "number", "string", "integer"];

/// Collects the definitions of one self-contained schema.
pub(super) struct Converter {
    names: BTreeMap<Place, String>,
    taken: BTreeSet<String>,
    waiting: Vec<(String, Place)>,
    count: usize,
    /// Errors make the operation unusable.
    pub(super) findings: Vec<Finding>,
}

impl Converter {
    pub(super) fn new() -> Self {
        Self {
            names: BTreeMap::new(),
            taken: BTreeSet::new(),
            waiting: Vec::new(),
            count: 0,
            findings: Vec::new(),
        }
    }

    /// Converts one schema; what it refers to waits for [`Converter::finish`].
    pub(super) fn convert(&mut self, node: &Node<'_>) -> Value {
        self.schema(node, 0)
    }

    /// Converts everything referred to and puts it into `$defs` of `root`.
    pub(super) fn finish(&mut self, mut root: Value, of: &Node<'_>) -> Value {
        let mut definitions = Map::new();
        while let Some((name, place)) = self.waiting.pop() {
            let converted = of.elsewhere(&place).map_or(Value::Bool(true), |node| self.schema(&node, 0));
            definitions.insert(name, converted);
        }
        if !definitions.is_empty() {
            definitions.sort_keys();
            match root.as_object_mut() {
                Some(object) => _ = object.insert("$defs".to_owned(), Value::Object(definitions)),
                None => root = json!({ "$defs": definitions }),
            }
        }
        if cost::exceeds_limit(&root) {
            let message = "checking one value against this schema could take too many steps";
            let hint = "schemas that combine others several times at every step multiply";
            self.findings.push(Finding::error("schema-too-costly", message).at(of.at()).hint(hint));
        }
        root
    }

    fn schema(&mut self, node: &Node<'_>, depth: usize) -> Value {
        self.count += 1;
        if depth > MAX_DEPTH || self.count > MAX_SCHEMAS || self.names.len() > MAX_DEFINITIONS {
            if !self.findings.iter().any(|finding| finding.code == "schema-too-large") {
                let message = format!(
                    "more than {MAX_SCHEMAS} schemas or {MAX_DEFINITIONS} definitions, or nested deeper than {MAX_DEPTH}"
                );
                self.findings.push(Finding::error("schema-too-large", message).at(node.at()));
            }
            return Value::Bool(true);
        }
        if !node.value.is_object() {
            if !node.value.is_boolean() {
                self.warn(node, "a schema is an object or a boolean; this one accepts everything");
            }
            return Value::Bool(node.value.as_bool().unwrap_or(true));
        }
        let mut schema = Map::new();
        if let Some(reference) = node.text("$ref") {
            self.reference(node, reference, &mut schema);
            if node.dialect() == Dialect::V30 {
                if let Some(text) = node.text("description") {
                    schema.insert("description".to_owned(), text.into());
                }
                return Value::Object(schema);
            }
        }
        for (key, child) in node.members() {
            self.keyword(key, &child, depth, &mut schema);
        }
        match node.dialect() {
            Dialect::V30 => from_30(node, schema),
            Dialect::V31 => Value::Object(schema),
        }
    }

    fn reference(&mut self, node: &Node<'_>, reference: &str, schema: &mut Map<String, Value>) {
        // `{"$ref": …}` that only leads on is no definition of its own: a circle of such would never end.
        let target = node.target(reference).and_then(|target| match target.value.as_object() {
            Some(members) if members.len() == 1 => target.follow(),
            _ => Ok(target),
        });
        match target {
            Ok(target) => {
                let name = self.define(target.place);
                schema.insert("$ref".to_owned(), format!("#/$defs/{name}").into());
            }
            Err(reason) => self.findings.push(Finding::error("bad-reference", reason).at(node.at())),
        }
    }

    fn define(&mut self, place: Place) -> String {
        if let Some(name) = self.names.get(&place) {
            return name.clone();
        }
        let letters = place.last();
        let letters: String =
            letters.chars().map(|each| if each.is_ascii_alphanumeric() { each } else { '_' }).collect();
        let name = naming::unique(if letters.is_empty() { "Schema" } else { &letters }, &mut self.taken);
        self.names.insert(place.clone(), name.clone());
        self.waiting.push((name.clone(), place));
        name
    }

    fn keyword(&mut self, key: &str, node: &Node<'_>, depth: usize, schema: &mut Map<String, Value>) {
        let value = match key {
            "items" if node.value.is_array() => {
                self.warn(node, "`items` is a list in no supported version; use `prefixItems`");
                return;
            }
            _ if ONE.contains(&key) => self.schema(node, depth + 1),
            _ if LISTS.contains(&key) => {
                let items: Vec<Value> = node.items().map(|item| self.schema(&item, depth + 1)).collect();
                if items.is_empty() {
                    self.warn(node, &format!("`{key}` needs at least one schema"));
                    return;
                }
                Value::Array(items)
            }
            _ if MAPS.contains(&key) => {
                let members =
                    node.members().filter(|(name, _)| key != "patternProperties" || schema::is_pattern(name));
                Value::Object(
                    members.map(|(name, child)| (name.to_owned(), self.schema(&child, depth + 1))).collect(),
                )
            }
            "example" => {
                schema.entry("examples").or_insert_with(|| json!([node.value]));
                return;
            }
            _ => match plain(key, node) {
                Ok(Some(value)) => value,
                Ok(None) => return,
                Err(reason) => {
                    self.warn(node, &format!("`{key}` {reason}; it is left out"));
                    return;
                }
            },
        };
        schema.insert(key.to_owned(), value);
    }

    fn warn(&mut self, node: &Node<'_>, message: &str) {
        self.findings.push(Finding::warning("bad-schema", message).at(node.at()));
    }
}

/// A keyword without schemas in it: its value if it is well-formed, `None` if it means nothing to a validator.
fn plain(key: &str, node: &Node<'_>) -> Result<Option<Value>, &'static str> {
    let value = node.value;
    let well_formed = match key {
        "type" => match value {
            Value::String(name) => TYPES.contains(&name.as_str()),
            Value::Array(names) => {
                !names.is_empty()
                    && names.iter().all(|name| name.as_str().is_some_and(|name| TYPES.contains(&name)))
            }
            _ => false,
        },
        "exclusiveMinimum" | "exclusiveMaximum" if node.dialect() == Dialect::V30 => {
            value.is_boolean() || value.is_number()
        }
        "multipleOf" => value.as_f64().is_some_and(|number| number > 0.0),
        "pattern" => value.as_str().is_some_and(schema::is_pattern),
        "enum" => value.as_array().is_some_and(|values| !values.is_empty()),
        "examples" => value.is_array(),
        "required" => is_names(value),
        "dependentRequired" => value.as_object().is_some_and(|lists| lists.values().all(is_names)),
        "const" | "default" => true,
        _ if NUMBERS.contains(&key) => value.is_number(),
        _ if COUNTS.contains(&key) => value.is_u64(),
        _ if TEXTS.contains(&key) => value.is_string(),
        _ if FLAGS.contains(&key) => value.is_boolean(),
        _ => return Ok(None),
    };
    if well_formed { Ok(Some(value.clone())) } else { Err("is not well-formed") }
}

fn is_names(value: &Value) -> bool {
    let Some(names) = value.as_array() else { return false };
    let distinct: BTreeSet<&str> = names.iter().filter_map(Value::as_str).collect();
    distinct.len() == names.len()
}

/// What OpenAPI 3.0 says differently: boolean exclusive bounds, and `nullable`.
fn from_30(node: &Node<'_>, mut schema: Map<String, Value>) -> Value {
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if let Some(flag) = schema.get(exclusive).and_then(Value::as_bool) {
            schema.remove(exclusive);
            if let Some(limit) = schema.get(bound).filter(|_| flag).cloned() {
                schema.remove(bound);
                schema.insert(exclusive.to_owned(), limit);
            }
        }
    }
    if node.flag("nullable") { nullable(schema) } else { Value::Object(schema) }
}

/// The schema, or null.
fn nullable(mut schema: Map<String, Value>) -> Value {
    let restricts = |key: &&&str| schema.contains_key(**key);
    if LISTS.iter().chain(&["not", "if", "$ref"]).any(|key| restricts(&key)) {
        return json!({ "anyOf": [schema, { "type": "null" }] });
    }
    if let Some(kind) = schema.get_mut("type") {
        let mut kinds = match kind.take() {
            Value::Array(kinds) => kinds,
            kind => vec![kind],
        };
        if !kinds.contains(&json!("null")) {
            kinds.push(json!("null"));
        }
        *kind = Value::Array(kinds);
    }
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut)
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    Value::Object(schema)
}
