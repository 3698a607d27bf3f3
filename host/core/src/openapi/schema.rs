//! JSON Schema validation: compiled once, all violations at once, bounded texts.
//!
//! The only user of the validator crate; never fetches a schema.

use std::fmt;
use std::sync::{Arc, OnceLock};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

/// Violations reported of one value.
const MAX_VIOLATIONS: usize = 10;
/// Bytes of one violation's text.
const MAX_TEXT: usize = 300;

/// One way in which a value does not fit its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer into the value; empty for the value itself.
    pub path: String,
    /// What is wrong, one line.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "input" } else { &self.path };
        write!(formatter, "{path}: {}", self.message)
    }
}

/// The compiled schemas of one operation; empty until first used, shared by clones.
#[derive(Clone, Default)]
pub struct Checks {
    input: Arc<OnceLock<Result<Validator, String>>>,
    output: Arc<OnceLock<Result<Validator, String>>>,
}

impl fmt::Debug for Checks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Checks")
    }
}

impl Checks {
    /// Checks an input object, formats included. At most ten violations.
    pub fn input(&self, schema: &Value, input: &Value) -> Result<(), Vec<Violation>> {
        check(self.input.get_or_init(|| compile(schema, true)), input)
    }

    /// Checks an answer; formats are not asserted, since answers are only reported on. At most ten violations.
    pub fn output(&self, schema: &Value, output: &Value) -> Result<(), Vec<Violation>> {
        check(self.output.get_or_init(|| compile(schema, false)), output)
    }

    /// Compiles both now; the error says why that is not possible.
    pub(super) fn compile(&self, input: &Value, output: Option<&Value>) -> Result<(), String> {
        self.input.get_or_init(|| compile(input, true)).as_ref().map_err(Clone::clone)?;
        if let Some(output) = output {
            self.output.get_or_init(|| compile(output, false)).as_ref().map_err(Clone::clone)?;
        }
        Ok(())
    }
}

/// Whether `pattern` is a regular expression that the validator understands.
pub(super) fn is_pattern(pattern: &str) -> bool {
    compile(&serde_json::json!({ "pattern": pattern }), false).is_ok()
}

fn compile(schema: &Value, formats: bool) -> Result<Validator, String> {
    jsonschema::draft202012::options()
        .should_validate_formats(formats)
        .build(schema)
        .map_err(|error| bounded(format!("{}: {}", error.schema_path(), error.masked())))
}

fn check(validator: &Result<Validator, String>, value: &Value) -> Result<(), Vec<Violation>> {
    let validator = match validator {
        Ok(validator) => validator,
        Err(reason) => {
            let message = format!("the schema of this operation is broken: {reason}");
            return Err(vec![Violation { path: String::new(), message }]);
        }
    };
    if validator.is_valid(value) {
        return Ok(());
    }
    Err(validator.iter_errors(value).take(MAX_VIOLATIONS).map(|error| violation(&error)).collect())
}

fn violation(error: &ValidationError<'_>) -> Violation {
    let message = match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            format!(
                "unknown {}",
                unexpected.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
            )
        }
        ValidationErrorKind::Required { property } => format!("{property} is required and missing"),
        _ => error.to_string(),
    };
    Violation { path: error.instance_path().to_string(), message: bounded(message) }
}

fn bounded(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_violations_are_named_with_their_places() {
        let schema = json!({
            "type": "object", "additionalProperties": false, "required": ["id"],
            "properties": { "id": { "type": "string" }, "items": { "items": { "type": "integer" } }, "at": { "format": "date-time" } },
        });
        let value = json!({ "items": [1, "two"], "at": "soon", "constructor": 1 });
        let mut found: Vec<String> =
            Checks::default().input(&schema, &value).unwrap_err().iter().map(ToString::to_string).collect();
        found.sort();
        assert_eq!(found.len(), 4, "{found:#?}");
        assert!(found[0].starts_with("/at: "), "{found:#?}");
        assert!(found[1].starts_with("/items/1: "), "{found:#?}");
        assert_eq!(found[2], "input: \"id\" is required and missing");
        assert_eq!(found[3], "input: unknown `constructor`");
    }

    #[test]
    fn violations_are_bounded_in_number_and_length() {
        let schema = json!({ "items": { "maxLength": 1 } });
        let value = Value::Array((0..50).map(|_| Value::String("é".repeat(4_000))).collect());
        let found = Checks::default().input(&schema, &value).unwrap_err();
        assert_eq!(found.len(), MAX_VIOLATIONS);
        assert!(found.iter().all(|each| each.message.len() <= MAX_TEXT + 3));
    }

    #[test]
    fn formats_of_answers_are_not_asserted() {
        let schema = json!({ "format": "uuid" });
        assert!(Checks::default().output(&schema, &json!("x")).is_ok());
        assert!(Checks::default().input(&schema, &json!("x")).is_err());
    }

    #[test]
    fn unusual_patterns_are_recognised() {
        assert!(is_pattern("^[a-z]+$") && is_pattern(r"^\d{3}$") && is_pattern("^(?!x)a"));
        assert!(!is_pattern("(") && !is_pattern("[[:bogus:"));
    }
}
