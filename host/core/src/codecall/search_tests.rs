//! Inputs, the split into executable and knowledge, warnings.

use serde_json::json;

use super::*;
use crate::registry::fixtures::shop;

fn skills(snapshot: &Snapshot, arguments: &Value) -> Answer {
    super::skills(snapshot, arguments).answer()
}

fn knowledge(snapshot: &Snapshot, arguments: &Value) -> Answer {
    super::knowledge(snapshot, arguments).answer()
}

fn names(answer: &Answer, list: &str) -> Vec<String> {
    let found = answer.structured[list].as_array().unwrap();
    found.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn executable_skills_come_with_their_operations() {
    let answer = skills(&shop(), &json!({"queries": ["refund an order", "zebra"]}));
    assert_eq!(names(&answer, "skills"), ["refund-order", "order-lookup"]);
    let first = &answer.structured["skills"][0];
    let operation = json!({
        "spec": "acme", "operationId": "refunds/create", "tool": "acme.refundsCreate", "summary": "Give money back"
    });
    assert_eq!(first["operations"], json!([operation]));
    assert_eq!(first["matchedQueries"], json!(["refund an order"]));
    assert_eq!(answer.structured["totalExecutableSkills"], 2);
}

#[test]
fn knowledge_is_kept_apart_and_top_k_counts_after_the_split() {
    let answer = knowledge(&shop(), &json!({"queries": ["refund"], "topK": 1}));
    assert_eq!(names(&answer, "knowledge"), ["returns-policy"]);
    assert_eq!(answer.structured["totalKnowledgeSkills"], 1);
    assert!(answer.structured["knowledge"][0].get("operations").is_none());
}

#[test]
fn hidden_skills_are_never_found() {
    let answer = skills(&shop(), &json!({"queries": ["money format amounts"], "minRelevanceScore": 0}));
    assert!(!names(&answer, "skills").contains(&"money-format".to_owned()));
}

#[test]
fn tags_and_exclusions_filter() {
    let shop = shop();
    let answer = skills(&shop, &json!({"queries": ["order"], "tags": ["money"]}));
    assert_eq!(names(&answer, "skills"), ["refund-order"]);
    let arguments =
        json!({"queries": ["order"], "excludeSkillNames": ["refund-order", "nothing", "money-format"]});
    let answer = skills(&shop, &arguments);
    assert_eq!(names(&answer, "skills"), ["order-lookup"]);
    assert_eq!(answer.structured["warnings"][0]["affectedSkills"], json!(["nothing", "money-format"]));
}

#[test]
fn warnings_say_why_little_was_found() {
    let shop = shop();
    let none = skills(&shop, &json!({"queries": ["zebra"]}));
    assert_eq!(none.structured["warnings"][0]["type"], "no_results");
    assert!(!none.is_error);
    let strict = skills(&shop, &json!({"queries": ["refund order"], "minRelevanceScore": 0.6}));
    assert_eq!(strict.structured["warnings"][0]["type"], "low_relevance");
}

#[test]
fn arguments_are_checked_completely() {
    let arguments = json!({"queries": [], "topK": 0, "minRelevanceScore": 2, "query": "x"});
    let answer = skills(&shop(), &arguments);
    assert!(answer.is_error);
    assert_eq!(answer.structured["error"]["findings"].as_array().unwrap().len(), 4);
    assert!(
        skills(&shop(), &json!({})).structured["error"]["message"]
            .as_str()
            .unwrap()
            .contains("`queries` is missing")
    );
}
