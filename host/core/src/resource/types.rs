//! Which JSON values a parameter's schema takes, as far as a text must know that to become one. Never validates.

use serde_json::{Number, Value};

use crate::openapi::scalar;

/// References followed and combinations entered, at most.
const MAX_DEPTH: usize = 8;

/// What a variable of a template becomes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// One value.
    Scalar(Types),
    /// A list of such values.
    List(Types),
}

/// The scalar types a schema mentions; none if it takes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Types {
    string: bool,
    number: bool,
    boolean: bool,
}

/// How the property `key` of an input schema is written in a URI; `None` if there is no way.
pub(super) fn shape(schema: &Value, key: &str) -> Option<Shape> {
    let property = schema.get("properties")?.get(key)?;
    let mut seen = Seen::default();
    seen.look(schema, property, 0);
    if seen.types != Types::default() || !(seen.array || seen.object) {
        return Some(Shape::Scalar(seen.types));
    }
    let items = resolve(schema, property, 0).get("items").filter(|_| seen.array)?;
    let mut inner = Seen::default();
    inner.look(schema, items, 0);
    (!inner.array && !inner.object).then_some(Shape::List(inner.types))
}

/// The values that the property `key`, or each of its items, is known to have: as texts, in the schema's order.
pub(super) fn known_values(schema: &Value, key: &str) -> Vec<String> {
    let Some(property) = schema.get("properties").and_then(|properties| properties.get(key)) else {
        return Vec::new();
    };
    let property = resolve(schema, property, 0);
    let described = property.get("items").map_or(property, |items| resolve(schema, items, 0));
    if let Some(values) = described.get("enum").and_then(Value::as_array) {
        return values.iter().filter_map(scalar::text).collect();
    }
    match described.get("type").and_then(Value::as_str) {
        Some("boolean") => ["true", "false"].map(str::to_owned).into(),
        _ => Vec::new(),
    }
}

impl Types {
    /// The value a text stands for. What fits no type stays a text, and the schema says what is wrong with it.
    pub(super) fn value(self, text: String) -> Value {
        let anything = self == Self::default();
        if !self.string && !anything {
            if self.number
                && let Ok(number) = serde_json::from_str::<Number>(&text)
            {
                return Value::Number(number);
            }
            if self.boolean && matches!(text.as_str(), "true" | "false") {
                return Value::Bool(text == "true");
            }
        }
        Value::String(text)
    }
}

#[derive(Default)]
struct Seen {
    types: Types,
    array: bool,
    object: bool,
}

impl Seen {
    fn look(&mut self, root: &Value, schema: &Value, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let schema = resolve(root, schema, depth);
        match schema.get("type") {
            Some(Value::String(name)) => self.name(name),
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).for_each(|name| self.name(name));
            }
            _ => {
                let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
                listed.chain(schema.get("const")).for_each(|value| self.value(value));
                let branches = ["anyOf", "oneOf", "allOf"].iter().filter_map(|keyword| schema.get(keyword));
                branches
                    .filter_map(Value::as_array)
                    .flatten()
                    .for_each(|branch| self.look(root, branch, depth + 1));
            }
        }
    }

    fn name(&mut self, name: &str) {
        match name {
            "string" => self.types.string = true,
            "integer" | "number" => self.types.number = true,
            "boolean" => self.types.boolean = true,
            "array" => self.array = true,
            "object" => self.object = true,
            _ => {}
        }
    }

    fn value(&mut self, value: &Value) {
        self.name(match value {
            Value::String(_) => "string",
            Value::Number(_) => "number",
            Value::Bool(_) => "boolean",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
            Value::Null => "null",
        });
    }
}

/// The schema behind references into the same document.
fn resolve<'a>(root: &'a Value, schema: &'a Value, depth: usize) -> &'a Value {
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
    match target.and_then(|pointer| root.pointer(pointer)) {
        Some(target) if depth < MAX_DEPTH => resolve(root, target, depth + 1),
        _ => schema,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "properties": {
                "text": {"type": "string"}, "whole": {"type": ["integer", "null"]}, "flag": {"type": "boolean"},
                "any": {}, "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
                "status": {"$ref": "#/$defs/Status"}, "level": {"enum": [1, 2]},
                "tags": {"type": "array", "items": {"$ref": "#/$defs/Status"}},
                "rows": {"type": "array", "items": {"type": "array"}}, "object": {"type": "object"},
                "loop": {"$ref": "#/properties/loop"}
            },
            "$defs": {"Status": {"type": "string", "enum": ["open", "done"]}}
        })
    }

    fn value(key: &str, text: &str) -> Value {
        match shape(&schema(), key).unwrap() {
            Shape::Scalar(types) | Shape::List(types) => types.value(text.to_owned()),
        }
    }

    #[test]
    fn a_text_becomes_what_the_schema_asks_for() {
        let table = [
            ("text", "1", json!("1")),
            ("whole", "1", json!(1)),
            ("whole", "01", json!("01")),
            ("whole", "true", json!("true")),
            ("flag", "true", json!(true)),
            ("flag", "yes", json!("yes")),
            ("any", "1", json!("1")),
            ("either", "1", json!("1")),
            ("status", "open", json!("open")),
            ("level", "2", json!(2)),
            ("tags", "x", json!("x")),
            ("loop", "x", json!("x")),
        ];
        for (key, text, expected) in table {
            assert_eq!(value(key, text), expected, "{key} {text}");
        }
    }

    #[test]
    fn what_a_uri_cannot_hold_has_no_shape() {
        for key in ["rows", "object", "absent"] {
            assert_eq!(shape(&schema(), key), None, "{key}");
        }
        assert!(matches!(shape(&schema(), "tags"), Some(Shape::List(_))));
    }

    #[test]
    fn known_values_come_from_enumerations_and_booleans() {
        assert_eq!(known_values(&schema(), "status"), ["open", "done"]);
        assert_eq!(known_values(&schema(), "tags"), ["open", "done"]);
        assert_eq!(known_values(&schema(), "level"), ["1", "2"]);
        assert_eq!(known_values(&schema(), "flag"), ["true", "false"]);
        assert_eq!(known_values(&schema(), "text"), Vec::<String>::new());
    }
}
