//! Makes the schema of the types.

use schemars::generate::SchemaSettings;
use serde_json::json;

use super::*;
use crate::manifest::Manifest;

/// Where editors find the schema.
const ID: &str = "https://schemas.agentfront.dev/frontmcp-deploy/v1.json";

fn made() -> Value {
    let generated = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Manifest>();
    let mut schema = generated.to_value();
    refuse_null(&mut schema);
    let mut whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "frontmcp.deploy.yaml, version 1",
    });
    if let (Value::Object(whole), Value::Object(generated)) = (&mut whole, schema) {
        let own = generated.into_iter().filter(|(key, _)| key != "$schema" && key != "title");
        whole.extend(own);
    }
    whole
}

/// An optional key is left out; its value is never null.
fn refuse_null(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(branches)) = map.get_mut("anyOf") {
                branches.retain(|branch| branch.get("type") != Some(&json!("null")));
                if let [Value::Object(only)] = branches.as_slice() {
                    let only = only.clone();
                    map.remove("anyOf");
                    map.extend(only);
                }
            }
            map.values_mut().for_each(refuse_null);
        }
        Value::Array(items) => items.iter_mut().for_each(refuse_null),
        _ => {}
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the core never writes; a test does when it is told to")]
fn the_written_schema_is_that_of_the_types() {
    let text = serde_json::to_string_pretty(&made()).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/manifest/schema/v1.json");
        std::fs::write(file, &text).unwrap();
    }
    assert!(text == WRITTEN, "the types changed; run this test with BLESS=1");
}
