//! Canonical JSON as RFC 8785 defines it, written and checked. Never repairs what it reads.
//!
//! A bundle's digest is only worth something if one meaning has one spelling, so [`parse`] takes exactly the bytes
//! that [`to_vec`] would write, and [`to_vec`] refuses what JSON numbers cannot carry instead of changing it.

use std::fmt;

use serde::Serialize;
use serde_json::{Number, Value};

mod writer;

use writer::{Inexact, Writer};

/// How deep arrays and objects may nest: as deep as serde_json reads.
pub const MAX_DEPTH: usize = 127;

/// Why something is not, or cannot be, canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCanonical {
    /// The first byte that differs from the canonical form, counted from 0. `None` if a value cannot be written.
    pub offset: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for NotCanonical {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.offset {
            Some(offset) => write!(formatter, "{} at byte {offset}", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

impl std::error::Error for NotCanonical {}

/// Writes a value as canonical JSON (RFC 8785 §3.2).
///
/// # Errors
/// Numbers that are not finite, integers a double cannot hold (see [`inexact_numbers`]), keys that are not strings,
/// the same key twice in one object, and nesting beyond [`MAX_DEPTH`].
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, NotCanonical> {
    let mut writer = Writer::new(Inexact::Refuse, 0);
    value.serialize(&mut writer)?;
    Ok(writer.into_bytes())
}

/// Reads canonical JSON (RFC 8785) and nothing else: white space, keys out of order or twice, other spellings of a
/// string or number, integers a double cannot hold, a byte order mark and trailing bytes are all refused.
///
/// # Errors
/// The offset of the first byte that differs from the canonical form of the same value, or where it stops being JSON.
pub fn parse(bytes: &[u8]) -> Result<Value, NotCanonical> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| not_json(bytes, &error))?;
    let mut writer = Writer::new(Inexact::Round, bytes.len());
    value.serialize(&mut writer)?;
    let canonical = writer.into_bytes();
    if canonical == bytes {
        return Ok(value);
    }
    let same = bytes.iter().zip(&canonical).take_while(|(found, wanted)| found == wanted).count();
    Err(NotCanonical { offset: Some(same), message: "not the canonical form (RFC 8785)".to_owned() })
}

/// JSON pointers (RFC 6901) to the integers of `value` that a double cannot hold, in document order.
///
/// An integer can be held if it equals a double, or if its digits are those that RFC 8785 writes for one: both
/// `9223372036854775808` (2^63) and its canonical spelling `9223372036854776000` can, `9223372036854775807` cannot.
pub fn inexact_numbers(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect_inexact(value, &mut String::new(), &mut found);
    found
}

/// Replaces every integer that [`inexact_numbers`] names by the nearest double, in the form in which its canonical
/// text is read again.
pub fn round_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(integer) = inexact(number) {
                let text = writer::double(integer as f64);
                *number = text.parse().expect("the text of a finite double is a JSON number");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(round_numbers),
        Value::Object(members) => members.values_mut().for_each(round_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn collect_inexact(value: &Value, pointer: &mut String, found: &mut Vec<String>) {
    let length = pointer.len();
    match value {
        Value::Number(number) if inexact(number).is_some() => found.push(pointer.clone()),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{index}"));
                collect_inexact(item, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                collect_inexact(member, pointer, found);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

/// The integer, if a double cannot hold it.
fn inexact(number: &Number) -> Option<i128> {
    number.as_i128().filter(|integer| !writer::is_exact(*integer))
}

/// serde_json counts lines and columns; canonical JSON has one line, so an offset says more.
fn not_json(bytes: &[u8], error: &serde_json::Error) -> NotCanonical {
    let before: usize = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    NotCanonical {
        offset: Some(before + error.column().saturating_sub(1)),
        message: format!("not JSON: {message}"),
    }
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
#[path = "canonical_tests.rs"]
mod tests;
