//! The grammar's edge cases, one table; positions; and that no text makes the scan panic.

use proptest::prelude::*;

use super::*;

fn operations(text: &str) -> Vec<String> {
    harvest("f", text).operations.iter().map(|found| format!("{}/{}", found.spec, found.operation)).collect()
}

#[test]
fn grammar_edge_cases() {
    let cases: &[(&str, &[&str])] = &[
        ("op://acme/getUser.", &["acme/getUser"]),
        ("(see op://acme/getUser).", &["acme/getUser"]),
        ("op://acme/getUser.x", &[]),
        ("op://acme/b._c", &[]),
        ("op://acme/get-user", &[]),
        ("op://acme/7th", &[]),
        ("op://acme/$b", &[]),
        ("op://acme/é", &[]),
        ("op://acme/bé", &["acme/b"]),
        ("op://acme/b$", &["acme/b"]),
        ("op://acme/b/c", &["acme/b"]),
        ("op://acme/b?x=1", &["acme/b"]),
        ("op://acme/b#f", &["acme/b"]),
        ("op://acme/b..c", &["acme/b"]),
        ("op://a.b/c op://a-/b op://a..b/c", &["a.b/c", "a-/b", "a..b/c"]),
        ("_op://a/b", &["a/b"]),
        ("-op://a/b", &["a/b"]),
        ("éop://a/b", &["a/b"]),
        ("xop://a/b top://a/b", &[]),
        ("OP://a/b", &[]),
        ("op://op://a/b", &["a/b"]),
        ("op://a/b-op://c/d", &["c/d"]),
        ("[[op:acme/b]]", &["acme/b"]),
        ("[[op: acme/b]]", &["acme/b"]),
        ("[[op:\tacme/b]]", &["acme/b"]),
        ("[[op:\nacme/b]]", &["acme/b"]),
        ("[[op:  acme/b]]", &[]),
        ("[[op:acme/b|alias]]", &[]),
        ("[[op:acme/b#x]]", &[]),
        ("[[op:acme/b ]]", &[]),
        ("[[ op:acme/b]]", &[]),
        ("[[op://acme/b]]", &["acme/b"]),
        ("[[op:github/issues/list-for-repo]]", &["github/issues/list-for-repo"]),
        ("[[[op:acme/b]]]", &["acme/b"]),
        ("[[op:[[op:acme/b]]", &["acme/b"]),
        ("```js\nop://acme/b\n```\n<!-- [[op:acme/c]] --> [x](op://acme/d)", &["acme/b", "acme/c", "acme/d"]),
        ("op://acme/b op://acme/b", &["acme/b", "acme/b"]),
        ("", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(operations(text), *expected, "{text:?}");
    }
}

#[test]
fn places_count_lines_and_characters() {
    let found = harvest("SKILL.md", "é op://a/b\r\nüü [[op:a/c]] op://a/d\n\n[[ref:x.md#part]]");
    let places: Vec<(u32, u32)> =
        found.operations.iter().map(|found| (found.location.line, found.location.column)).collect();
    assert_eq!(places, [(1, 3), (2, 4), (2, 15)]);
    assert_eq!(found.files[0].path, "x.md");
    assert_eq!((found.files[0].location.line, found.files[0].location.column), (4, 1));
}

#[test]
fn near_misses_are_warned_about() {
    let found = harvest("f", "op://acme/get-user\n [[op:acme/b|alias]] [[ref:]] `op://`, stop://it/x");
    let places: Vec<(u32, u32)> = found
        .findings
        .iter()
        .map(|finding| finding.location.as_ref().map(|place| (place.line, place.column)).unwrap())
        .collect();
    assert_eq!(places, [(1, 1), (2, 2), (2, 22)]);
}

proptest! {
    #[test]
    fn never_panics_and_offsets_point_at_the_reference(
        text in "(op://|\\[\\[op:|\\[\\[ref:|\\]\\]|a|b/|/|\\.|-|é|\n|\r\n| |😀){0,40}"
    ) {
        let found = harvest("f", &text);
        for reference in &found.operations {
            let line = text.split('\n').nth(reference.location.line as usize - 1).unwrap();
            let rest: String = line.chars().skip(reference.location.column as usize - 1).collect();
            let first = reference.raw.split('\n').next().unwrap();
            prop_assert!(rest.starts_with(first), "{rest:?} should start with {first:?}");
        }
    }
}
