//! Tree of values → [`Manifest`], or everything that is wrong with it. Never stops at the first problem.

use std::sync::LazyLock;

use jsonschema::{Keyword, ValidationError, Validator};
use serde_json::{Map, Value};

use super::check;
use super::schema::{Manifest, json_schema};
use super::violation::Violations;
use crate::findings::{Document, Finding};

/// The generated schema and its compiled form.
static SCHEMA: LazyLock<(Value, Validator)> = LazyLock::new(|| {
    let schema = json_schema();
    let validator = jsonschema::options()
        .with_keyword("maxLength", max_length)
        .build(&schema)
        .expect("the generated schema is a valid JSON Schema");
    (schema, validator)
});

/// Reads a manifest. Run [`check::check`] on the document afterwards: what spans fields is not looked at here.
///
/// # Errors
/// Every violation of the schema and, since the author will want to mend both at once, everything that
/// [`check::check`] finds, in the order of the file.
pub fn parse(document: &Document) -> Result<Manifest, Vec<Finding>> {
    let (schema, validator) = &*SCHEMA;
    let mut violations = Violations::new(document, schema);
    for error in validator.iter_errors(&document.value) {
        violations.add(&error);
    }
    let mut findings = violations.findings;
    if findings.is_empty() {
        let mut value = document.value.clone();
        whole_numbers(&mut value);
        match serde_json::from_value(value) {
            Ok(manifest) => return Ok(manifest),
            Err(error) => findings.push(Finding::error("manifest", error.to_string()).at(document.at(""))),
        }
    }
    findings.extend(check::check(document));
    findings.sort_by(|a, b| a.location.cmp(&b.location));
    Err(findings)
}

/// JSON Schema takes 1.0 for an integer, serde does not.
fn whole_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let whole = number.as_f64().filter(|float| float.fract() == 0.0 && (0.0..=4e9).contains(float));
            if let Some(whole) = whole.filter(|_| number.is_f64()) {
                // In range and without a fraction, as checked above.
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
                let whole = whole as u64;
                *value = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Object(map) => map.values_mut().for_each(whole_numbers),
        _ => {}
    }
}

/// `maxLength` in UTF-16 code units.
struct MaxLength(usize);

impl<'i> Keyword<'i> for MaxLength {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.is_valid(instance) {
            return Ok(());
        }
        Err(ValidationError::custom(format!("must have at most {} characters", self.0)))
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        instance.as_str().is_none_or(|text| text.encode_utf16().count() <= self.0)
    }
}

fn max_length<'a>(
    _: &'a Map<String, Value>,
    limit: &'a Value,
    _: jsonschema::paths::Location,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>> {
    let limit = limit.as_u64().and_then(|limit| usize::try_from(limit).ok());
    limit
        .map(|limit| Box::new(MaxLength(limit)) as _)
        .ok_or_else(|| ValidationError::schema("maxLength must be a number"))
}
