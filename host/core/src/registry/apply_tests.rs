//! Cross-checks between manifest, specs and skills; each refusal with its place.

use serde_json::json;

use super::*;
use crate::findings::Severity;
use crate::registry::fixtures::{SHOP_SKILLS, shop, shop_spec, skills, spec};
use crate::skill::grant;

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code).collect()
}

fn build(wishes: Wishes, text: &str) -> (Option<Snapshot>, Vec<Finding>) {
    assemble(wishes, &Places::default(), vec![shop_spec()], skills(text))
}

#[test]
fn only_mentioned_operations_are_granted_and_their_tags_inherited() {
    let shop = shop();
    let tools: Vec<&str> = shop.operations.keys().map(String::as_str).collect();
    assert_eq!(tools, ["acme.getOrder", "acme.getTree", "acme.refundsCreate"]);
    assert_eq!(shop.catalog.skills["order-lookup"].tags, ["lookup", "orders"]);
    let visible: Vec<&str> = shop.visible.iter().map(|visible| visible.skill.name.as_str()).collect();
    assert_eq!(visible, ["order-lookup", "refund-order", "returns-policy"]);
    assert!(!shop.instructions.contains("money-format") && shop.instructions.contains("- **refund-order**"));
    assert!(shop.specs["acme"].operations.is_empty());
}

#[test]
fn operations_go_by_several_names() {
    let shop = shop();
    for name in ["acme.refundsCreate", "op://acme/refundsCreate", "op://acme/refunds/create"] {
        assert_eq!(shop.operation(name).unwrap().id, "refunds/create", "{name}");
    }
    assert!(shop.operation("acme.dropEverything").is_none());
    assert!(shop.operation("op://acme/dropEverything").is_none());
}

#[test]
fn a_script_sees_only_what_the_active_skills_grant() {
    let shop = shop();
    let grant = grant::resolve(&shop.catalog, Some(&["refund-order".to_owned()]), None).unwrap();
    assert_eq!(shop.scope(&grant).collect::<Vec<_>>(), ["acme"]);
    let methods: Vec<&str> = shop.methods("acme", &grant).map(|(method, _)| method).collect();
    assert_eq!(methods, ["getOrder", "getTree", "refundsCreate"]);
    let narrow = grant::resolve(&shop.catalog, Some(&[]), None).unwrap();
    assert_eq!(shop.methods("acme", &narrow).collect::<Vec<_>>(), [("getTree", "acme.getTree")]);
}

#[test]
fn unknown_references_are_errors_with_suggestions_and_places() {
    let text = "//- a/SKILL.md\n---\nname: a\ndescription: d\n---\nop://acme/getOrdr and op://acmee/getOrder";
    let (snapshot, findings) = build(Wishes::default(), text);
    assert!(snapshot.is_none());
    assert_eq!(codes(&findings), ["unknown-operation", "unknown-spec"]);
    assert_eq!(findings[0].hint.as_deref(), Some("Did you mean `getOrder`?"));
    assert_eq!(findings[1].hint.as_deref(), Some("Did you mean `acme`?"));
    let place = findings[1].location.clone().unwrap();
    assert_eq!((place.file.as_str(), place.line, place.column), ("skills/a/SKILL.md", 5, 23));
}

#[test]
fn tag_filters_drop_skills_and_what_only_they_grant() {
    let wishes = Wishes { exclude_tags: vec!["money".to_owned()], ..Wishes::default() };
    let snapshot = build(wishes, SHOP_SKILLS).0.unwrap();
    assert!(!snapshot.catalog.skills.contains_key("refund-order"));
    assert!(!snapshot.operations.contains_key("acme.refundsCreate"));
    let wishes = Wishes { include_tags: vec!["policy".to_owned()], ..Wishes::default() };
    let snapshot = build(wishes, SHOP_SKILLS).0.unwrap();
    assert_eq!(snapshot.catalog.skills.keys().collect::<Vec<_>>(), ["returns-policy"]);
}

#[test]
fn always_loaded_and_required_skills_must_exist_and_pass_the_filter() {
    let always_load = vec!["refund-ordr".to_owned(), "returns-policy".to_owned(), "order-lookup".to_owned()];
    let wishes = Wishes { always_load, exclude_tags: vec!["policy".to_owned()], ..Wishes::default() };
    let (_, findings) = build(wishes, SHOP_SKILLS);
    assert_eq!(codes(&findings), ["unknown-skill", "skill-filtered"]);
    let wishes = Wishes { exclude_tags: vec!["orders".to_owned()], ..Wishes::default() };
    assert_eq!(codes(&build(wishes, SHOP_SKILLS).1), ["skill-filtered"]);
    let wishes = Wishes { always_load: vec!["order-lookup".to_owned()], ..Wishes::default() };
    assert!(build(wishes, SHOP_SKILLS).0.unwrap().catalog.skills["order-lookup"].always_load);
}

#[test]
fn two_skills_or_specs_under_one_name_are_refused() {
    let twice =
        format!("{SHOP_SKILLS}//- money-format/SKILL.md\n---\nname: money-format\ndescription: d\n---\nx");
    assert_eq!(codes(&build(Wishes::default(), &twice).1), ["duplicate-skill"]);
    let specs = vec![shop_spec(), spec("other", Some("acme"), json!({}))];
    let (_, findings) = assemble(Wishes::default(), &Places::default(), specs, Vec::new());
    assert_eq!(codes(&findings), ["namespace-taken"]);
}

#[test]
fn an_unusable_namespace_is_a_warning_and_its_operations_stay_reachable() {
    let mut odd = shop_spec();
    odd.namespace = "acme-api".to_owned();
    let (snapshot, findings) =
        assemble(Wishes::default(), &Places::default(), vec![odd], skills(SHOP_SKILLS));
    assert_eq!((codes(&findings), findings[0].severity), (vec!["namespace-unusable"], Severity::Warning));
    let snapshot = snapshot.unwrap();
    assert!(snapshot.operation("acme.getOrder").is_some());
    let grant = grant::resolve(&snapshot.catalog, None, None).unwrap();
    assert_eq!(snapshot.scope(&grant).next(), None);
}
