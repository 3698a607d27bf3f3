//! Schema conversion, flat inputs, bodies, answers; and that no reference can make a schema explode.

use serde_json::{Value, json};

use std::sync::Arc;

use super::*;
use crate::findings::Document;
use crate::openapi::load::{SpecSource, load};

fn spec(version: &str, operation: Value, components: Value) -> Spec {
    let value = json!({
        "openapi": version, "info": { "title": "T" }, "servers": [{ "url": "https://api.test" }],
        "paths": { "/things/{id}": { "post": operation } }, "components": components,
    });
    let source = SpecSource { id: "s".into(), spec: "s.json".into(), base_url: None, binding_name: None };
    let document = Document { file: "s.json".into(), value, ..Document::default() };
    let (spec, findings) = load(&source, document, &mut |name| Err(format!("no {name}")));
    spec.unwrap_or_else(|| panic!("{findings:#?}"))
}

fn resolved(version: &str, operation: Value, components: Value) -> Operation {
    let spec = spec(version, operation, components);
    let (operation, findings) = spec.resolve(&spec.operations[0].id);
    operation.map_or_else(|| panic!("{findings:#?}"), Arc::unwrap_or_clone)
}

/// The converted form of a 3.0 schema.
fn converted(schema: Value) -> Value {
    let operation = json!({ "parameters": [{ "name": "q", "in": "query", "schema": schema }] });
    resolved("3.0.3", operation, json!({ "schemas": { "Ref": { "type": "string" } } })).input_schema["properties"]["q"].clone()
}

#[test]
fn openapi_3_0_schemas_become_2020_12() {
    for (written, expected) in [
        (json!({ "type": "string", "nullable": true }), json!({ "type": ["string", "null"] })),
        (
            json!({ "type": "string", "enum": ["a"], "nullable": true }),
            json!({ "type": ["string", "null"], "enum": ["a", null] }),
        ),
        (json!({ "nullable": true }), json!({})),
        (
            json!({ "nullable": true, "allOf": [{ "$ref": "#/components/schemas/Ref" }] }),
            json!({ "anyOf": [{ "allOf": [{ "$ref": "#/$defs/Ref" }] }, { "type": "null" }] }),
        ),
        (json!({ "minimum": 1, "exclusiveMinimum": true }), json!({ "exclusiveMinimum": 1 })),
        (json!({ "maximum": 1, "exclusiveMaximum": false }), json!({ "maximum": 1 })),
        (json!({ "type": "integer", "example": 7 }), json!({ "type": "integer", "examples": [7] })),
        (
            json!({ "$ref": "#/components/schemas/Ref", "type": "integer", "description": "d" }),
            json!({ "$ref": "#/$defs/Ref", "description": "d" }),
        ),
        (
            json!({ "type": "object", "xml": {}, "x-y": 1, "externalDocs": {}, "discriminator": {} }),
            json!({ "type": "object" }),
        ),
    ] {
        assert_eq!(converted(written.clone()), expected, "{written}");
    }
}

#[test]
fn malformed_keywords_are_left_out_with_a_warning() {
    let schema = json!({ "type": "file", "required": true, "pattern": "(", "minLength": -1, "enum": [], "allOf": [], "maximum": "x" });
    let spec =
        spec("3.1.0", json!({ "parameters": [{ "name": "q", "in": "query", "schema": schema }] }), json!({}));
    let (operation, findings) = spec.resolve("post_things_By_id");
    assert_eq!(operation.unwrap().input_schema["properties"]["q"], json!({}));
    assert_eq!(findings.iter().filter(|finding| finding.code == "bad-schema").count(), 7, "{findings:#?}");
}

#[test]
fn siblings_of_a_reference_count_in_3_1() {
    let operation = json!({ "parameters": [{ "name": "q", "in": "query", "schema": { "$ref": "#/components/schemas/A", "maxLength": 3 } }] });
    let schema =
        resolved("3.1.0", operation, json!({ "schemas": { "A": { "type": "string" } } })).input_schema;
    assert_eq!(schema["properties"]["q"], json!({ "$ref": "#/$defs/A", "maxLength": 3 }));
}

#[test]
fn operation_parameters_override_those_of_the_path() {
    let value = json!({
        "openapi": "3.1.0", "servers": [{ "url": "https://api.test" }],
        "paths": { "/a": {
            "parameters": [
                { "name": "q", "in": "query", "schema": { "type": "string" } },
                { "name": "X-A", "in": "header", "schema": { "type": "string" } },
            ],
            "get": { "operationId": "op", "parameters": [
                { "name": "q", "in": "query", "required": true, "schema": { "type": "integer" } },
                { "name": "x-a", "in": "header", "schema": { "type": "integer" } },
                { "name": "Accept", "in": "header", "schema": {} },
                { "name": "Host", "in": "header", "schema": {} },
            ] },
        } },
    });
    let source = SpecSource { id: "s".into(), spec: "s.json".into(), base_url: None, binding_name: None };
    let document = Document { file: "s.json".into(), value, ..Document::default() };
    let spec = load(&source, document, &mut |_| Err(String::new())).0.unwrap();
    let operation = spec.resolve("op").0.unwrap();
    assert_eq!(
        operation.input_schema,
        json!({
            "type": "object", "additionalProperties": false, "required": ["q"],
            "properties": { "q": { "type": "integer" }, "x-a": { "type": "integer" } },
        })
    );
}

#[test]
fn names_used_twice_are_told_apart_everywhere() {
    let operation = json!({
        "parameters": [
            { "name": "id", "in": "path", "required": true, "schema": {} },
            { "name": "id", "in": "query", "schema": {} },
            { "name": "pathId", "in": "query", "schema": {} },
        ],
        "requestBody": { "required": true, "content": { "application/json": { "schema": {
            "type": "object", "required": ["id"], "properties": { "id": {}, "other": {} } } } } },
    });
    let operation = resolved("3.1.0", operation, json!({}));
    let keys: Vec<(&str, &str, Place)> =
        operation.inputs.iter().map(|input| (input.key.as_str(), input.name.as_str(), input.place)).collect();
    assert_eq!(
        keys,
        [
            ("pathId2", "id", Place::Path),
            ("queryId", "id", Place::Query),
            ("pathId", "pathId", Place::Query),
            ("bodyId", "id", Place::BodyField),
            ("other", "other", Place::BodyField),
        ]
    );
    assert_eq!(operation.input_schema["required"], json!(["pathId2", "bodyId"]));
    assert_eq!(
        Value::Object(operation.path_values(&json!({ "pathId2": 7, "queryId": 8 }))),
        json!({ "id": 7 })
    );
}

fn body_of(schema: Value, parameters: Value, required: bool) -> Operation {
    let body = json!({ "required": required, "content": { "application/json": { "schema": schema } } });
    resolved(
        "3.1.0",
        json!({ "parameters": parameters, "requestBody": body }),
        json!({ "schemas": { "A": { "type": "object", "properties": { "a": {} } } } }),
    )
}

#[test]
fn bodies_are_spread_only_where_nothing_is_lost() {
    let keys = |schema: Value| body_of(schema, json!([]), true).inputs[0].key.clone();
    let object = json!({ "type": "object", "properties": { "a": {}, "b": { "readOnly": true } } });
    // Path parameter `id` is undeclared here, so it is added after the declared ones.
    let spread = body_of(object.clone(), json!([]), true);
    assert_eq!(spread.inputs.iter().map(|input| input.key.as_str()).collect::<Vec<_>>(), ["id", "a"]);
    for whole in [
        json!({ "type": "array" }),
        json!({ "type": "object" }),
        json!({ "allOf": [object.clone()] }),
        json!({ "type": ["object", "null"], "properties": { "a": {} } }),
        json!({ "type": "object", "properties": { "a": {} }, "minProperties": 1 }),
        json!({ "type": "object", "properties": { "a": {} }, "additionalProperties": true }),
        json!({ "$ref": "#/components/schemas/A", "minProperties": 1 }),
        json!(true),
    ] {
        let operation = body_of(whole.clone(), json!([]), true);
        assert_eq!(operation.inputs[1].place, Place::BodyWhole, "{whole}");
        assert_eq!(operation.input_schema["required"], json!(["id", "body"]));
    }
    assert_eq!(keys(json!({ "$ref": "#/components/schemas/A" })), "id");
}

#[test]
fn combinations_of_required_properties_survive() {
    let schema = json!({ "type": "object", "properties": { "a": {}, "b": {} }, "anyOf": [{ "required": ["a"] }, { "required": ["b"] }] });
    let operation = body_of(schema, json!([{ "name": "b", "in": "query", "schema": {} }]), true);
    assert_eq!(operation.input_schema["anyOf"], json!([{ "required": ["a"] }, { "required": ["bodyB"] }]));
}

#[test]
fn cycles_and_shared_schemas_become_definitions_once() {
    let node = json!({ "type": "object", "properties": { "next": { "$ref": "#/components/schemas/Node" }, "two": { "$ref": "#/components/schemas/Node" } } });
    let operation = json!({ "responses": { "200": { "description": "", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Node" } } } } } });
    let output = resolved("3.1.0", operation, json!({ "schemas": { "Node": node } })).output_schema.unwrap();
    assert_eq!(output["$defs"].as_object().unwrap().len(), 1);
    assert_eq!(output["$defs"]["Node"]["properties"]["next"], json!({ "$ref": "#/$defs/Node" }));
}

#[test]
fn a_reference_bomb_stays_as_small_as_it_is_written() {
    let level = |n: usize| json!({ "type": "array", "prefixItems": vec![json!({ "$ref": format!("#/components/schemas/L{}", n + 1) }); 10] });
    let mut schemas: Map<String, Value> = (0..40).map(|n| (format!("L{n}"), level(n))).collect();
    schemas.insert("L40".to_owned(), json!({ "type": "string" }));
    let operation = json!({ "parameters": [{ "name": "q", "in": "query", "schema": { "$ref": "#/components/schemas/L0" } }] });
    let operation = resolved("3.1.0", operation, json!({ "schemas": schemas }));
    assert!(operation.input_schema.to_string().len() < 20_000);
}

#[test]
fn circles_of_bare_references_and_dead_ends_are_errors() {
    let schemas = json!({ "schemas": { "A": { "$ref": "#/components/schemas/B" }, "B": { "$ref": "#/components/schemas/A" } } });
    for reference in ["#/components/schemas/A", "#/nowhere", "#anchor", "missing.yaml#/a"] {
        let operation =
            json!({ "parameters": [{ "name": "q", "in": "query", "schema": { "$ref": reference } }] });
        let spec = spec("3.1.0", operation, schemas.clone());
        let (operation, findings) = spec.resolve("post_things_By_id");
        assert!(operation.is_none(), "{reference}");
        assert!(
            findings.iter().any(|finding| finding.code == "bad-reference" && finding.location.is_some()),
            "{findings:?}"
        );
    }
}

#[test]
fn outputs_are_the_success_answers_only() {
    let output =
        |responses: Value| resolved("3.1.0", json!({ "responses": responses }), json!({})).output_schema;
    let json_of =
        |schema: Value| json!({ "description": "", "content": { "application/json": { "schema": schema } } });
    let text = json!({ "description": "", "content": { "text/csv": {} } });
    assert_eq!(
        output(json!({ "200": json_of(json!({ "type": "integer" })), "400": json_of(json!({})) })),
        Some(json!({ "type": "integer" }))
    );
    assert_eq!(output(json!({ "204": { "description": "" } })), Some(json!({ "type": "null" })));
    assert_eq!(
        output(json!({ "200": json_of(json!({ "type": "integer" })), "202": { "description": "" } })),
        Some(json!({ "anyOf": [{ "type": "integer" }, { "type": "null" }] }))
    );
    assert_eq!(output(json!({ "200": text })), Some(json!({ "type": "string" })));
    assert_eq!(
        output(json!({ "default": json_of(json!({ "type": "integer" })) })),
        Some(json!({ "type": "integer" }))
    );
    assert_eq!(output(json!({ "404": json_of(json!({})) })), None);
    assert_eq!(output(json!({ "200": { "description": "", "content": { "application/json": {} } } })), None);
}

#[test]
fn undeclared_path_parameters_are_strings_with_a_warning() {
    let spec = spec(
        "3.1.0",
        json!({ "parameters": [{ "name": "other", "in": "path", "required": true, "schema": {} }] }),
        json!({}),
    );
    let (operation, findings) = spec.resolve("post_things_By_id");
    assert_eq!(operation.unwrap().input_schema["properties"], json!({ "id": { "type": "string" } }));
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["unused-path-parameter", "missing-path-parameter"]);
}

#[test]
fn an_optional_body_needs_its_required_properties_once_it_is_sent() {
    let operation = body_of(
        json!({ "type": "object", "required": ["a"], "properties": { "a": {}, "b": {} } }),
        json!([]),
        false,
    );
    let check = |input: Value| operation.checks.input(&operation.input_schema, &input).is_ok();
    assert!(check(json!({ "id": "x" })) && check(json!({ "id": "x", "a": 1 })));
    assert!(!check(json!({ "id": "x", "b": 1 })));
}

fn output_with(schemas: Value) -> (Option<Arc<Operation>>, Vec<Finding>) {
    let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/L0" } } });
    let operation = json!({ "responses": { "200": { "description": "", "content": content } } });
    spec("3.1.0", operation, json!({ "schemas": schemas })).resolve("post_things_By_id")
}

#[test]
fn long_chains_of_references_do_not_exhaust_the_stack() {
    let chain = |length: usize| {
        let next = |n: usize| json!({ "$ref": format!("#/components/schemas/L{}", n + 1) });
        let link =
            |n: usize| json!({ "allOf": [next(n), { "type": "string" }], "not": { "type": "integer" } });
        let mut schemas: Map<String, Value> = (0..length).map(|n| (format!("L{n}"), link(n))).collect();
        schemas.insert(format!("L{length}"), json!({ "type": "string" }));
        output_with(schemas.into())
    };
    let operation = chain(1_900).0.expect("a long chain is no error");
    assert!(operation.checks.output(operation.output_schema.as_ref().unwrap(), &json!("x")).is_ok());
    let (operation, findings) = chain(2_100);
    assert!(
        operation.is_none() && findings.iter().any(|finding| finding.code == "schema-too-large"),
        "{findings:?}"
    );
}

#[test]
fn schemas_that_only_combine_each_other_do_not_loop() {
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let schemas = json!({
            "L0": { keyword: [{ "$ref": "#/components/schemas/L1" }] },
            "L1": { keyword: [{ "$ref": "#/components/schemas/L0" }] },
        });
        if let Some(operation) = output_with(schemas).0 {
            let _ = operation.checks.output(operation.output_schema.as_ref().unwrap(), &json!({}));
        }
    }
}

#[test]
fn schemas_that_double_at_every_step_are_refused() {
    let schemas = |depth: usize| {
        let twice = |n: usize| json!({ "allOf": vec![json!({ "$ref": format!("#/components/schemas/L{}", n + 1) }); 2] });
        let mut schemas: Map<String, Value> = (0..depth).map(|n| (format!("L{n}"), twice(n))).collect();
        schemas.insert(format!("L{depth}"), json!({ "type": "string" }));
        output_with(schemas.into())
    };
    assert!(schemas(8).0.is_some());
    let (operation, findings) = schemas(60);
    assert!(
        operation.is_none() && findings.iter().any(|finding| finding.code == "schema-too-costly"),
        "{findings:?}"
    );
}

#[test]
fn the_reference_description_resolves_without_a_finding() {
    let value: Value = serde_json::from_str(include_str!("../../../../guests/openapi/billing.json")).unwrap();
    let source =
        SpecSource { id: "billing".into(), spec: "billing.json".into(), base_url: None, binding_name: None };
    let document = Document { file: "billing.json".into(), value, ..Document::default() };
    let (spec, findings) = load(&source, document, &mut |name| Err(format!("no {name}")));
    assert_eq!(findings, []);
    let spec = spec.unwrap();
    for head in spec.operations.iter() {
        let (operation, findings) = spec.resolve(&head.id);
        assert!(operation.is_some() && findings.is_empty(), "{}: {findings:#?}", head.id);
    }
}
