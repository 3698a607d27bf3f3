//! A small shop for tests: one description, four skills, written as texts and built like any deployment.

use bytes::Bytes;
use serde_json::{Value, json};

use super::apply::{Wishes, assemble};
use super::places::Places;
use super::snapshot::Snapshot;
use crate::findings::{Document, Finding};
use crate::openapi::load::{SpecSource, load};
use crate::openapi::operation::Spec;
use crate::skill::markdown::{Folder, SkillSource, parse};

/// Several files in one text: each starts with a line `//- path`.
pub(crate) fn files(text: &str) -> Vec<(String, String)> {
    let parts = text.split("//- ").skip(1).filter_map(|part| part.split_once('\n'));
    parts.map(|(path, text)| (path.trim().to_owned(), text.to_owned())).collect()
}

/// Skill folders from `//- folder/file` texts. The frontmatter has one `key: value` a line, values as JSON or bare.
pub(crate) fn skills(text: &str) -> Vec<SkillSource> {
    let mut folders: Vec<Folder> = Vec::new();
    for (path, text) in files(text) {
        let (name, file) = path.split_once('/').expect("a folder and a file");
        if folders.last().is_none_or(|folder| folder.name != name) {
            folders.push(Folder {
                name: name.to_owned(),
                path: format!("skills/{name}"),
                ..Folder::default()
            });
        }
        folders.last_mut().expect("one was just pushed").files.insert(file.to_owned(), Bytes::from(text));
    }
    let parsed = folders.into_iter().map(|folder| parse(folder, &mut |file, text| read_lines(file, text)));
    parsed.map(|(skill, findings)| skill.unwrap_or_else(|| panic!("{findings:?}"))).collect()
}

fn read_lines(file: &str, text: &str) -> Result<Document, Vec<Finding>> {
    let mut value = json!({});
    for (key, json) in text.lines().filter_map(|line| line.split_once(": ")) {
        value[key] = serde_json::from_str(json).unwrap_or_else(|_| json!(json));
    }
    Ok(Document { file: file.to_owned(), value, ..Document::default() })
}

pub(crate) fn spec(id: &str, namespace: Option<&str>, paths: Value) -> Spec {
    let document = json!({
        "openapi": "3.1.0",
        "info": {"title": id, "version": "1"},
        "servers": [{"url": "https://api.example.com"}],
        "paths": paths,
        "components": {"schemas": {"Node": {
            "type": "object",
            "properties": {"id": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}}}
        }}}
    });
    let root = Document { file: format!("{id}.json"), value: document, ..Document::default() };
    let source = SpecSource {
        id: id.to_owned(),
        spec: format!("./{id}.json"),
        base_url: None,
        binding_name: namespace.map(str::to_owned),
    };
    let (spec, findings) = load(&source, root, &mut |name| Err(format!("{name} is not there")));
    spec.unwrap_or_else(|| panic!("{findings:?}"))
}

pub(crate) fn shop_spec() -> Spec {
    spec(
        "acme",
        None,
        json!({
            "/orders/{orderId}": {"get": {
                "operationId": "getOrder", "summary": "Find an order", "tags": ["orders"],
                "parameters": [
                    {"name": "orderId", "in": "path", "required": true, "schema": {"type": "string"}},
                    {"name": "expand", "in": "query", "schema": {"type": "array", "items": {"enum": ["items", "customer"]}}}
                ],
                "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {
                    "type": "object", "required": ["id"],
                    "properties": {"id": {"type": "string"}, "total": {"type": "integer", "description": "In */ cents"}}
                }}}}}
            }},
            "/orders/{orderId}/refunds": {"post": {
                "operationId": "refunds/create", "summary": "Give money back", "tags": ["money"],
                "parameters": [{"name": "orderId", "in": "path", "required": true, "schema": {"type": "string"}}],
                "responses": {"201": {"description": "made"}}
            }},
            "/tree": {"get": {
                "operationId": "getTree",
                "responses": {"200": {"description": "ok", "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/Node"}
                }}}}
            }},
            "/secret": {"delete": {"operationId": "dropEverything", "responses": {"204": {"description": "gone"}}}}
        }),
    )
}

pub(crate) const SHOP_SKILLS: &str = r#"
//- money-format/SKILL.md
---
name: money-format
description: How amounts are shown
alwaysLoad: true
hideFromDiscovery: true
---
Uses op://acme/getTree.
//- order-lookup/SKILL.md
---
name: order-lookup
description: Find an order and read what was bought
tags: ["lookup"]
---
Use op://acme/getOrder, see [[ref:paging.md]].
//- order-lookup/data/rates.json
{}
//- order-lookup/examples/one.md
An example with op://acme/getOrder.
//- order-lookup/references/paging.md
Page by page.
//- refund-order/SKILL.md
---
name: refund-order
description: Refund an order wholly or in part
requires: ["order-lookup"]
---
Call [[op:acme/refunds/create]].
//- returns-policy/SKILL.md
---
name: returns-policy
description: What the shop promises about returns and refunds
tags: ["policy"]
---
No operation.
"#;

/// The shop's snapshot.
pub(crate) fn shop() -> Snapshot {
    let wishes = Wishes { name: "shop".to_owned(), version: "1".to_owned(), ..Wishes::default() };
    let (snapshot, findings) = assemble(wishes, &Places::default(), vec![shop_spec()], skills(SHOP_SKILLS));
    snapshot.unwrap_or_else(|| panic!("{findings:?}"))
}
