//! What describe answers, what it leaves out, and that names nobody grants stay unknown.

use serde_json::json;

use super::*;
use crate::registry::fixtures::shop;

#[test]
fn a_skill_comes_with_its_files_and_operations() {
    let answer = describe(&shop(), &json!({"skills": ["order-lookup"]}));
    let skill = &answer.structured["skills"][0];
    assert!(skill["instructions"].as_str().unwrap().contains("op://acme/getOrder"));
    assert_eq!(skill["references"][0]["text"], "Page by page.\n");
    assert_eq!(skill["examples"][0]["path"], "examples/one.md");
    assert_eq!(skill["data"][0]["size"], 3);
    assert_eq!(skill["data"][0]["sha256"].as_str().unwrap().len(), 64);
    assert!(skill["data"][0].get("text").is_none());
    let operation = &answer.structured["operations"][0];
    assert_eq!(operation["call"], "acme.getOrder(input)");
    assert_eq!(operation["inputSchema"]["required"], json!(["orderId"]));
    assert!(answer.structured["typescript"].as_str().unwrap().contains("declare const acme: {"));
    assert!(answer.structured["note"].as_str().unwrap().contains("active skills"));
}

#[test]
fn operations_are_described_by_name_and_once() {
    let names =
        json!({"operations": ["acme.getOrder"], "toolNames": ["op://acme/getOrder", "acme.refundsCreate"]});
    let answer = describe(&shop(), &names);
    assert_eq!(answer.structured["operations"].as_array().unwrap().len(), 2);
}

#[test]
fn unknown_and_ungranted_names_are_not_found_and_suggest() {
    let answer =
        describe(&shop(), &json!({"skills": ["refund-ordr"], "operations": ["acme.dropEverything"]}));
    assert!(answer.is_error);
    let expected = json!([
        {"name": "refund-ordr", "kind": "skill", "suggestions": ["refund-order"]},
        {"name": "acme.dropEverything", "kind": "operation", "suggestions": []}
    ]);
    assert_eq!(answer.structured["notFound"], expected);
}

#[test]
fn hidden_skills_are_described_by_name_but_never_suggested() {
    let shop = shop();
    assert!(!describe(&shop, &json!({"skills": ["money-format"]})).is_error);
    let near = describe(&shop, &json!({"skills": ["money-forma"]}));
    assert_eq!(near.structured["notFound"][0]["suggestions"], json!([]));
}

#[test]
fn at_least_one_and_at_most_twenty_names() {
    assert!(describe(&shop(), &json!({})).is_error);
    let many: Vec<String> = (0..15).map(|n| format!("s{n}")).collect();
    let answer = describe(&shop(), &json!({"skills": many, "operations": many}));
    assert_eq!(answer.structured["error"]["code"], "invalid_arguments");
}
