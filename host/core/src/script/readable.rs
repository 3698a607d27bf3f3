//! Whether others can read a JSON text of a script's: one whole value, not too deep, whole characters only, no number out of
//! range. Keeps nothing of it, so that it costs less than reading it.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Lists and objects in one another that common parsers take, whatever the message.
pub(crate) const LEVELS: usize = 127;

/// Checks a text that may nest so many lists and objects.
///
/// # Errors
/// What keeps a client from reading it, and where.
pub(crate) fn check(json: &str, levels: usize) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(json);
    Value { levels, most: levels }.deserialize(&mut reader)?;
    reader.end()
}

/// A value in which so many levels are left.
#[derive(Clone, Copy)]
struct Value {
    levels: usize,
    most: usize,
}

impl Value {
    fn inside<E: Error>(self) -> Result<Self, E> {
        let most = self.most;
        let levels = self.levels.checked_sub(1);
        let levels = levels.ok_or_else(|| E::custom(format!("it is nested more than {most} deep")))?;
        Ok(Self { levels, most })
    }
}

impl<'de> DeserializeSeed<'de> for Value {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inside = self.inside()?;
        while items.next_element_seed(inside)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inside = self.inside()?;
        // A key is a text, and is read as one.
        while members.next_key_seed(inside)?.is_some() {
            members.next_value_seed(inside)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nested(levels: usize) -> String {
        format!("{}1{}", r#"{"a":["#.repeat(levels / 2), "]}".repeat(levels / 2))
    }

    #[test]
    fn what_is_not_to_be_read_is_refused_with_the_place() {
        for (json, reason) in [
            (nested(126), "more than 124 deep"),
            (r#""\ud800""#.to_owned(), "hex escape"),
            (r#"{"\uD800":1}"#.to_owned(), "hex escape"),
            (r#"["1e400",1e400]"#.to_owned(), "out of range"),
            ("1,2".to_owned(), "trailing"),
            (String::new(), "EOF"),
        ] {
            let error = check(&json, 124).unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains("line 1 column"), "{json}: {error}");
        }
    }

    #[test]
    fn what_only_looks_odd_is_readable() {
        let odd =
            [&nested(124), r#"["\\ud800","[[{","\"",1.5e300]"#, r#"{"$serde_json::private::RawValue":1}"#];
        for json in odd {
            check(json, 124).unwrap_or_else(|error| panic!("{json}: {error}"));
        }
    }

    proptest! {
        /// Whatever a value can be made of is readable, and nothing else, but for the one key that has a meaning of its own
        /// where values are made.
        #[test]
        fn it_agrees_with_the_parser(json in r#"([\[\]{}:,"\\ud8a1e4 .-]|null|true|"[a-z]"|[0-9]){0,40}"#) {
            let value = serde_json::from_str::<serde_json::Value>(&json);
            prop_assert_eq!(check(&json, LEVELS).is_ok(), value.is_ok(), "{}", json);
        }
    }
}
