//! Listing operations, servers, references across files, findings with places; and that no JSON breaks the loader.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::findings::Mark;

fn source() -> SpecSource {
    SpecSource {
        id: "acme".into(),
        spec: "specs/acme.yaml".into(),
        base_url: None,
        binding_name: Some("shop".into()),
    }
}

fn document(file: &str, value: Value) -> Document {
    Document { file: file.into(), value, ..Document::default() }
}

fn nothing(name: &str) -> Result<Document, String> {
    Err(format!("there is no {name}"))
}

fn description(paths: Value) -> Value {
    json!({ "openapi": "3.1.0", "info": { "title": "Acme" }, "servers": [{ "url": "https://api.test/v1/" }], "paths": paths })
}

fn loaded(description: Value) -> (Option<Spec>, Vec<Finding>) {
    load(&source(), document("specs/acme.yaml", description), &mut nothing)
}

fn codes(findings: &[Finding]) -> Vec<(Severity, &'static str)> {
    findings.iter().map(|finding| (finding.severity, finding.code)).collect()
}

#[test]
fn operations_are_listed_in_document_order_with_unique_names() {
    let (spec, findings) = loaded(description(json!({
        "/orders/{id}": {
            "parameters": [{ "name": "id", "in": "path", "required": true, "schema": {} }],
            "get": { "operationId": "orders/get", "summary": " Get ", "tags": ["orders"], "deprecated": true },
            "delete": {},
            "x-internal": 1,
        },
        "/a": { "get": { "operationId": "ordersGet" }, "post": { "operationId": "orders/get" }, "trace": {} },
        "x-paths": {},
    })));
    let spec = spec.unwrap();
    let names: Vec<(&str, &str)> =
        spec.operations.iter().map(|head| (head.id.as_str(), head.name.as_str())).collect();
    assert_eq!(
        names,
        [
            ("orders/get", "ordersGet"),
            ("delete_orders_By_id", "delete_orders_By_id"),
            ("ordersGet", "ordersGet2"),
            ("post_a", "post_a"),
        ]
    );
    assert_eq!(
        codes(&findings),
        [
            (Severity::Warning, "name-collision"),
            (Severity::Warning, "duplicate-operation-id"),
            (Severity::Warning, "unsupported-method"),
        ]
    );
    let head = &spec.operations[0];
    assert_eq!(
        (head.summary.as_str(), head.tags.as_slice(), head.deprecated),
        ("Get", &["orders".to_owned()][..], true)
    );
    assert_eq!(head.tool(), "acme.ordersGet");
    assert_eq!((spec.namespace.as_str(), spec.title.as_str()), ("shop", "Acme"));
    assert_eq!(spec.find("orders/get").unwrap().path, "/orders/{id}");
    assert_eq!(spec.find("ordersGet2").unwrap().id, "ordersGet", "a name finds it");
    assert_eq!(spec.find("ordersGet").unwrap().path, "/a", "an id counts before a name");
    assert!(spec.find("nope").is_none());
}

#[test]
fn classification_follows_rules_before_resolving() {
    let paths =
        json!({ "/orders": { "get": { "operationId": "list" }, "post": { "operationId": "create" } } });
    let mut spec = loaded(description(paths)).0.unwrap();
    assert!(spec.resolve("create").0.unwrap().classification.emit.is_some());
    spec.classify(&[Rule::new("POST /orders", None, Some(super::super::classify::Emits::None)).unwrap()]);
    assert!(spec.resolve("create").0.unwrap().classification.emit.is_none());
}

#[test]
fn only_openapi_3_0_and_3_1_load() {
    for (head, loads) in [
        (json!({ "openapi": "3.0.3" }), true),
        (json!({ "openapi": "3.1.1" }), true),
        (json!({ "openapi": "3.2.0" }), false),
        (json!({ "openapi": "3.10.0" }), false),
        (json!({ "openapi": 3.1 }), false),
        (json!({ "swagger": "2.0" }), false),
        (json!({}), false),
        (json!([]), false),
        (Value::Null, false),
    ] {
        let mut value = description(json!({}));
        value.as_object_mut().unwrap().remove("openapi");
        match head.as_object() {
            Some(head) => value.as_object_mut().unwrap().extend(head.clone()),
            None => value = head.clone(),
        }
        let (spec, findings) = loaded(value);
        assert_eq!(spec.is_some(), loads, "{head} {findings:?}");
        assert_eq!(
            codes(&findings),
            if loads { vec![] } else { vec![(Severity::Error, "unsupported-version")] },
            "{head}"
        );
    }
}

fn base_url(servers: Value, origin: &str, fixed: Option<&str>) -> Result<String, String> {
    let mut value = description(json!({}));
    value["servers"] = servers;
    let source = SpecSource { spec: origin.into(), base_url: fixed.map(str::to_owned), ..source() };
    let (spec, findings) = load(&source, document(origin, value), &mut nothing);
    spec.map(|spec| spec.base_url).ok_or_else(|| findings[0].message.clone())
}

#[test]
fn the_base_url_is_absolute_and_plain() {
    let one = |url: &str| base_url(json!([{ "url": url }]), "acme.yaml", None);
    assert_eq!(one("https://api.test/v1/").unwrap(), "https://api.test/v1");
    assert_eq!(one("HTTP://API.test:80").unwrap(), "http://api.test");
    for bad in [
        "/v1",
        "",
        "ftp://api.test",
        "https://user:pw@api.test",
        "https://api.test/?a=1",
        "https://api.test/#a",
        "https://{host}/",
        "https://{",
    ] {
        assert!(one(bad).is_err(), "{bad}");
    }
    let variables = json!([{ "url": "https://{region}.api.test/{v}", "variables": { "region": { "default": "eu" }, "v": { "default": "{region}" } } }]);
    assert_eq!(base_url(variables, "a.yaml", None).unwrap(), "https://eu.api.test/%7Bregion%7D");
    let relative = base_url(json!([{ "url": "../v2" }]), "https://docs.test/specs/v1/openapi.json", None);
    assert_eq!(relative.unwrap(), "https://docs.test/specs/v2");
    assert_eq!(
        base_url(json!(null), "a.yaml", Some("http://127.0.0.1:4010/x/")).unwrap(),
        "http://127.0.0.1:4010/x"
    );
    assert!(base_url(json!([]), "a.yaml", None).unwrap_err().contains("no server"));
    assert!(base_url(json!([]), "a.yaml", Some("nonsense")).is_err());
}

#[test]
fn nearer_servers_win_and_the_manifest_wins_over_all() {
    let mut value = description(json!({ "/a": {
        "servers": [{ "url": "https://path.test" }],
        "get": { "operationId": "a" },
        "post": { "operationId": "b", "servers": [{ "url": "https://operation.test/" }] },
    } }));
    let spec = loaded(value.clone()).0.unwrap();
    assert_eq!(spec.resolve("a").0.unwrap().base_url, "https://path.test");
    assert_eq!(spec.resolve("b").0.unwrap().base_url, "https://operation.test");
    value["servers"] = json!([]);
    let source = SpecSource { base_url: Some("https://mine.test".into()), ..source() };
    let spec = load(&source, document("a.yaml", value), &mut nothing).0.unwrap();
    assert_eq!(spec.resolve("b").0.unwrap().base_url, "https://mine.test");
}

#[test]
fn references_reach_other_files_and_come_back() {
    let mut asked = Vec::new();
    let files = [
        (
            "specs/parts/items.yaml",
            json!({
                "get": { "operationId": "list", "parameters": [{ "$ref": "../parameters.yaml#/Page" }], "responses": {
                    "200": { "description": "", "content": { "application/json": { "schema": { "$ref": "../acme.yaml#/components/schemas/Item" } } } } } },
            }),
        ),
        (
            "specs/parameters.yaml",
            json!({ "Page": { "name": "page", "in": "query", "schema": { "type": "integer" } } }),
        ),
    ];
    let mut value = description(json!({ "/items": { "$ref": "./parts/items.yaml" } }));
    value["components"] = json!({ "schemas": { "Item": { "type": "object", "properties": { "parent": { "$ref": "#/components/schemas/Item" } } } } });
    let mut read = |name: &str| {
        asked.push(name.to_owned());
        let found = files.iter().find(|(file, _)| *file == name).ok_or("not there")?;
        Ok(document(found.0, found.1.clone()))
    };
    let (spec, findings) = load(&source(), document("specs/acme.yaml", value), &mut read);
    assert_eq!(findings, []);
    assert_eq!(asked, ["specs/parts/items.yaml", "specs/parameters.yaml"], "each once, the root never");
    let operation = spec.unwrap().resolve("list").0.unwrap();
    assert_eq!(operation.input_schema["properties"], json!({ "page": { "type": "integer" } }));
    assert_eq!(
        operation.output_schema.clone().unwrap(),
        json!({ "$ref": "#/$defs/Item", "$defs": { "Item": { "type": "object", "properties": { "parent": { "$ref": "#/$defs/Item" } } } } })
    );
}

#[test]
fn names_of_documents_are_resolved_against_the_referring_one() {
    for (base, reference, expected) in [
        ("specs/acme.yaml", "./schemas/a.yaml", "specs/schemas/a.yaml"),
        ("specs/acme.yaml", "../a%20b.yaml", "a b.yaml"),
        ("acme.yaml", "../../etc/passwd", "../../etc/passwd"),
        ("acme.yaml", "/etc/passwd", "/etc/passwd"),
        ("https://a.test/x/openapi.json", "y.json", "https://a.test/x/y.json"),
        ("https://a.test/x/openapi.json", "//b.test/y.json", "https://b.test/y.json"),
        ("acme.yaml", "https://a.test/y.json", "https://a.test/y.json"),
    ] {
        let mut asked = Vec::new();
        let value = description(json!({ "/a": { "$ref": format!("{reference}#/a") } }));
        let (_, findings) = load(&source(), document(base, value), &mut |name| {
            asked.push(name.to_owned());
            Err("refused".into())
        });
        assert_eq!(asked, [expected], "{base} {reference}");
        assert_eq!(codes(&findings)[0], (Severity::Warning, "unreadable-reference"));
    }
    let value = description(json!({ "/a": { "$ref": "file:///etc/passwd" } }));
    let (_, findings) = load(&source(), document("a.yaml", value), &mut |name| panic!("asked for {name}"));
    assert!(findings[0].message.contains("`file:`"), "{findings:?}");
}

#[test]
fn examples_are_not_searched_for_references() {
    let value = description(json!({ "/a": { "get": {
        "responses": { "200": { "description": "", "content": { "application/json": {
            "example": { "$ref": "a.yaml" }, "examples": { "x": { "$ref": "b.yaml" } },
            "schema": { "properties": { "example": { "$ref": "c.yaml" }, "$ref": { "type": "string" } } },
        } } } },
    } } }));
    let mut asked = Vec::new();
    load(&source(), document("acme.yaml", value), &mut |name| {
        asked.push(name.to_owned());
        Err("no".into())
    });
    assert_eq!(asked, ["c.yaml"]);
}

#[test]
fn single_broken_operations_are_warnings_until_they_are_used() {
    let value = description(json!({
        "/ok": { "get": { "operationId": "fine" } },
        "/x": { "get": { "operationId": "scheme", "security": [{ "nope": [] }] } },
        "/y": { "get": { "operationId": "place", "parameters": [{ "name": "q", "in": "body" }] } },
        "/z": { "get": { "operationId": "reference", "parameters": [{ "$ref": "#/components/parameters/Nope" }] } },
        "/v": { "get": 7 },
        "relative": { "get": {} },
    }));
    let (spec, findings) = loaded(value);
    let spec = spec.unwrap();
    assert!(
        findings.iter().all(|finding| finding.severity == Severity::Warning && finding.location.is_some()),
        "{findings:#?}"
    );
    let mut found: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
    found.sort_unstable();
    assert_eq!(
        found,
        ["bad-operation", "bad-parameter", "bad-parameter", "bad-path", "unknown-security-scheme"]
    );
    assert!(spec.resolve("fine").0.is_some());
    for broken in ["scheme", "place", "reference", "missing"] {
        let (operation, findings) = spec.resolve(broken);
        assert!(operation.is_none() && has_errors(&findings), "{broken}");
    }
}

#[test]
fn findings_stand_where_the_author_wrote_them() {
    let value = description(json!({ "/x": { "get": { "security": [{ "nope": [] }] } } }));
    let marks = BTreeMap::from([
        (String::new(), Mark { value: (1, 1), key: None }),
        ("/paths/~1x/get/security/0/nope".to_owned(), Mark { value: (9, 14), key: Some((9, 8)) }),
    ]);
    let (_, findings) =
        load(&source(), Document { file: "a.yaml".into(), value, marks: marks.into() }, &mut nothing);
    let place = findings[0].location.clone().unwrap();
    assert_eq!((place.file.as_str(), place.line, place.column), ("a.yaml", 9, 8));
}

#[test]
fn security_schemes_are_read_strictly() {
    let with = |schemes: Value| {
        let mut value = description(json!({}));
        value["components"] = json!({ "securitySchemes": schemes });
        loaded(value)
    };
    let (spec, findings) = with(json!({
        "a": { "type": "http", "scheme": "bearer", "x-frontmcp": { "secret": "A_TOKEN" } },
        "b": { "type": "oauth2", "flows": { "authorizationCode": {} } },
        "c": { "type": "mutualTLS" },
        "d": { "type": "apiKey", "in": "header", "name": "bad name" },
        "e": { "type": "oauth2", "flows": { "clientCredentials": { "tokenUrl": "/relative" } } },
    }));
    let schemes = spec.unwrap().security_schemes;
    assert_eq!(schemes["a"].secret.as_deref(), Some("A_TOKEN"));
    assert_eq!(codes(&findings), [(Severity::Warning, "unsupported-security-scheme"); 3]);
    for extension in
        [json!({ "secrets": "A" }), json!({}), json!({ "secret": "a b" }), json!("A"), json!({ "secret": 1 })]
    {
        let (spec, findings) =
            with(json!({ "a": { "type": "http", "scheme": "bearer", "x-frontmcp": extension } }));
        assert!(spec.is_none() && has_errors(&findings), "{extension}");
    }
}

const WORDS: &[&str] = &[
    "openapi",
    "3.0.0",
    "3.1.0",
    "paths",
    "/a",
    "/{id}",
    "get",
    "post",
    "parameters",
    "$ref",
    "#/paths",
    "#",
    "#/paths/~1a",
    "schema",
    "type",
    "object",
    "properties",
    "items",
    "allOf",
    "required",
    "requestBody",
    "content",
    "application/json",
    "multipart/form-data",
    "responses",
    "200",
    "servers",
    "url",
    "https://x.test",
    "name",
    "in",
    "path",
    "query",
    "security",
    "components",
    "securitySchemes",
    "nullable",
    "pattern",
    "(",
    "enum",
    "operationId",
    "x",
    "other.yaml#/a",
    "style",
    "deepObject",
    "additionalProperties",
    "encoding",
    "",
];

/// JSON that looks enough like a description to get deep into the loader.
fn arbitrary_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(WORDS);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 96, 8, move |inner| {
        let members = prop::collection::vec((word.clone(), inner.clone()), 0..8);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Value::from),
            members.prop_map(|members| members
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_json_never_breaks_the_loader(item in arbitrary_json(), schema in arbitrary_json(), root in arbitrary_json()) {
        loaded(root.clone());
        let mut value = description(json!({ "/a": item, "/b/{id}": { "post": {
            "operationId": "b", "parameters": [schema, { "name": "q", "in": "query", "schema": schema }],
            "requestBody": { "content": { "application/json": { "schema": schema } } },
            "responses": { "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/x" } } } } },
        } } }));
        value["components"] = json!({ "schemas": { "x": schema, "y": root } });
        for version in ["3.0.3", "3.1.0"] {
            value["openapi"] = version.into();
            if let (Some(spec), _) = loaded(value.clone()) {
                for head in spec.operations.iter() {
                    let (operation, findings) = spec.resolve(&head.id);
                    prop_assert_eq!(operation.is_none(), has_errors(&findings));
                }
            }
        }
    }
}
