//! How many schemas a validator may apply to one and the same value: references that combine others several times
//! multiply, and a description of a few lines could keep a processor busy for years.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Schemas that may be applied to one value.
const LIMIT: u64 = 100_000;
/// Keywords whose schemas apply to the value itself, not to a part of it.
const SAME_VALUE: &[&str] = &["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"];

/// Whether any schema inside `root`, a self-contained one, costs more than the limit.
pub(super) fn exceeds_limit(root: &Value) -> bool {
    let empty = Map::new();
    let definitions = root.get("$defs").and_then(Value::as_object).unwrap_or(&empty);
    let mut costs = Costs { definitions, known: BTreeMap::new() };
    costs.of(root) > LIMIT || definitions.values().any(|definition| costs.of(definition) > LIMIT)
}

struct Costs<'a> {
    definitions: &'a Map<String, Value>,
    /// `None` while a definition is being counted: a circle counts once.
    known: BTreeMap<&'a str, Option<u64>>,
}

impl<'a> Costs<'a> {
    fn of(&mut self, schema: &'a Value) -> u64 {
        let Some(members) = schema.as_object() else { return 1 };
        let mut cost: u64 = 1;
        for (key, value) in members {
            let part = match value {
                Value::String(reference) if key == "$ref" => self.of_definition(reference),
                _ if !SAME_VALUE.contains(&key.as_str()) => 0,
                Value::Array(branches) => {
                    branches.iter().fold(0, |sum: u64, each| sum.saturating_add(self.of(each)))
                }
                Value::Object(branches) if key == "dependentSchemas" => {
                    branches.values().fold(0, |sum: u64, each| sum.saturating_add(self.of(each)))
                }
                branch => self.of(branch),
            };
            cost = cost.saturating_add(part);
        }
        cost
    }

    fn of_definition(&mut self, reference: &str) -> u64 {
        let name = reference.strip_prefix("#/$defs/").and_then(|name| self.definitions.get_key_value(name));
        let Some((name, schema)) = name else { return 1 };
        match self.known.get(name.as_str()) {
            Some(known) => known.unwrap_or(1),
            None => {
                self.known.insert(name, None);
                let cost = self.of(schema);
                self.known.insert(name, Some(cost));
                cost
            }
        }
    }
}
