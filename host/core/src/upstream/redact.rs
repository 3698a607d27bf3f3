//! Secret values that must not show in anything an upstream echoes.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::style::{Escape, escape};

const MARK: &str = "[redacted]";
/// Shorter values are not searched for: they would match by chance, and protect nothing.
const MIN_LENGTH: usize = 4;

/// Secret values used in one request, in every form they are sent in. Debug output shows none of them.
#[derive(Clone, Default)]
pub struct Redactions {
    values: Vec<String>,
}

impl fmt::Debug for Redactions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Redactions({})", self.values.len())
    }
}

impl Redactions {
    /// Adds a secret, with its percent-encoded and base64 forms. Longer values are replaced first.
    pub fn add(&mut self, secret: &str) {
        for form in [secret.to_owned(), escape(secret, Escape::Percent), STANDARD.encode(secret)] {
            if form.len() >= MIN_LENGTH && !self.values.contains(&form) {
                self.values.push(form);
            }
        }
        self.values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    }

    /// `text` with every secret replaced.
    pub fn scrub(&self, text: &str) -> String {
        self.values
            .iter()
            .filter(|value| text.contains(value.as_str()))
            .fold(text.to_owned(), |text, value| text.replace(value, MARK))
    }

    /// Replaces every secret in strings and keys of `value`.
    pub fn scrub_value(&self, value: &mut Value) {
        if self.values.is_empty() {
            return;
        }
        match value {
            Value::String(text) => {
                if self.hits(text) {
                    *text = self.scrub(text);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.scrub_value(item)),
            Value::Object(members) => {
                members.values_mut().for_each(|member| self.scrub_value(member));
                if members.keys().any(|key| self.hits(key)) {
                    *members = std::mem::take(members)
                        .into_iter()
                        .map(|(key, value)| (self.scrub(&key), value))
                        .collect();
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Whether raw bytes contain a secret.
    pub fn occur_in(&self, bytes: &[u8]) -> bool {
        self.values.iter().any(|value| bytes.windows(value.len()).any(|window| window == value.as_bytes()))
    }

    fn hits(&self, text: &str) -> bool {
        self.values.iter().any(|value| text.contains(value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_vanish_in_every_form() {
        let mut redactions = Redactions::default();
        redactions.add("s3cr/et value");
        let encoded = STANDARD.encode("s3cr/et value");
        let mut value = json!({ "a s3cr/et value": [format!("x{encoded}y"), "s3cr%2Fet%20value", 7, null] });
        redactions.scrub_value(&mut value);
        assert_eq!(value, json!({ "a [redacted]": ["x[redacted]y", "[redacted]", 7, null] }));
        assert!(redactions.occur_in(b"..s3cr/et value..") && !redactions.occur_in(b"s3cr"));
        assert!(!format!("{redactions:?}").contains("s3cr"));
    }

    #[test]
    fn a_secret_inside_a_longer_one_does_not_uncover_it() {
        let mut redactions = Redactions::default();
        redactions.add("user");
        redactions.add("user:password");
        assert_eq!(redactions.scrub("user:password user"), "[redacted] [redacted]");
    }
}
