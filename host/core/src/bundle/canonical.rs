//! Canonical JSON as RFC 8785 defines it, written and checked. Never repairs what it reads.
//!
//! A bundle's digest is only worth something if one meaning has one spelling, so [`parse`] takes exactly the bytes
//! that [`to_vec`] would write, and [`to_vec`] refuses what JSON numbers cannot carry instead of changing it.

use std::cmp::Ordering;
use std::fmt;

use serde::Serialize;
use serde_json::{Number, Value};

mod checker;
mod writer;

use writer::Writer;

/// How deep arrays and objects may nest: as deep as serde_json reads.
pub const MAX_DEPTH: usize = 127;

/// Why something is not, or cannot be, canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCanonical {
    /// Where it starts, in bytes from 0. `None` if it is a value that cannot be written.
    pub offset: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for NotCanonical {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.offset {
            Some(offset) => {
                write!(formatter, "not canonical JSON (RFC 8785): {} at byte {offset}", self.message)
            }
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
    let mut writer = Writer::default();
    value.serialize(&mut writer)?;
    Ok(writer.into_bytes())
}

/// Reads canonical JSON (RFC 8785) and nothing else; see [`check`].
///
/// # Errors
/// As [`check`].
pub fn parse(bytes: &[u8]) -> Result<Value, NotCanonical> {
    check(bytes)?;
    Ok(serde_json::from_slice(bytes).expect("canonical JSON is JSON"))
}

/// Whether bytes are canonical JSON (RFC 8785): white space, keys out of order or twice, other spellings of a string
/// or number, integers a double cannot hold, a byte order mark and trailing bytes are all refused, and so is nesting
/// beyond [`MAX_DEPTH`]. What passes is what [`to_vec`] would write, so it may be read into any type.
///
/// # Errors
/// The first thing that canonical JSON does not have, and where it starts.
pub fn check(bytes: &[u8]) -> Result<(), NotCanonical> {
    checker::check(bytes)
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
                let text = double(integer as f64);
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
    number.as_i128().filter(|integer| !is_exact(*integer))
}

/// Whether a double holds `integer`, or `integer` is spelt as RFC 8785 spells one.
fn is_exact(integer: i128) -> bool {
    let nearest = integer as f64;
    nearest as i128 == integer || double(nearest) == integer.to_string()
}

/// A finite double as ECMAScript writes it (RFC 8785 §3.2.2.3).
fn double(value: f64) -> String {
    ryu_js::Buffer::new().format_finite(value).to_owned()
}

/// Compares two keys, written canonically with their quotes, by their UTF-16 code units (RFC 8785 §3.2.3).
fn compare_keys(one: &[u8], other: &[u8]) -> Ordering {
    if one.contains(&b'\\') || other.contains(&b'\\') {
        let plain = |key| serde_json::from_slice::<String>(key).expect("a key is a JSON string");
        return plain(one).encode_utf16().cmp(plain(other).encode_utf16());
    }
    // Without escapes the quotes are alike; a key that is the start of another ends earlier.
    let (one, other) = (&one[..one.len() - 1], &other[..other.len() - 1]);
    let Some(at) = one.iter().zip(other).position(|(one, other)| one != other) else {
        return one.len().cmp(&other.len());
    };
    // UTF-8 and UTF-16 sort alike but for surrogates (lead bytes from F0), which stand below U+E000 to U+FFFF.
    match (one[at], other[at]) {
        (0xF0.., 0xEE | 0xEF) => Ordering::Less,
        (0xEE | 0xEF, 0xF0..) => Ordering::Greater,
        (one, other) => one.cmp(&other),
    }
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
#[path = "canonical_tests.rs"]
mod tests;
