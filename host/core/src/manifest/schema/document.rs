//! The JSON Schema of the manifest, for editors and for checking. Written down rather than made when it is asked for: what
//! makes it of the types would be a part of every program.

use serde_json::Value;

/// Made of the types, and compared with them by a test; `BLESS=1` writes it anew.
const WRITTEN: &str = include_str!("v1.json");

/// The JSON Schema (2020-12) of the manifest. Lengths count UTF-16 code units; plain JSON Schema validators, which
/// count characters, allow a little more text outside the Basic Multilingual Plane.
pub fn json_schema() -> Value {
    serde_json::from_str(WRITTEN).expect("the written schema is JSON")
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
