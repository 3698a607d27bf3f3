//! Frontmatter rules, one behaviour each, over documents without YAML.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::findings::{Mark, Severity};

fn document(value: Value) -> Document {
    let marks = BTreeMap::from([
        (String::new(), Mark { value: (2, 1), key: None }),
        ("/name".to_owned(), Mark { value: (2, 7), key: Some((2, 1)) }),
        ("/component".to_owned(), Mark { value: (5, 12), key: Some((5, 1)) }),
    ]);
    Document { file: "skills/a-b/SKILL.md".to_owned(), value, marks: marks.into() }
}

fn codes(value: Value) -> Vec<(&'static str, Severity)> {
    read(&document(value), "a-b").1.into_iter().map(|finding| (finding.code, finding.severity)).collect()
}

#[test]
fn everything_well_formed_is_read() {
    let value = json!({
        "name": "a-b", "description": "d", "license": "MIT", "compatibility": "any", "allowed-tools": "Read Bash",
        "tags": ["x", "y", "x"], "alwaysLoad": true, "hideFromDiscovery": false, "requires": ["c"],
        "metadata": {"author": "me"}
    });
    let (read, findings) = read(&document(value), "a-b");
    assert_eq!(findings, []);
    let read = read.unwrap();
    assert_eq!(
        (read.name.as_str(), read.tags.as_slice()),
        ("a-b", ["x".to_owned(), "y".to_owned()].as_slice())
    );
    assert!(read.always_load && !read.hide_from_discovery);
    assert_eq!(read.requires, ["c"]);
}

#[test]
fn metadata_holds_the_shared_keys_as_text() {
    let metadata =
        json!({"tags": "x, y", "alwaysLoad": "true", "hideFromDiscovery": "false", "requires": "c,d"});
    let value = json!({"name": "a-b", "description": "d", "metadata": metadata});
    let (read, findings) = read(&document(value), "a-b");
    assert_eq!(findings, []);
    let read = read.unwrap();
    assert!(read.always_load);
    assert_eq!((read.tags.len(), read.requires.len()), (2, 2));
}

#[test]
fn all_problems_are_reported_at_once() {
    let value = json!({
        "name": "A_B", "description": " ", "compatibility": "x".repeat(501), "tags": [1], "alwaysLoad": "yes",
        "requires": ["Not Kebab"], "metadata": {"n": 1, "tags": "z"}, "component": {}, "descripton": "typo"
    });
    let errors = codes(value);
    for expected in [
        ("skill-name", Severity::Error),
        ("empty-value", Severity::Error),
        ("too-long", Severity::Error),
        ("wrong-type", Severity::Error),
        ("wrong-type", Severity::Warning),
        ("duplicate-key", Severity::Error),
        ("skill-component", Severity::Error),
        ("unknown-key", Severity::Warning),
    ] {
        assert!(errors.contains(&expected), "{expected:?} in {errors:?}");
    }
}

#[test]
fn the_name_must_equal_the_folder_and_the_place_is_its_value() {
    let (read, findings) = read(&document(json!({"name": "other", "description": "d"})), "a-b");
    assert_eq!(read, None);
    let place = findings[0].location.clone().unwrap();
    assert_eq!((place.line, place.column), (2, 7));
}

#[test]
fn missing_keys_and_other_shapes_are_errors() {
    assert_eq!(codes(json!({})), [("missing-key", Severity::Error), ("missing-key", Severity::Error)]);
    assert_eq!(codes(json!([])), [("frontmatter-type", Severity::Error)]);
    assert_eq!(codes(Value::Null), [("frontmatter-type", Severity::Error)]);
}

#[test]
fn names_are_kebab_case() {
    for good in ["a", "a-b", "a1-2b", &"x".repeat(64)] {
        assert!(is_skill_name(good), "{good}");
    }
    for bad in ["", "-a", "a-", "a--b", "A", "a_b", "é", &"x".repeat(65)] {
        assert!(!is_skill_name(bad), "{bad}");
    }
}
