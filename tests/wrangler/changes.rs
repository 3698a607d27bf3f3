//! The adapter and the core agree on what a running deployment cannot take by a push.

use std::collections::BTreeSet;

use frontmcp_core::manifest::Manifest;
use frontmcp_core::registry::diff;
use frontmcp_tests::Deployed;
use serde_json::{Value, json};

use super::target;

type Change = fn(&mut Value);

fn manifest(change: impl FnOnce(&mut Value)) -> Manifest {
    let mut value = serde_json::to_value(Deployed::manifest()).unwrap();
    change(&mut value);
    serde_json::from_value(value).unwrap()
}

/// The adapter's messages; panics unless its settings are the core's.
pub(super) fn agreed(old: &Manifest, new: &Manifest) -> Vec<String> {
    let json = |manifest: &Manifest| serde_json::to_string(manifest).unwrap();
    let changes = target().structural_changes(&json(old), &json(new)).unwrap();
    let ours: BTreeSet<&str> = changes.iter().map(|change| change.setting.as_str()).collect();
    let core = diff::structural(old, new);
    assert_eq!(ours, core.iter().map(String::as_str).collect(), "{changes:?}");
    changes.into_iter().map(|change| change.message).collect()
}

/// What the manifest says besides: some of it a push brings, some the platform has to be told.
fn settings() -> Vec<(Change, &'static [&'static str])> {
    vec![
        (|_| (), &[]),
        (|m| m["name"] = json!("other"), &[]),
        (|m| m["server"]["instructions"] = json!("Sell more."), &[]),
        (|m| m["specs"] = json!([]), &[]),
        (|m| m["skills"]["alwaysLoad"] = json!([]), &[]),
        (|m| m["signing"]["replay"]["windowSeconds"] = json!(60), &[]),
        (|m| m["secrets"] = json!([]), &[]),
        (|m| m["environments"] = json!({}), &[]),
        (
            |m| m["runtime"]["compatibilityDate"] = json!("2026-06-01"),
            &["the compatibility date `2026-05-01` becomes `2026-06-01`"],
        ),
        (
            |m| m["runtime"]["compatibilityFlags"] = json!(["x"]),
            &["the compatibility flag `x` is added", "the compatibility flag `nodejs_compat` is removed"],
        ),
        (
            |m| drop(m["runtime"].as_object_mut().unwrap().remove("compatibilityFlags")),
            &["the compatibility flag `nodejs_compat` is removed"],
        ),
        (
            |m| m["runtime"]["target"] = json!("deno-deploy"),
            &["the target `cloudflare-worker` becomes `deno-deploy`"],
        ),
        (
            |m| m["auth"] = json!({"provider": "apiKey", "apiKey": {"header": "X-API-Key", "allowlistSecret": "MCP_API_KEYS"}}),
            &["the authentication provider `none` becomes `apiKey`"],
        ),
    ]
}

/// What the platform binds.
fn bindings() -> Vec<(Change, &'static [&'static str])> {
    vec![
        (
            |m| m["bindings"]["vars"]["LOG_LEVEL"] = json!("x"),
            &["the variable `LOG_LEVEL` has another value"],
        ),
        (
            |m| m["bindings"]["vars"] = json!({"NEW": "1"}),
            &["the variable `LOG_LEVEL` is removed", "the variable `NEW` is added"],
        ),
        (
            |m| drop(m["bindings"].as_object_mut().unwrap().remove("vars")),
            &["the variable `LOG_LEVEL` is removed"],
        ),
        (
            |m| m["bindings"]["durableObjects"][0]["className"] = json!("Sessions"),
            &["the Durable Object `SESSIONS`, className: `SessionDO` becomes `Sessions`"],
        ),
        (
            |m| m["bindings"]["durableObjects"][0]["scriptName"] = json!("other"),
            &["the Durable Object `SESSIONS`, scriptName: nothing becomes `other`"],
        ),
        (
            |m| {
                m["bindings"]["durableObjects"]
                    .as_array_mut()
                    .unwrap()
                    .push(json!({"binding": "C", "className": "C"}));
            },
            &["the Durable Object `C` is added"],
        ),
        (
            |m| m["bindings"]["kvNamespaces"].as_array_mut().unwrap().reverse(),
            &["the same entries in another order"],
        ),
        (
            |m| m["bindings"]["kvNamespaces"][0]["id"] = json!("9"),
            &["the KV namespace `BUNDLE_CACHE`, id: `00000000000000000000000000000001` becomes `9`"],
        ),
        (
            |m| m["bindings"]["d1Databases"][0]["databaseName"] = json!("x"),
            &["the D1 database `AUDIT`, databaseName: `acme-shop-audit` becomes `x`"],
        ),
        (|m| m["bindings"]["r2Buckets"] = json!([]), &["the R2 bucket `SKILL_DATA` is removed"]),
    ]
}

#[test]
fn both_call_the_same_changes_structural_and_the_adapter_says_them_in_words() {
    let old = manifest(|_| ());
    for (change, words) in settings().into_iter().chain(bindings()) {
        let new = manifest(change);
        assert_eq!(agreed(&old, &new), words);
        assert_eq!(agreed(&new, &old).len(), words.len(), "the way back is as long: {words:?}");
    }
}

#[test]
fn another_secret_of_the_same_provider_needs_no_deployment() {
    let with = |secret: &str| {
        manifest(|m| {
            m["auth"] =
                json!({"provider": "apiKey", "apiKey": {"header": "X-API-Key", "allowlistSecret": secret}});
        })
    };
    assert_eq!(agreed(&with("A"), &with("B")), [""; 0]);
}

#[test]
fn what_cannot_be_compared_is_no_silence() {
    let changes = target().structural_changes("{}", "nonsense").unwrap();
    assert_eq!(changes[0].setting, "manifest");
}
