//! Every kind of change is seen, told by name, and put down to the right aspect.

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::openapi::operation::{SchemeKind, SecurityScheme, SecurityUse};
use crate::registry::bundle_tests::{manifest, snapshot};
use crate::registry::fixtures::SHOP_SKILLS;

fn shop(change: impl FnOnce(&mut Value)) -> Snapshot {
    snapshot(manifest(change), SHOP_SKILLS)
}

fn operation(snapshot: &mut Snapshot) -> &mut Operation {
    Arc::make_mut(snapshot.operations.get_mut("acme.getOrder").unwrap())
}

fn only(name: &str, aspect: &'static str) -> Delta {
    Delta { changed: vec![Changed { name: name.to_owned(), aspects: vec![aspect] }], ..Delta::default() }
}

#[test]
fn the_same_deployment_has_no_changes() {
    let changes = Changes::between(Some(&shop(|_| ())), &shop(|_| ()));
    assert!(changes.is_empty(), "{changes:#?}");
    assert_eq!(changes.summary(), "nothing changed");
}

#[test]
fn everything_is_new_without_an_old_one() {
    let changes = Changes::between(None, &shop(|_| ()));
    assert_eq!(changes.operations.added, ["acme.getOrder", "acme.getTree", "acme.refundsCreate"]);
    assert_eq!(changes.skills.added.len(), 4);
    assert!(changes.structural.is_empty());
}

#[test]
fn a_base_url_or_credential_changes_operations_though_the_version_stays() {
    let old = shop(|_| ());
    let mut new = shop(|_| ());
    operation(&mut new).base_url = "https://other.example".to_owned();
    assert_eq!(Changes::between(Some(&old), &new).operations, only("acme.getOrder", "baseUrl"));

    let guarded = |kind: SchemeKind, secret: Option<&str>| {
        let mut shop = shop(|_| ());
        let scheme = SecurityScheme { kind, secret: secret.map(str::to_owned) };
        let spec = Arc::make_mut(shop.specs.get_mut("acme").unwrap());
        spec.security_schemes.insert("key".to_owned(), scheme);
        operation(&mut shop).security =
            vec![vec![SecurityUse { scheme: "key".to_owned(), scopes: Vec::new() }]];
        shop
    };
    let credentials = only("acme.getOrder", "credentials");
    let bearer = guarded(SchemeKind::Bearer, Some("A"));
    assert_eq!(Changes::between(Some(&old), &bearer).operations, credentials);
    assert_eq!(
        Changes::between(Some(&bearer), &guarded(SchemeKind::Basic, Some("A"))).operations,
        credentials
    );
    assert_eq!(
        Changes::between(Some(&bearer), &guarded(SchemeKind::Bearer, Some("B"))).operations,
        credentials
    );
    assert!(Changes::between(Some(&bearer), &guarded(SchemeKind::Bearer, Some("A"))).is_empty());
}

#[test]
fn each_aspect_of_an_operation_is_named() {
    type Change = fn(&mut Operation);
    let table: [(Change, &str); 5] = [
        (|it| it.path = "/elsewhere/{orderId}".to_owned(), "route"),
        (|it| it.input_schema["properties"] = json!({}), "input"),
        (|it| it.output_schema = None, "output"),
        (
            |it| it.classification.emit = Some(crate::openapi::classify::Emit::Updated("x".to_owned())),
            "classification",
        ),
        (|it| it.summary = "Something else".to_owned(), "description"),
    ];
    for (change, aspect) in table {
        let mut new = shop(|_| ());
        change(operation(&mut new));
        let changes = Changes::between(Some(&shop(|_| ())), &new);
        assert_eq!(changes.operations, only("acme.getOrder", aspect));
        assert_eq!(changes.summary(), "1 operation changed (acme.getOrder)");
    }
}

#[test]
fn skills_come_go_and_change() {
    let text = SHOP_SKILLS
        .replace("//- returns-policy/", "//- exchange-policy/")
        .replace("name: returns-policy", "name: exchange-policy");
    let mut new = snapshot(manifest(|_| ()), &text);
    let lookup = Arc::make_mut(new.catalog.skills.get_mut("order-lookup").unwrap());
    lookup.files.get_mut("SKILL.md").unwrap().sha256 = "0".repeat(64);
    let changes = Changes::between(Some(&shop(|_| ())), &new);
    assert_eq!(changes.skills.added, ["exchange-policy"]);
    assert_eq!(changes.skills.removed, ["returns-policy"]);
    assert_eq!(changes.skills.changed, only("order-lookup", "files").changed);
}

#[test]
fn settings_are_told_apart_by_whether_a_running_server_can_take_them() {
    type Change = fn(&mut Value);
    let table: Vec<(Change, &[&str], &[&str])> = vec![
        (|m| m["server"]["instructions"] = json!("Sell more."), &["server.instructions"], &[]),
        (|m| m["signing"]["replay"]["windowSeconds"] = json!(60), &["signing.replay"], &[]),
        (|m| m["secrets"] = json!([{"name": "PUBLIC_KEY"}, {"name": "B"}]), &["secrets"], &[]),
        (|m| m["environments"] = json!({}), &[], &[]),
        (|m| m["bindings"]["vars"]["LOG_LEVEL"] = json!("warn"), &[], &["bindings.vars"]),
        (
            |m| m["bindings"]["durableObjects"] = json!([{"binding": "A", "className": "B"}]),
            &[],
            &["bindings.durableObjects"],
        ),
        (|m| m["runtime"]["compatibilityDate"] = json!("2026-06-01"), &[], &["runtime.compatibilityDate"]),
        (|m| m["runtime"]["compatibilityFlags"] = json!(["x"]), &[], &["runtime.compatibilityFlags"]),
        (
            |m| m["auth"] = json!({"provider": "apiKey", "apiKey": {"allowlistSecret": "PUBLIC_KEY"}}),
            &["auth.apiKey"],
            &["auth.provider"],
        ),
    ];
    for (change, settings, structural) in table {
        let changes = Changes::between(Some(&shop(|_| ())), &shop(change));
        assert_eq!(
            (&changes.settings[..], &changes.structural[..]),
            (
                &settings.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()[..],
                &structural.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()[..],
            )
        );
        assert!(changes.operations == Delta::default() && changes.skills == Delta::default());
    }
}
