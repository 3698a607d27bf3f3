//! Whatever a manifest says, both languages say it too; whatever its classes do, history only grows.

use std::collections::{BTreeMap, BTreeSet};

use frontmcp_core::manifest::Manifest;
use frontmcp_host::documents::settings;
use frontmcp_host::wasm::target::{Format, Options, Severity};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{TODAY, changes, target};

/// What ends strings, comments and lines, or hides.
const PIECES: &[&str] = &[
    "\"", "\\", "'''", "\"\"\"", "\n", "\r\n", "\t", "\0", "\u{7f}", "\u{85}", "*/", "/*", "//", "#", "[",
    "]", "{", "}", ",", "=", " ", "\u{2028}", "\u{202e}", "\u{feff}", "🦀", "e\u{301}", "\\u0041", "${x}",
    "a",
];

/// Texts of any characters, those among them.
fn text() -> impl Strategy<Value = String> {
    let hostile = vec(select(PIECES), 0..8).prop_map(|pieces| pieces.concat());
    prop_oneof![hostile, any::<String>()]
}

/// A manifest that passes, with any text where the schema lets one be.
fn manifest() -> impl Strategy<Value = Value> {
    let vars = btree_map(text(), text(), 0..5);
    let flags = btree_set(text(), 0..3);
    (vars, flags, vec(text(), 8)).prop_map(|(vars, flags, texts)| {
        json!({
            "version": 1,
            "name": "shop",
            "runtime": {"target": "cloudflare-worker", "compatibilityDate": "2026-05-01", "compatibilityFlags": flags},
            "server": {"info": {"name": "shop", "version": "1"}},
            "specs": [],
            "auth": {"provider": "none"},
            "signing": {
                "algorithm": "ed25519",
                "trustRoots": [{"kid": "a", "publicKeySecret": "KEY"}],
                "replay": {"nonceKv": "REPLAY_NONCE"},
            },
            "secrets": [{"name": "KEY", "description": texts[0]}, {"name": "K2", "description": texts[1]}],
            "bindings": {
                "durableObjects": [
                    {"binding": "SESSIONS", "className": "SessionDO"},
                    {"binding": "EVENTS", "className": "EventStoreDO"},
                    {"binding": "BUNDLE", "className": "BundleDO"},
                    {"binding": "OTHER", "className": "Other", "scriptName": format!("other {}", texts[2])},
                ],
                "d1Databases": [{"binding": "AUDIT", "databaseName": texts[3], "databaseId": texts[4]}],
                "kvNamespaces": [
                    {"binding": "BUNDLE_CACHE", "id": texts[5]},
                    {"binding": "REPLAY_NONCE", "id": texts[6]},
                ],
                "r2Buckets": [{"binding": "SKILL_DATA", "bucketName": "skill-data"}],
                "vars": vars,
            },
        })
    })
}

fn options(format: Format, previous: Option<&Value>, may_be_deleted: &[&str]) -> Options {
    Options {
        format,
        main: "worker.js".to_owned(),
        environments: Vec::new(),
        previous_json: previous.map(Value::to_string),
        allow_delete_classes: may_be_deleted.iter().map(|class| (*class).to_owned()).collect(),
        today: TODAY.to_owned(),
    }
}

/// What was emitted, read again; nothing if it was refused.
fn emitted(manifest: &Value, options: &Options) -> Option<(String, Value)> {
    let emitted = target().emit(&manifest.to_string(), None, options).unwrap();
    let refused = emitted.findings.iter().any(|finding| finding.severity == Severity::Error);
    assert_eq!(refused, emitted.files.is_empty(), "{:?}", emitted.findings);
    let text = emitted.files.into_iter().next()?.text;
    let value = settings::read(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    Some((text, value))
}

/// The bindings of a configuration, said as a manifest says them.
fn as_manifest(configuration: &Value) -> Value {
    let list = |list: &Value, names: &[(&str, &str)]| -> Value {
        let items = list.as_array().cloned().unwrap_or_default();
        let named = items.into_iter().map(|item| {
            let members =
                names.iter().filter_map(|(from, to)| Some(((*to).to_owned(), item.get(from)?.clone())));
            Value::Object(members.collect())
        });
        named.collect()
    };
    let objects = [("name", "binding"), ("class_name", "className"), ("script_name", "scriptName")];
    let databases =
        [("binding", "binding"), ("database_name", "databaseName"), ("database_id", "databaseId")];
    json!({
        "durableObjects": list(&configuration["durable_objects"]["bindings"], &objects),
        "d1Databases": list(&configuration["d1_databases"], &databases),
        "kvNamespaces": list(&configuration["kv_namespaces"], &[("binding", "binding"), ("id", "id")]),
        "r2Buckets": list(&configuration["r2_buckets"], &[("binding", "binding"), ("bucket_name", "bucketName")]),
        "vars": configuration.get("vars").cloned().unwrap_or_else(|| json!({})),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_back_from_both_languages(manifest in manifest()) {
        let (_, toml) = emitted(&manifest, &options(Format::Toml, None, &[])).unwrap();
        let (_, jsonc) = emitted(&manifest, &options(Format::Jsonc, None, &[])).unwrap();
        prop_assert_eq!(&toml, &jsonc);
        prop_assert_eq!(as_manifest(&toml), manifest["bindings"].clone());
        let flags = toml.get("compatibility_flags").cloned().unwrap_or_else(|| json!([]));
        prop_assert_eq!(&flags, &manifest["runtime"]["compatibilityFlags"]);
        let known: BTreeSet<&str> = [
            "name", "main", "compatibility_date", "compatibility_flags", "no_bundle", "find_additional_modules", "rules",
            "durable_objects", "d1_databases", "kv_namespaces", "r2_buckets", "vars", "migrations",
        ].into();
        prop_assert!(toml.as_object().unwrap().keys().all(|key| known.contains(key.as_str())), "{}", toml);
    }

    #[test]
    fn both_sides_agree_on_any_two_manifests(was in manifest(), is in manifest()) {
        let read = |value: Value| serde_json::from_value::<Manifest>(value).unwrap();
        changes::agreed(&read(was), &read(is));
    }

    #[test]
    fn history_only_grows_and_nothing_is_lost_unsaid(steps in vec(btree_map(select(&["A", "B", "C"][..]), select(&CLASSES[..]), 0..4), 1..7)) {
        let mut previous: Option<Value> = None;
        for objects in &steps {
            let manifest = with(objects);
            let before = migrations(previous.as_ref());
            let unsaid = emitted(&manifest, &options(Format::Toml, previous.as_ref(), &[]));
            let (text, value) = emitted(&manifest, &options(Format::Toml, previous.as_ref(), &CLASSES)).unwrap();
            let after = migrations(Some(&value));
            prop_assert_eq!(&after[..before.len()], &before[..], "the past is the past");
            prop_assert!(after.len() <= before.len() + 1);
            let tags: BTreeSet<&str> = after.iter().map(|migration| migration["tag"].as_str().unwrap()).collect();
            prop_assert_eq!(tags.len(), after.len());
            let mut wanted: BTreeSet<String> = objects.values().map(|class| (*class).to_owned()).collect();
            wanted.extend(["SessionDO", "EventStoreDO", "BundleDO"].map(str::to_owned));
            prop_assert_eq!(replay(&after), wanted);
            let deletes = after[before.len()..].iter().any(|migration| migration.get("deleted_classes").is_some());
            prop_assert_eq!(unsaid.is_none(), deletes, "it is refused exactly if it deletes");
            prop_assert!(unsaid.is_none_or(|(other, _)| other == text));
            let (again, _) = emitted(&manifest, &options(Format::Toml, Some(&value), &[])).unwrap();
            prop_assert_eq!(again, text);
            previous = Some(value);
        }
    }
}

const CLASSES: [&str; 4] = ["W", "X", "Y", "Z"];

/// A sound manifest with these Durable Objects too.
fn with(objects: &BTreeMap<&str, &str>) -> Value {
    let list = |binding: &str, class: &str| json!({"binding": binding, "className": class});
    let mut all =
        vec![list("SESSIONS", "SessionDO"), list("EVENTS", "EventStoreDO"), list("BUNDLE", "BundleDO")];
    all.extend(objects.iter().map(|(binding, class)| list(binding, class)));
    json!({
        "name": "shop",
        "runtime": {"target": "cloudflare-worker", "compatibilityDate": "2026-05-01"},
        "signing": {"replay": {"nonceKv": "REPLAY_NONCE"}},
        "bindings": {
            "durableObjects": all,
            "d1Databases": [{"binding": "AUDIT", "databaseName": "a", "databaseId": "1"}],
            "kvNamespaces": [{"binding": "BUNDLE_CACHE", "id": "1"}, {"binding": "REPLAY_NONCE", "id": "2"}],
            "r2Buckets": [{"binding": "SKILL_DATA", "bucketName": "skill-data"}],
        },
    })
}

fn migrations(configuration: Option<&Value>) -> Vec<Value> {
    configuration.and_then(|value| value["migrations"].as_array().cloned()).unwrap_or_default()
}

/// The classes that Cloudflare has after these migrations; it takes none that does not fit.
fn replay(migrations: &[Value]) -> BTreeSet<String> {
    let mut classes = BTreeSet::new();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for migration in migrations {
        for pair in list(&migration["renamed_classes"]) {
            assert!(classes.remove(pair["from"].as_str().unwrap()), "renames what is there: {migration}");
            assert!(classes.insert(pair["to"].as_str().unwrap().to_owned()), "{migration}");
        }
        for class in list(&migration["deleted_classes"]) {
            assert!(classes.remove(class.as_str().unwrap()), "deletes what is there: {migration}");
        }
        for class in list(&migration["new_sqlite_classes"]) {
            assert!(
                classes.insert(class.as_str().unwrap().to_owned()),
                "makes what is not there: {migration}"
            );
        }
    }
    classes
}
