//! Templates both ways: what is rendered matches back to the same inputs, and nothing else matches.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::openapi::classify::{render, uri_template};
use crate::openapi::operation::Style;

fn input(name: &str, key: &str, place: Place, required: bool) -> Input {
    Input {
        key: key.to_owned(),
        name: name.to_owned(),
        place,
        required,
        style: Style::Simple,
        explode: true,
        allow_reserved: false,
        content: None,
        binary: false,
    }
}

fn operation(path: &str, inputs: Vec<Input>, properties: Value) -> Operation {
    Operation {
        spec: "s".to_owned(),
        name: "read".to_owned(),
        method: Method::GET,
        path: path.to_owned(),
        inputs,
        input_schema: json!({"type": "object", "properties": properties}),
        ..Operation::default()
    }
}

fn paths(path: &str, names: &[&str]) -> Operation {
    let inputs = names.iter().map(|name| input(name, name, Place::Path, true)).collect();
    let properties: BTreeMap<&str, Value> =
        names.iter().map(|name| (*name, json!({"type": "string"}))).collect();
    operation(path, inputs, json!(properties))
}

fn matched(operation: &Operation, uri: &str) -> Option<Value> {
    let template = Template::of(operation).unwrap();
    template.match_path(&Uri::parse(uri)?).map(Value::Object)
}

#[test]
fn a_path_without_variables_is_a_uri_and_one_with_them_a_template() {
    let plain = Template::of(&paths("/a/b", &[])).unwrap();
    assert_eq!((plain.uri().as_deref(), plain.text()), (Some("mcp+op://s/a/b"), None));
    let one = Template::of(&paths("/a/{id}", &["id"])).unwrap();
    assert_eq!((one.uri(), one.text().as_deref()), (None, Some("mcp+op://s/a/{id}")));
    let odd = Template::of(&paths("/ü b/{order-id}", &["order-id"])).unwrap();
    assert_eq!(odd.text().as_deref(), Some("mcp+op://s/%C3%BC%20b/{order%2Did}"));
    assert_eq!(Template::of(&paths("/", &[])).unwrap().uri().as_deref(), Some("mcp+op://s/"));
}

#[test]
fn queries_are_part_of_the_template_and_required_ones_of_the_resource() {
    let properties = json!({
        "limit": {"type": "integer"}, "queryId": {}, "pathId": {}, "tags": {"type": "array", "items": {"type": "string"}},
        "filter": {"type": "object"}, "X-Trace": {"type": "string"}
    });
    let inputs = |required| {
        vec![
            input("id", "pathId", Place::Path, true),
            input("id", "queryId", Place::Query, false),
            input("limit", "limit", Place::Query, required),
            input("tags", "tags", Place::Query, false),
            input("filter", "filter", Place::Query, false),
            input("X-Trace", "X-Trace", Place::Header, false),
        ]
    };
    let template = Template::of(&operation("/a/{id}", inputs(false), properties.clone())).unwrap();
    assert_eq!(template.text().as_deref(), Some("mcp+op://s/a/{id}{?queryId,limit,tags*}"));
    let listed = operation("/a", inputs(false).split_off(1), properties.clone());
    let template = Template::of(&listed).unwrap();
    assert_eq!(template.uri().as_deref(), Some("mcp+op://s/a"));
    assert_eq!(template.text().as_deref(), Some("mcp+op://s/a{?id,limit,tags*}"));
    let searched = operation("/a", inputs(true).split_off(1), properties);
    assert_eq!(Template::of(&searched).unwrap().uri(), None);
}

#[test]
fn what_a_uri_cannot_carry_is_no_resource() {
    let text = json!({"x": {"type": "string"}});
    let object = json!({"x": {"type": "object"}});
    for (operation, why) in [
        (operation("/a", vec![input("x", "x", Place::Header, true)], text.clone()), "a required header"),
        (operation("/a", vec![input("x", "x", Place::Query, true)], object.clone()), "a required object"),
        (operation("/a/{x}", vec![input("x", "x", Place::Path, true)], object), "an object in the path"),
        (operation("/a/{x}", Vec::new(), text), "a variable nobody declared"),
        (paths("/a/{x}{y}", &["x", "y"]), "variables that cannot be told apart"),
        (Operation { method: Method::POST, ..paths("/a", &[]) }, "a mutation"),
    ] {
        assert!(Template::of(&operation).is_none(), "{why}");
    }
}

#[test]
fn a_variable_is_one_segment_or_a_part_of_one() {
    let whole = paths("/u/{id}", &["id"]);
    assert_eq!(matched(&whole, "mcp+op://s/u/a%2Fb"), Some(json!({"id": "a/b"})));
    for uri in [
        "mcp+op://s/u",
        "mcp+op://s/u/",
        "mcp+op://s/u/a/b",
        "mcp+op://s/u/a/",
        "mcp+op://t/u/a",
        "mcp+op://s//u/a",
        "mcp+op://s/u/.",
        "mcp+op://s/u/..",
        "mcp+op://s/u/%2e%2E",
        "mcp+op://s/u/%FF",
        "mcp+op://s/v/../u/a",
    ] {
        assert_eq!(matched(&whole, uri), None, "{uri}");
    }
    let mixed = paths("/f/{name}.{kind}:raw", &["name", "kind"]);
    assert_eq!(matched(&mixed, "mcp+op://s/f/a.tar.gz:raw"), Some(json!({"name": "a", "kind": "tar.gz"})));
    for uri in ["mcp+op://s/f/a:raw", "mcp+op://s/f/.b:raw", "mcp+op://s/f/a.:raw", "mcp+op://s/f/a.b:Raw"] {
        assert_eq!(matched(&mixed, uri), None, "{uri}");
    }
}

#[test]
fn queries_become_typed_values_and_unknown_ones_are_named() {
    let properties = json!({
        "limit": {"type": "integer"}, "open": {"type": "boolean"}, "q": {},
        "tags": {"type": "array", "items": {"type": "integer"}}
    });
    let inputs = ["limit", "open", "q", "tags"].map(|name| input(name, name, Place::Query, false));
    let template = Template::of(&operation("/a", inputs.into(), properties)).unwrap();
    let query = |query: &str| {
        let uri = format!("mcp+op://s/a?{query}");
        let mut values = Map::new();
        template.match_query(&Uri::parse(&uri).unwrap(), &mut values).map(|()| Value::Object(values))
    };
    let typed = json!({"limit": 5, "open": true, "q": "5+é", "tags": [1, 2]});
    assert_eq!(query("tags=1&q=5+%C3%A9&limit=5&tags=2&open=true"), Ok(typed));
    assert_eq!(query("tags=1"), Ok(json!({"tags": [1]})));
    let problems = ["`limit` is given twice", "the resource has no parameter `x`"].map(str::to_owned);
    assert_eq!(query("limit=1&limit=2&x=3"), Err(problems.into()));
}

#[test]
fn literals_rank_before_mixtures_before_variables() {
    let rank = |operation: &Operation| Template::of(operation).unwrap().rank();
    let ranks = [
        rank(&paths("/a/b", &[])),
        rank(&paths("/a/{x}.json", &["x"])),
        rank(&paths("/a/{x}", &["x"])),
        rank(&paths("/{x}/b", &["x"])),
    ];
    assert!(ranks.is_sorted(), "{ranks:?}");
}

proptest! {
    /// The same renderer writes the URIs of announcements.
    #[test]
    fn what_is_rendered_matches_back_to_the_same_inputs(first in ".{1,12}", second in ".{1,12}", fixed in "[a-zü ]{1,5}") {
        prop_assume!([&first, &second].iter().all(|value| !matches!(value.as_str(), "." | "..")));
        let operation = paths(&format!("/{fixed}/{{one}}/x:{{two}}"), &["one", "two"]);
        let values = json!({"one": first, "two": second});
        let uri = render(&uri_template("s", &operation.path), values.as_object().unwrap()).unwrap();
        prop_assert_eq!(matched(&operation, &uri), Some(values));
    }

    #[test]
    fn no_text_as_a_uri_does_any_harm(below in ".*", raw in "[a-z/?&=%0-9{}.]{0,40}") {
        let operation = paths("/a/{one}/{two}.x", &["one", "two"]);
        for uri in [below.clone(), format!("mcp+op://s/a/{below}"), format!("mcp+op://s/a/{raw}"), format!("mcp+op://s/{raw}")] {
            let _ = matched(&operation, &uri);
        }
    }
}
