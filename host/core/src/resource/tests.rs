//! The shop's resources: what is listed of operations and skills, and what a URI names.

use serde_json::json;

use super::*;
use crate::mcp::pages::Listed;
use crate::registry::fixtures::shop;

fn offer() -> Offer {
    let shop = shop();
    Inventory::of(&shop).offer(&shop)
}

fn uris<'a>(listed: &'a [Listed], member: &str) -> Vec<&'a str> {
    listed.iter().map(|listed| listed.value[member].as_str().unwrap()).collect()
}

#[test]
fn granted_reads_are_listed_and_nothing_else_is() {
    let offer = offer();
    assert_eq!(uris(&offer.resources, "uri"), ["mcp+op://acme/tree"]);
    assert_eq!(uris(&offer.templates, "uriTemplate"), ["mcp+op://acme/orders/{orderId}{?expand*}"]);
    let order = json!({
        "uriTemplate": "mcp+op://acme/orders/{orderId}{?expand*}", "name": "acme.getOrder", "title": "Find an order",
        "description": "Find an order", "mimeType": "application/json"
    });
    assert_eq!(offer.templates[0].value, order);
    let known = &offer.completions["mcp+op://acme/orders/{orderId}{?expand*}"];
    assert_eq!(known["expand"], ["items", "customer"]);
}

#[test]
fn what_the_manifest_calls_a_tool_is_no_resource() {
    let mut shop = shop();
    let operation = std::sync::Arc::make_mut(shop.operations.get_mut("acme.getTree").unwrap());
    operation.classification.expose = crate::openapi::classify::Expose::Tool;
    let inventory = Inventory::of(&shop);
    assert!(inventory.offer(&shop).resources.is_empty());
    assert_eq!(inventory.find(&shop, "mcp+op://acme/tree").unwrap_err(), Missing::Unknown);
}

#[test]
fn a_uri_names_an_operation_and_its_input() {
    let shop = shop();
    let inventory = Inventory::of(&shop);
    let find = |uri: &str| match inventory.find(&shop, uri) {
        Ok(Found::Operation(operation, input)) => Ok((operation.name.clone(), input)),
        Ok(Found::File(path, _)) => panic!("{path}"),
        Err(missing) => Err(missing),
    };
    let order = ("getOrder".to_owned(), json!({"orderId": "1", "expand": ["items"]}));
    assert_eq!(find("mcp+op://acme/orders/1?expand=items"), Ok(order));
    assert_eq!(find("mcp+op://acme/tree"), Ok(("getTree".to_owned(), json!({}))));
    for refused in
        ["mcp+op://acme/orders/1?expand=nothing", "mcp+op://acme/orders/1?x=1", "mcp+op://acme/tree?a=b"]
    {
        assert!(
            matches!(find(refused), Err(Missing::Invalid(problems)) if !problems.is_empty()),
            "{refused}"
        );
    }
    for unknown in [
        "mcp+op://acme/secret",
        "mcp+op://acme/orders",
        "mcp+op://other/tree",
        "mcp+op://acme/orders/1/refunds",
    ] {
        assert_eq!(find(unknown), Err(Missing::Unknown), "{unknown}");
    }
}

#[test]
fn the_most_literal_path_wins_and_then_the_schema_decides() {
    let mut shop = shop();
    let template = shop.operations["acme.getOrder"].clone();
    let mut add = |name: &str, path: &str, schema: Value| {
        let mut operation = (*template).clone();
        (operation.name, operation.path) = (name.to_owned(), path.to_owned());
        operation.input_schema = json!({"properties": {"orderId": schema, "expand": {}}});
        operation.checks = Default::default();
        if !path.contains('{') {
            operation.inputs.clear();
        }
        shop.operations.insert(format!("acme.{name}"), operation.into());
    };
    add("aNumber", "/things/{orderId}", json!({"type": "integer"}));
    add("bText", "/things/{orderId}", json!({"type": "string"}));
    add("zLatest", "/things/latest", json!({}));
    let inventory = Inventory::of(&shop);
    for (uri, name) in [("latest", "zLatest"), ("5", "aNumber"), ("x", "bText")] {
        match inventory.find(&shop, &format!("mcp+op://acme/things/{uri}")) {
            Ok(Found::Operation(operation, _)) => assert_eq!(operation.name, name, "{uri}"),
            other => panic!("{uri}: {other:?}"),
        }
    }
}

#[test]
fn skills_are_offered_with_the_digest_of_every_file() {
    let offer = offer();
    let listed: Vec<(&str, bool)> =
        offer.skills.iter().map(|skill| (skill.uri.as_str(), skill.is_listed)).collect();
    let expected = [
        ("skill://money-format/SKILL.md", false),
        ("skill://order-lookup/SKILL.md", true),
        ("skill://refund-order/SKILL.md", true),
        ("skill://returns-policy/SKILL.md", true),
    ];
    assert_eq!(listed, expected);
    let entry = &offer.skills[1].entry;
    assert_eq!(entry["frontmatter"]["tags"], json!(["lookup"]));
    let shop = shop();
    let files = &shop.catalog.skills["order-lookup"].files;
    let resources = entry["resources"].as_array().unwrap();
    let inventory = Inventory::of(&shop);
    assert_eq!(resources.len(), files.len());
    for resource in resources {
        let Ok(Found::File(path, file)) = inventory.find(&shop, resource["uri"].as_str().unwrap()) else {
            panic!("{resource}");
        };
        assert!(std::ptr::eq(file, &files[path]));
        assert_eq!(resource["digest"], format!("sha256:{}", crate::bundle::sha256_hex(&file.bytes)));
        assert_eq!(resource["size"], file.bytes.len());
    }
    assert!(uris(&offer.files, "uri").contains(&"skill://order-lookup/references/paging.md"));
    assert!(!uris(&offer.files, "uri").iter().any(|uri| uri.contains("money-format")));
}

#[test]
fn folders_show_what_lies_directly_in_them() {
    let offer = offer();
    let folder = |uri: &str| offer.directories.iter().find(|folder| folder.uri == uri).unwrap();
    let root = folder("skill://order-lookup");
    let children = [
        "skill://order-lookup/SKILL.md",
        "skill://order-lookup/data",
        "skill://order-lookup/examples",
        "skill://order-lookup/references",
    ];
    assert_eq!(uris(&root.children, "uri"), children);
    assert_eq!(root.children[1].value["mimeType"], "inode/directory");
    let references = folder("skill://order-lookup/references");
    assert_eq!(uris(&references.children, "uri"), ["skill://order-lookup/references/paging.md"]);
    assert_eq!(references.children[0].value["mimeType"], "text/markdown");
}

#[test]
fn no_path_leads_out_of_a_skill() {
    let shop = shop();
    let inventory = Inventory::of(&shop);
    for uri in [
        "skill://",
        "skill://order-lookup",
        "skill://order-lookup/",
        "skill://order-lookup/references",
        "skill://order-lookup/../refund-order/SKILL.md",
        "skill://order-lookup/%2e%2e/refund-order/SKILL.md",
        "skill://order-lookup/references%2Fpaging.md",
        "skill://order-lookup//SKILL.md",
        "skill://order-lookup/SKILL.md/",
        "skill://order-lookup/SKILL.md?x",
        "skill://order-lookup/skill.md",
        "skill://Order-lookup/SKILL.md",
    ] {
        assert_eq!(inventory.find(&shop, uri).unwrap_err(), Missing::Unknown, "{uri}");
    }
    assert!(inventory.find(&shop, "skill://order-lookup/SKILL%2Emd").is_ok());
    assert!(inventory.find(&shop, "skill://money-format/SKILL.md").is_ok(), "hidden, not secret");
}
