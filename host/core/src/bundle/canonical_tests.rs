//! Canonical JSON: the RFC's own examples, what is refused and where.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::*;

/// RFC 8785 appendix B: the bits of a double and how it is written.
const NUMBERS: [(u64, &str); 24] = [
    (0x0000_0000_0000_0000, "0"),
    (0x8000_0000_0000_0000, "0"),
    (0x0000_0000_0000_0001, "5e-324"),
    (0x8000_0000_0000_0001, "-5e-324"),
    (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
    (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
    (0x4340_0000_0000_0000, "9007199254740992"),
    (0xc340_0000_0000_0000, "-9007199254740992"),
    (0x4430_0000_0000_0000, "295147905179352830000"),
    (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
    (0x44b5_2d02_c7e1_4af6, "1e+23"),
    (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
    (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
    (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
    (0x444b_1ae4_d6e2_ef50, "1e+21"),
    (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
    (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
    (0x41b3_de43_5555_5553, "333333333.3333332"),
    (0x41b3_de43_5555_5554, "333333333.33333325"),
    (0x41b3_de43_5555_5555, "333333333.3333333"),
    (0x41b3_de43_5555_5556, "333333333.3333334"),
    (0x41b3_de43_5555_5557, "333333333.33333343"),
    (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
    (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
];

fn text<T: Serialize>(value: &T) -> String {
    String::from_utf8(to_vec(value).unwrap()).unwrap()
}

fn refused(document: impl AsRef<[u8]>) -> NotCanonical {
    match parse(document.as_ref()) {
        Ok(value) => panic!("accepted {:?} as {value}", String::from_utf8_lossy(document.as_ref())),
        Err(error) => error,
    }
}

#[test]
fn numbers_are_written_as_in_appendix_b() {
    for (bits, wanted) in NUMBERS {
        let number = f64::from_bits(bits);
        assert_eq!(text(&number), wanted, "{bits:016x}");
        let read = parse(wanted.as_bytes()).unwrap().as_f64().unwrap();
        assert_eq!(read.to_bits(), if number == 0.0 { 0 } else { bits }, "{wanted}");
    }
}

#[test]
fn the_example_of_section_3_2_2_is_written_as_in_3_2_4() {
    let input: Value = serde_json::from_str(
        r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#,
    )
    .unwrap();
    let wanted = concat!(
        r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#,
        r#""string":"€$\u000f\nA'B\"\\\\\"/"}"#
    );
    assert_eq!(text(&input), wanted);
}

#[test]
fn keys_are_sorted_by_utf16_code_units_as_in_section_3_2_3() {
    let input = json!({
        "\u{20ac}": "Euro Sign",
        "\r": "Carriage Return",
        "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\u{1f600}": "Emoji: Grinning Face",
        "\u{80}": "Control",
        "\u{f6}": "Latin Small Letter O With Diaeresis",
    });
    let written = text(&input);
    let wanted = [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ];
    let places: Vec<usize> = wanted.iter().map(|value| written.find(value).unwrap()).collect();
    assert!(places.is_sorted(), "{written}");
    assert_eq!(to_vec(&parse(written.as_bytes()).unwrap()).unwrap(), written.as_bytes());
}

#[test]
fn every_control_character_has_one_spelling() {
    let written = text(&(0..0x20).map(char::from).collect::<String>());
    let wanted = concat!(
        r#""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"#,
        r#"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f""#
    );
    assert_eq!(written, wanted);
    assert_eq!(text(&"\u{7f}\u{2028}/é😀"), "\"\u{7f}\u{2028}/é😀\"");
}

#[test]
fn other_spellings_are_refused_where_they_start() {
    const SPACE: &str = "white space between tokens";
    const ORDER: &str = "a key out of order";
    const TWICE: &str = "a key that stands twice in one object";
    const ESCAPE: &str = "an escape that is not needed or has another canonical spelling";
    const NUMBER: &str = "a number that has another canonical spelling, or none";
    let cases = [
        ("{ }", 1, SPACE),
        ("[1, 2]", 3, SPACE),
        ("[1]\n", 3, SPACE),
        (" 1", 0, SPACE),
        ("{\"a\" :1}", 4, SPACE),
        ("[1\t]", 2, SPACE),
        (r#"{"b":1,"a":2}"#, 7, ORDER),
        (r#"{"a":1,"a":1}"#, 7, TWICE),
        (r#"{"a":{"y":0,"b":0}}"#, 12, ORDER),
        ("{\"\u{FFFF}\":1,\"\u{10000}\":1}", 9, ORDER),
        (r#"{"\n":1,"":1}"#, 8, ORDER),
        (r#"{"\n":1,"\n":1}"#, 8, TWICE),
        (r#"["\u0041"]"#, 2, ESCAPE),
        (r#"["a\/"]"#, 3, ESCAPE),
        (r#"["\u000F"]"#, 2, ESCAPE),
        (r#"["\u000a"]"#, 2, ESCAPE),
        (r#"["\u0022"]"#, 2, ESCAPE),
        (r#"["\u005c"]"#, 2, ESCAPE),
        (r#"["\u007f"]"#, 2, ESCAPE),
        (r#"["\ud83d\ude00"]"#, 2, ESCAPE),
        (r#"["\ud800"]"#, 2, ESCAPE),
        (r#"["\u00"]"#, 2, ESCAPE),
        (r#"["\x"]"#, 2, ESCAPE),
        ("[1.0]", 1, NUMBER),
        ("[-0]", 1, NUMBER),
        ("[1e2]", 1, NUMBER),
        ("[1E+30]", 1, NUMBER),
        ("[1e30]", 1, NUMBER),
        ("[0.10]", 1, NUMBER),
        ("[1e+030]", 1, NUMBER),
        ("[9007199254740993]", 1, NUMBER),
        ("[9223372036854775807]", 1, NUMBER),
        ("[9223372036854775808]", 1, NUMBER),
        ("[100000000000000000000000]", 1, NUMBER),
        ("[0.0000001]", 1, NUMBER),
        ("[333333333.33333329]", 1, NUMBER),
        ("[1e400]", 1, NUMBER),
        ("[01]", 1, NUMBER),
        ("[00]", 1, NUMBER),
        ("[-]", 1, NUMBER),
        ("[1.]", 1, NUMBER),
        ("[-.5]", 1, NUMBER),
        ("[1+1]", 1, NUMBER),
        ("[1e+]", 1, NUMBER),
    ];
    for (document, offset, message) in cases {
        let wanted = NotCanonical { offset: Some(offset), message: message.to_owned() };
        assert_eq!(refused(document), wanted, "{document}");
    }
}

#[test]
fn what_is_not_json_is_refused_where_it_ends_to_be() {
    for (document, offset, message) in [
        (&b""[..], 0, "the document ends where a value is expected"),
        (b"{", 1, "the document ends where a key is expected"),
        (b"{\"a\"", 4, "the document ends where `:` is expected"),
        (b"{\"a\":", 5, "the document ends where a value is expected"),
        (b"{\"a\":1", 6, "the document ends where `,` or `}` is expected"),
        (b"[1", 2, "the document ends where `,` or `]` is expected"),
        (b"\"a", 2, "a string that does not end"),
        (b"\"a\\", 2, "an escape that is not needed or has another canonical spelling"),
        (b"\"\n\"", 1, "a control character that is not escaped"),
        (b"\xEF\xBB\xBF{}", 0, "something stands where a value is expected"),
        (b"{}{}", 2, "something stands where the end is expected"),
        (b"[1,]", 3, "something stands where a value is expected"),
        (b"{\"a\":1,}", 7, "something stands where a key is expected"),
        (b"{1:1}", 1, "something stands where a key is expected"),
        (b"[1}", 2, "something stands where `,` or `]` is expected"),
        (b"[+1]", 1, "something stands where a value is expected"),
        (b"[NaN]", 1, "something stands where a value is expected"),
        (b"[truE]", 1, "something stands where a value is expected"),
        (b"[\"\xFF\"]", 2, "bytes that are not UTF-8"),
        (b"[\"\xED\xA0\x80\"]", 2, "bytes that are not UTF-8"),
    ] {
        let wanted = NotCanonical { offset: Some(offset), message: message.to_owned() };
        assert_eq!(refused(document), wanted, "{}", String::from_utf8_lossy(document));
    }
}

#[test]
fn numbers_that_json_has_not_are_not_written() {
    #[derive(Serialize)]
    struct Deep {
        list: Vec<Option<f64>>,
    }
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = to_vec(&Deep { list: vec![None, Some(number)] }).unwrap_err();
        assert_eq!(error.to_string(), format!("JSON has no number for {number}"));
    }
    assert_eq!(text(&Deep { list: vec![None, Some(-0.0)] }), r#"{"list":[null,0]}"#);
}

#[test]
fn integers_that_a_double_cannot_hold_are_not_written() {
    assert_eq!(text(&9_007_199_254_740_992_u64), "9007199254740992");
    assert_eq!(text(&-9_007_199_254_740_992_i64), "-9007199254740992");
    assert_eq!(text(&(1_u64 << 63)), "9223372036854776000");
    assert_eq!(text(&(1_u128 << 70)), "1.1805916207174113e+21");
    for number in [9_007_199_254_740_993, i64::MAX, -9_007_199_254_740_993] {
        let error = to_vec(&json!({ "maximum": number })).unwrap_err();
        assert!(error.message.contains(&number.to_string()), "{error}");
    }
    assert!(to_vec(&u64::MAX).is_err());
    assert!(to_vec(&u128::MAX).is_err());
}

#[test]
fn inexact_integers_are_named_and_rounded_to_what_is_read_again() {
    let mut spec = json!({
        "a/b~c": [{ "maximum": i64::MAX }, { "minimum": i64::MIN }],
        "big": u64::MAX,
        "fine": [9_007_199_254_740_992_i64, 1.5, "9223372036854775807", 9_223_372_036_854_776_000_u64],
        "odd": -9_007_199_254_740_993_i64,
    });
    assert_eq!(inexact_numbers(&spec), ["/a~1b~0c/0/maximum", "/big", "/odd"]);
    for pointer in inexact_numbers(&spec) {
        assert!(spec.pointer(&pointer).is_some(), "{pointer}");
    }
    round_numbers(&mut spec);
    assert_eq!(inexact_numbers(&spec), [""; 0]);
    assert_eq!(spec["a/b~c"][0]["maximum"], json!(9_223_372_036_854_776_000_u64));
    let written = to_vec(&spec).unwrap();
    let read = parse(&written).unwrap();
    assert_eq!(read["a/b~c"][0], spec["a/b~c"][0]);
    assert_eq!(read["big"], spec["big"]);
    assert_eq!(to_vec(&read).unwrap(), written);
}

#[test]
fn nesting_ends_where_reading_ends() {
    let deep = |levels: usize| {
        (1..levels).fold(
            json!([]),
            |inner, level| if level % 2 == 0 { json!([inner]) } else { json!({ "a": inner }) },
        )
    };
    let deepest = to_vec(&deep(MAX_DEPTH)).unwrap();
    assert_eq!(to_vec(&parse(&deepest).unwrap()).unwrap(), deepest);
    assert!(to_vec(&deep(MAX_DEPTH + 1)).unwrap_err().message.contains("nested"));
    let deeper = ["[".repeat(100_000), "]".repeat(100_000)].concat();
    assert!(refused(deeper).message.contains("nest"));
}

#[test]
fn every_kind_of_value_that_serde_knows_is_written_as_serde_json_does() {
    #[derive(Serialize)]
    struct Everything<'a> {
        unit: (),
        none: Option<u8>,
        character: char,
        tuple: (i8, u16, f32),
        unit_struct: Unit,
        newtype: Newtype,
        pair: Pair,
        kinds: Vec<Kind<'a>>,
        map: BTreeMap<&'a str, bool>,
    }
    #[derive(Serialize)]
    struct Unit;
    #[derive(Serialize)]
    struct Newtype(i128);
    #[derive(Serialize)]
    struct Pair(u32, u64);
    #[derive(Serialize)]
    enum Kind<'a> {
        Unit,
        Newtype(&'a str),
        Tuple(i16, i32),
        Struct { z: i64, a: u8 },
    }
    let everything = Everything {
        unit: (),
        none: None,
        character: '"',
        tuple: (-1, 2, 0.5),
        unit_struct: Unit,
        newtype: Newtype(-3),
        pair: Pair(4, 5),
        kinds: vec![Kind::Unit, Kind::Newtype("x"), Kind::Tuple(6, 7), Kind::Struct { z: 8, a: 9 }],
        map: BTreeMap::from([("b", true), ("a", false)]),
    };
    let plain = serde_json::to_value(&everything).unwrap();
    assert_eq!(parse(&to_vec(&everything).unwrap()).unwrap(), plain);
    assert_eq!(to_vec(&everything).unwrap(), serde_json_canonicalizer::to_vec(&everything).unwrap());
}

#[test]
fn keys_are_strings_and_stand_once() {
    struct Twice;
    impl Serialize for Twice {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map([("a\n", 1), ("b", 2), ("a\n", 3)])
        }
    }
    assert_eq!(to_vec(&Twice).unwrap_err().message, r#"the key "a\n" stands twice in one object"#);
    assert_eq!(to_vec(&BTreeMap::from([(1, 2)])).unwrap_err().message, "a key is not a string");
    assert_eq!(
        text(&BTreeMap::from([("a!", 1), ("a", 2), ("a\"", 3), ("", 4)])),
        r#"{"":4,"a":2,"a!":1,"a\"":3}"#
    );
}
