//! Properties of canonical JSON that hold for every value and every text, with another implementation as the oracle.

use proptest::prelude::*;
use serde_json::{Map, Number, Value};

use super::{inexact_numbers, parse, round_numbers, to_vec};

/// Pieces of documents that are canonical, and of some that nearly are.
const PIECES: [&str; 36] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\"a\"",
    "\"b\"",
    "\"\\n\"",
    "\"\\u000b\"",
    "\"\\u000B\"",
    "\"\\/\"",
    "\\",
    "0",
    "-0",
    "1",
    "1.5",
    "1.50",
    "1e2",
    "1e+21",
    "1e21",
    "5e-324",
    "9007199254740993",
    "9223372036854776000",
    "true",
    "null",
    " ",
    "\n",
    "\u{FEFF}",
    "\"é\"",
    "\"\u{10000}\"",
    "\"\u{FFFF}\"",
    "{\"a\":1}",
    "[[]]",
    "e",
];

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        (-1_000_i64..1_000).prop_map(Number::from),
        any::<f64>().prop_filter_map("finite", Number::from_f64),
        // Near the borders: of integers that are exact, of exponents in writing.
        (0_u64..64, 0_u64..3)
            .prop_map(|(bits, more)| Number::from((1_u64 << bits).wrapping_add(more).wrapping_sub(1))),
        (-30_i32..30, -999_i32..999).prop_filter_map("finite", |(exponent, digits)| Number::from_f64(
            f64::from(digits) * 10_f64.powi(exponent)
        )),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z]{0,3}",
        "[\u{0}-\u{1f}\"\\\\/a]{0,4}",
        // Where UTF-8 and UTF-16 sort differently.
        prop::collection::vec(
            prop_oneof![
                Just('\u{D7FF}'),
                Just('\u{E000}'),
                Just('\u{EFFF}'),
                Just('\u{FFFF}'),
                Just('\u{10000}'),
                Just('\u{10FFFF}'),
                Just('a')
            ],
            0..3
        )
        .prop_map(String::from_iter),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number().prop_map(Value::Number),
        text().prop_map(Value::String),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            prop::collection::vec((text(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Equal if every number is read as the double that it is to everybody else.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, one)| other.get(name).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

/// What is read is written again byte for byte. What is refused is no JSON, or would be written otherwise.
fn judged(bytes: &[u8]) -> Result<(), TestCaseError> {
    match parse(bytes) {
        Ok(value) => {
            prop_assert_eq!(to_vec(&value).unwrap(), bytes);
            prop_assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), bytes);
        }
        Err(error) => {
            prop_assert!(error.offset.is_some_and(|offset| offset <= bytes.len()), "{error}");
            if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
                prop_assert_ne!(serde_json_canonicalizer::to_vec(&value).unwrap(), bytes);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn what_is_written_is_read_as_the_same_value(mut value in value()) {
        prop_assert_eq!(to_vec(&value).is_ok(), inexact_numbers(&value).is_empty());
        let before = value.clone();
        round_numbers(&mut value);
        prop_assert!(same(&value, &before), "rounding is what every reader of doubles does");
        prop_assert!(inexact_numbers(&value).is_empty());
        let written = to_vec(&value).unwrap();
        prop_assert_eq!(&written, &serde_json_canonicalizer::to_vec(&value).unwrap());
        let read = parse(&written).unwrap();
        prop_assert!(same(&read, &value), "{} is not {}", read, value);
        prop_assert_eq!(to_vec(&read).unwrap(), written);
    }

    #[test]
    fn a_changed_byte_makes_another_canonical_document_or_none(
        value in value(),
        at: prop::sample::Index,
        flip in 1_u8..=255,
    ) {
        let Ok(mut bytes) = to_vec(&value) else { return Ok(()) };
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        judged(&bytes)?;
        bytes.remove(at);
        judged(&bytes)?;
    }

    #[test]
    fn only_the_canonical_spelling_is_read(value in value()) {
        let Ok(canonical) = to_vec(&value) else { return Ok(()) };
        for spelling in [serde_json::to_vec(&value).unwrap(), serde_json::to_vec_pretty(&value).unwrap()] {
            prop_assert_eq!(parse(&spelling).is_ok(), spelling == canonical);
        }
    }

    #[test]
    fn any_bytes_are_judged(bytes: Vec<u8>) {
        judged(&bytes)?;
    }

    #[test]
    fn any_sequence_of_pieces_is_judged(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..12)) {
        judged(pieces.concat().as_bytes())?;
        judged(["[", &pieces.join(","), "]"].concat().as_bytes())?;
    }
}
