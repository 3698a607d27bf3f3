//! JSON Schema validation: compiled once, all violations at once, bounded texts.
//!
//! The only user of the validator crate; never fetches a schema.

use std::fmt;
use std::sync::{Arc, OnceLock};

use jsonschema::Validator;
use serde_json::Value;

/// One way in which a value does not fit its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer into the value; empty for the value itself.
    pub path: String,
    /// What is wrong, one line.
    pub message: String,
}

/// The compiled schemas of one operation; empty until first used.
#[derive(Clone, Default)]
pub struct Checks {
    compiled: Arc<[OnceLock<Result<Validator, String>>; 2]>,
}

impl fmt::Debug for Checks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Checks")
    }
}

impl Checks {
    /// Checks an input object against the operation's input schema.
    pub fn input(&self, schema: &Value, input: &Value) -> Result<(), Vec<Violation>> {
        let _ = (&self.compiled, schema, input);
        todo!("schema::input")
    }
}
