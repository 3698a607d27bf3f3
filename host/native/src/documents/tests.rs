//! Reading YAML and JSON: meaning, refusals and positions.

use frontmcp_core::findings::Finding;
use serde_json::{Value, json};

use super::*;

fn yaml_value(text: &str) -> Value {
    yaml::read("a.yaml", text).unwrap().value
}

fn lines(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let place = finding.location.as_ref().unwrap();
        format!("{}:{}: {}: {}", place.line, place.column, finding.code, finding.message)
    };
    findings.iter().map(line).collect()
}

fn refused(text: &str) -> Vec<String> {
    lines(&yaml::read("a.yaml", text).unwrap_err())
}

#[test]
fn plain_scalars_mean_what_yaml_1_2_says() {
    let text = "[no, yes, on, y, 017, 1_000, 0b101, 2026-05-01, '12', 12:30:45, -0x1F, 1.2.3, +, e3, .]";
    assert!(yaml_value(text).as_array().unwrap().iter().all(Value::is_string));
    let text = "[~, null, , true, FALSE, -12, +7, 0, 0x1F, 0o17, 1.5, .5, 1., 1e3, 18446744073709551615]";
    let expected = json!([null, null, null, true, false, -12, 7, 0, 31, 15, 1.5, 0.5, 1.0, 1000.0, u64::MAX]);
    assert_eq!(yaml_value(&text.replace(" , ", " ~, ")), expected);
}

#[test]
fn quoted_and_block_scalars_are_text() {
    assert_eq!(
        yaml_value("a: \"1\"\nb: 'true'\nc: |\n  null\n"),
        json!({"a": "1", "b": "true", "c": "null\n"})
    );
}

#[test]
fn keys_keep_their_spelling() {
    assert_eq!(
        yaml_value("200: ok\ntrue: 1\n0x1: a\n\"\": b"),
        json!({"200": "ok", "true": 1, "0x1": "a", "": "b"})
    );
}

#[test]
fn positions_count_characters() {
    let document = yaml::read("a.yaml", "\u{feff}ключ😀: {b: [1,\r\n  two]}\r\n").unwrap();
    let place = |location: Location| (location.line, location.column);
    assert_eq!(place(document.at("/ключ😀/b")), (1, 12));
    assert_eq!(place(document.key_at("/ключ😀/b")), (1, 9));
    assert_eq!(place(document.at("/ключ😀/b/1")), (2, 3));
    assert_eq!(place(document.at("/ключ😀/missing/deeper")), (1, 1));
}

#[test]
fn aliases_copy_within_a_budget() {
    assert_eq!(yaml_value("a: &x {k: [1]}\nb: *x"), json!({"a": {"k": [1]}, "b": {"k": [1]}}));
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..14 {
        let previous = level - 1;
        bomb += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{previous}"); 10].join(", "));
    }
    assert!(refused(&bomb)[0].contains("aliases multiply beyond reason"));
    assert_eq!(refused("a: &x [*x]"), ["1:8: yaml-alias: the alias refers to a value that contains it"]);
    let mut ladder = String::from("a0: &a0 [x]\n");
    for level in 1..300 {
        ladder += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert!(refused(&ladder)[0].contains("aliases nest too deep"));
}

#[test]
fn all_problems_come_back_at_once() {
    let text = "a: 1\nb: !!str 2\na: 3\nc: .inf\n<<: {x: 1}\nd: {e: 1, e: 2}\n[1]: x\n";
    assert_eq!(
        refused(text),
        [
            "2:4: yaml-tag: YAML tags are not supported",
            "3:1: duplicate-key: the key `a` is given twice",
            "4:4: yaml-number: `.inf` is not a number JSON can hold",
            "5:1: yaml-merge-key: merge keys (`<<`) are not part of YAML 1.2",
            "6:11: duplicate-key: the key `e` is given twice",
            "7:1: yaml-key: a key must be text, not a list or mapping",
        ]
    );
}

#[test]
fn syntax_errors_name_their_place() {
    for (text, place) in [
        ("a:\n\tb: 1", "2:"),
        ("a: b: c", "1:5"),
        ("a: \"x", "1:"),
        ("a: *nope", "1:4"),
        ("a: @x", "1:4"),
        ("a: 1\n---\nb: 2", "2:1"),
        ("a: [1, 2", "1:"),
    ] {
        let findings = refused(text);
        assert!(findings[0].starts_with(place), "{text:?}: {findings:?}");
    }
}

#[test]
fn deep_nesting_is_refused_politely() {
    for depth in [129, 1_000, 100_000] {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(refused(&text)[0].contains("recursion"), "{:?}", refused(&text));
        let findings = lines(&json::read("a.json", &text).unwrap_err());
        assert_eq!(findings, ["1:128: json-syntax: not valid JSON: recursion limit exceeded"]);
    }
    let text = format!("{}{}", "[".repeat(127), "]".repeat(127));
    assert!(yaml::read("a.yaml", &text).is_ok() && json::read("a.json", &text).is_ok());
}

#[test]
fn empty_text_is_null() {
    assert_eq!(yaml_value(""), Value::Null);
    assert_eq!(yaml_value("# only a comment\n"), Value::Null);
    assert!(json::read("a.json", "").is_err());
}

#[test]
fn json_keeps_order_and_positions() {
    let text = "{\"z\": 1,\n \"ä\\\"b\": [true, {\"c/d\": -1.5e3}], \"a\": \"\\\\\"}";
    let document = json::read("a.json", text).unwrap();
    assert_eq!(document.value, serde_json::from_str::<Value>(text).unwrap());
    assert_eq!(document.value.as_object().unwrap().keys().next().unwrap(), "z");
    let place = |location: Location| (location.line, location.column);
    assert_eq!(place(document.key_at("/ä\"b")), (2, 2));
    assert_eq!(place(document.at("/ä\"b/1/c~1d")), (2, 25));
    assert_eq!(place(document.key_at("/a")), (2, 35));
    assert_eq!(place(document.at("/a")), (2, 40));
}

#[test]
fn json_refuses_keys_given_twice() {
    let findings = json::read("a.json", "{\"a\": 1, \"b\": {\"c\": 1,\n\"c\": 2}, \"a\": 2}").unwrap_err();
    assert_eq!(
        lines(&findings),
        ["2:1: duplicate-key: the key `c` is given twice", "2:10: duplicate-key: the key `a` is given twice"]
    );
    assert_eq!(findings[1].hint.as_deref(), Some("it is first given on line 1; keep one of them"));
}

#[test]
fn json_errors_count_characters() {
    let findings = json::read("a.json", "{\n  \"ключ\": txx\n}").unwrap_err();
    assert_eq!(lines(&findings), ["2:12: json-syntax: not valid JSON: expected ident"]);
}

#[test]
fn the_format_follows_the_extension_then_the_text() {
    assert!(read_any("https://h/openapi.json?ts=9", "a: 1").is_err());
    assert_eq!(read_any("a.YML", "{a: 1}").unwrap().value, json!({"a": 1}));
    assert_eq!(read_any("https://h/openapi", " {\"a\": 1}").unwrap().value, json!({"a": 1}));
    assert_eq!(read_any("https://h/openapi", "a: 1").unwrap().value, json!({"a": 1}));
}

#[test]
fn bytes_that_are_not_text_are_located() {
    let findings = decode("a.yaml", b"a: 1\n\xc3\xa4: \xff").unwrap_err();
    assert_eq!(lines(&findings), ["2:4: not-utf8: the file is not UTF-8: byte 0xff starts no character"]);
}

#[test]
fn oversized_text_is_refused_before_parsing() {
    let text = " ".repeat(MAX_BYTES + 1);
    assert_eq!(yaml::read("a.yaml", &text).unwrap_err()[0].code, "file-too-large");
    assert_eq!(json::read("a.json", &text).unwrap_err()[0].code, "file-too-large");
}
