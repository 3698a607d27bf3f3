//! A deployment as large as big ones get: many operations over shared schemas, as companies describe their APIs.

use bytes::Bytes;
use frontmcp_core::findings::Document;
use frontmcp_core::openapi::load::{SpecSource, load};
use frontmcp_core::registry::apply::{Deployment, apply};
use frontmcp_core::registry::places::Places;
use frontmcp_core::skill::markdown::{Folder, parse};
use frontmcp_host::documents::yaml;
use serde_json::{Map, Value, json};

use crate::Deployed;

/// Operations that one skill uses.
const PER_SKILL: usize = 20;
/// Schemas that the operations share.
const SCHEMAS: usize = 120;

/// The bundle of a deployment with this many operations, all of them used by skills.
///
/// # Panics
/// If it is not a sound deployment.
pub fn large_bundle(operations: usize) -> Value {
    let source = SpecSource {
        id: "acme".to_owned(),
        spec: "./large.json".to_owned(),
        base_url: None,
        binding_name: None,
    };
    let root =
        Document { file: "large.json".to_owned(), value: description(operations), ..Document::default() };
    let (spec, findings) = load(&source, root, &mut |name| Err(format!("{name} is not there")));
    let spec = spec.unwrap_or_else(|| panic!("{findings:#?}"));
    let skills = (0..operations.div_ceil(PER_SKILL)).map(|n| {
        let (skill, findings) = parse(skill(n, operations), &mut yaml::read);
        skill.unwrap_or_else(|| panic!("{findings:#?}"))
    });
    let mut manifest = Deployed::manifest();
    manifest.skills = None;
    let deployment =
        Deployment { manifest, places: Places::default(), specs: vec![spec], skills: skills.collect() };
    let (snapshot, findings) = apply(deployment);
    let snapshot = snapshot.unwrap_or_else(|| panic!("{findings:#?}"));
    let built = snapshot.bundle().expect("it was applied");
    serde_json::to_value(&built.bundle).expect("plain JSON")
}

fn description(operations: usize) -> Value {
    let paths = (0..operations).map(|n| (format!("/area{}/things{n}/{{id}}", n / PER_SKILL), item(n)));
    let schemas = (0..SCHEMAS).map(|n| (format!("Thing{n}"), schema(n)));
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Large", "version": "1"},
        "servers": [{"url": "https://api.example.com/v1"}],
        "paths": paths.collect::<Map<String, Value>>(),
        "components": {"schemas": schemas.collect::<Map<String, Value>>()}
    })
}

fn item(n: usize) -> Value {
    let thing = |n: usize| json!({"$ref": format!("#/components/schemas/Thing{}", n % SCHEMAS)});
    let id =
        json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1}});
    let page = json!({"name": "page", "in": "query", "description": "Which page, from 1.",
        "schema": {"type": "integer", "minimum": 1}});
    let answer =
        json!({"200": {"description": "It.", "content": {"application/json": {"schema": thing(n)}}}});
    if n.is_multiple_of(3) {
        return json!({"put": {
            "operationId": format!("replaceThing{n}"), "summary": format!("Replace thing {n} of its area"),
            "tags": ["things"], "parameters": [id],
            "requestBody": {"required": true, "content": {"application/json": {"schema": thing(n + 1)}}},
            "responses": answer
        }});
    }
    json!({"get": {
        "operationId": format!("readThing{n}"), "summary": format!("Read thing {n} of its area"),
        "description": "Answers with the thing as it was when it was last saved, with everything that belongs to it.",
        "tags": ["things"], "parameters": [id, page], "responses": answer
    }})
}

/// An object of ordinary size that refers to two others.
fn schema(n: usize) -> Value {
    let reference = |n: usize| json!({"$ref": format!("#/components/schemas/Thing{}", n % SCHEMAS)});
    let mut properties: Map<String, Value> = (0..12)
        .map(|field| {
            let about = format!("Field {field} of thing {n}, as the people who know it call it.");
            (format!("field{field}"), json!({"type": "string", "maxLength": 200, "description": about}))
        })
        .collect();
    if n % 8 != 7 {
        properties.insert("part".to_owned(), reference(n + 1));
    }
    json!({"type": "object", "required": ["field0"], "properties": properties})
}

fn skill(n: usize, operations: usize) -> Folder {
    let mentions: String = (n * PER_SKILL..operations.min((n + 1) * PER_SKILL))
        .map(|n| format!("- op://acme/{}Thing{n}\n", if n.is_multiple_of(3) { "replace" } else { "read" }))
        .collect();
    let name = format!("area-{n}");
    let text = format!(
        "---\nname: {name}\ndescription: Works with the things of area {n}.\n---\n\nUse these:\n\n{mentions}"
    );
    let files = [("SKILL.md".to_owned(), Bytes::from(text))].into();
    Folder { path: format!("skills/{name}"), name, files }
}
