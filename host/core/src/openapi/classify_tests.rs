//! The classifier's table row by row, rules, globs, and URI templates both ways.

use serde_json::json;

use super::*;

const PATHS: &[(&str, &str)] = &[
    ("GET", "/users"),
    ("GET", "/users/{id}"),
    ("GET", "/u/{id}:act"),
    ("POST", "/users"),
    ("POST", "/users/{id}"),
    ("POST", "/users/search"),
    ("POST", "/users/{id}/a/b"),
    ("POST", "/u/{id}:act"),
    ("PUT", "/users/{id}"),
    ("PATCH", "/users/{id}/name"),
    ("PATCH", "/other"),
    ("DELETE", "/users/{id}"),
    ("DELETE", "/users"),
    ("DELETE", "/users/{id}/avatar"),
    ("DELETE", "/lonely/{id}"),
    ("HEAD", "/users"),
    ("OPTIONS", "/users/{id}"),
];

fn verdicts(paths: &[(&str, &str)], rules: &[Rule]) -> Vec<Classification> {
    let methods: Vec<Method> = paths.iter().map(|(method, _)| method.parse().unwrap()).collect();
    classify("s", methods.iter().zip(paths.iter().map(|(_, path)| *path)), rules)
}

fn updated(path: &str) -> Option<Emit> {
    Some(Emit::Updated(format!("mcp+op://s/{path}")))
}

fn list_changed(path: &str) -> Option<Emit> {
    Some(Emit::ListChanged(format!("mcp+op://s/{path}")))
}

#[test]
fn method_and_path_decide() {
    let expected = [
        (Expose::Resource, None),
        (Expose::Both, None),
        (Expose::Resource, None),
        (Expose::Tool, list_changed("users")),
        (Expose::Tool, updated("users/{id}")),
        (Expose::Tool, updated("users")),
        (Expose::Tool, None),
        (Expose::Tool, list_changed("u/{id}:act")),
        (Expose::Tool, updated("users/{id}")),
        (Expose::Tool, updated("users/{id}")),
        (Expose::Tool, None),
        (Expose::Tool, list_changed("users")),
        (Expose::Tool, list_changed("users")),
        (Expose::Tool, None),
        (Expose::Tool, None),
        (Expose::Tool, None),
        (Expose::Tool, None),
    ];
    for ((operation, verdict), (expose, emit)) in PATHS.iter().zip(verdicts(PATHS, &[])).zip(expected) {
        assert_eq!((verdict.expose, &verdict.emit), (expose, &emit), "{operation:?}");
        let template = (operation.0 == "GET").then(|| uri_template("s", operation.1));
        assert_eq!(verdict.resource_uri_template, template, "{operation:?}");
    }
}

#[test]
fn delete_of_one_needs_the_list_to_announce() {
    let verdict = &verdicts(&[("GET", "/users/{id}"), ("DELETE", "/users/{id}")], &[])[1];
    assert_eq!(verdict.emit, None);
}

#[test]
fn last_parameters_and_parents_ignore_empty_segments() {
    for (path, ends, above) in [
        ("/users/{id}/", true, Some("/users")),
        ("/users/{id}.json", false, Some("/users")),
        ("/{a}{b}", true, None),
        ("/{}", false, None),
        ("//a//b", false, Some("/a")),
        ("/", false, None),
    ] {
        assert_eq!((ends_in_parameter(path), parent(path).as_deref()), (ends, above), "{path}");
    }
    assert_eq!(uri_template("s", "/"), "mcp+op://s/");
    assert_eq!(uri_template("s", "/a/"), "mcp+op://s/a/");
}

fn rule(pattern: &str, expose: Option<Expose>, emits: Option<Emits>) -> Rule {
    Rule::new(pattern, expose, emits).unwrap()
}

#[test]
fn the_first_matching_rule_applies_alone() {
    let rules = [
        rule("get /users", Some(Expose::Tool), None),
        rule("POST /users/**", None, Some(Emits::Parent)),
        rule("* /users/**", None, Some(Emits::None)),
        rule("DELETE /lonely/*", None, Some(Emits::Own)),
        rule("PATCH /other", None, Some(Emits::Parent)),
    ];
    let verdicts = verdicts(PATHS, &rules);
    let of =
        |method: &str, path: &str| &verdicts[PATHS.iter().position(|each| *each == (method, path)).unwrap()];
    assert_eq!(of("GET", "/users").expose, Expose::Tool);
    assert!(of("GET", "/users").resource_uri_template.is_some(), "a rule replaces nothing else");
    assert_eq!(of("POST", "/users/search").emit, updated("users"));
    assert_eq!(of("POST", "/users/{id}/a/b").emit, updated("users/{id}/a"), "no GET is asked for");
    assert_eq!(of("DELETE", "/users/{id}").emit, None);
    assert_eq!(of("DELETE", "/lonely/{id}").emit, list_changed("lonely/{id}"));
    assert_eq!(of("PATCH", "/other").emit, None, "the root has no parent");
}

#[test]
fn malformed_rules_are_refused() {
    for pattern in ["", "GET", "GET ", "GET\t/users", "FETCH /users", "GET users", "GET /a b"] {
        assert!(Rule::new(pattern, None, None).is_err(), "{pattern:?}");
    }
}

#[test]
fn globs_match_from_end_to_end() {
    for (glob, text, expected) in [
        ("/users/*", "/users/{id}", true),
        ("/users/*", "/users/", true),
        ("/users/*", "/users/{id}/a", false),
        ("/users/**", "/users/{id}/a", true),
        ("/users/**", "/users", false),
        ("**", "/anything/at/all", true),
        ("/a*c", "/abbc", true),
        ("/a.c", "/abc", false),
        ("/users/?", "/users/?", true),
        ("/users/?", "/users", false),
        ("/{id}", "/{id}", true),
        ("/A", "/a", false),
        ("***", "/a/b", true),
    ] {
        assert_eq!(glob_matches(glob.as_bytes(), text.as_bytes()), expected, "{glob} on {text}");
    }
}

#[test]
fn a_hostile_glob_is_decided_at_once() {
    let glob = "*a".repeat(2_000);
    assert!(!glob_matches(glob.as_bytes(), "a".repeat(1_999).as_bytes()));
}

#[test]
fn templates_are_rendered_from_own_scalars() {
    let values = json!({ "id": "a b/c", "n": 5.0, "flag": true, "empty": "", "list": [], "null": null });
    let values = values.as_object().unwrap();
    assert_eq!(render("mcp+op://s/u/{id}/{n}/{flag}", values).unwrap(), "mcp+op://s/u/a%20b%2Fc/5/true");
    assert_eq!(render("x/{empty}", values).unwrap(), "x/");
    assert_eq!(render("x/{}{ü", values).unwrap(), "x/%7B%7D%7B%C3%BC");
    assert_eq!(
        render("{toString}/{list}/{null}/{list}", values).unwrap_err(),
        ["toString", "list", "null", "list"]
    );
}
