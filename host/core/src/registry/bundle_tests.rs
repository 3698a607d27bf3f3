//! Bundles there and back: nothing gets lost on the way, nothing depends on the machine, and nothing that
//! contradicts itself is opened.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use super::apply::{Deployment, apply};
use super::diff::Changes;
use super::fixtures::{SHOP_SKILLS, shop_spec, skills};
use super::places::Places;
use super::snapshot::Snapshot;
use crate::bundle::build::Built;
use crate::bundle::document::content_id;
use crate::bundle::{canonical, open, sha256_hex};
use crate::findings::{Document, Finding};
use crate::manifest::{self, Manifest};

pub(super) fn manifest(change: impl FnOnce(&mut Value)) -> Manifest {
    let mut value = json!({
        "version": 1,
        "name": "shop",
        "runtime": {"target": "cloudflare-worker", "compatibilityDate": "2026-05-01"},
        "server": {"info": {"name": "shop", "version": "1.0.0"}, "instructions": "Sell."},
        "specs": [{"id": "acme", "spec": "./acme.yaml"}],
        "skills": {"alwaysLoad": ["money-format"]},
        "bindings": {"kvNamespaces": [{"binding": "NONCES", "id": "1"}], "vars": {"LOG_LEVEL": "info"}},
        "signing": {
            "algorithm": "ed25519",
            "trustRoots": [{"kid": "k1", "publicKeySecret": "PUBLIC_KEY"}],
            "replay": {"nonceKv": "NONCES"}
        },
        "auth": {"provider": "none"},
        "secrets": [{"name": "PUBLIC_KEY"}],
        "environments": {"dev": {"vars": {"LOG_LEVEL": "debug"}}}
    });
    change(&mut value);
    let document = Document { file: "m".to_owned(), value, ..Document::default() };
    manifest::parse(&document).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

pub(super) fn snapshot(manifest: Manifest, skill_texts: &str) -> Snapshot {
    let deployment = Deployment {
        manifest,
        places: Places::default(),
        specs: vec![shop_spec()],
        skills: skills(skill_texts),
    };
    let (snapshot, findings) = apply(deployment);
    snapshot.unwrap_or_else(|| panic!("{findings:#?}"))
}

fn shop() -> Snapshot {
    snapshot(manifest(|_| ()), SHOP_SKILLS)
}

fn bundled(snapshot: &Snapshot) -> Built {
    snapshot.bundle().unwrap()
}

fn opened(payload: &[u8], blobs: &BTreeMap<String, Bytes>) -> Result<Snapshot, Vec<Finding>> {
    let (opened, mut findings) = open::open(open::read(payload)?, blobs)?;
    let (snapshot, more) = apply(Deployment::from(opened));
    findings.extend(more);
    snapshot.ok_or(findings)
}

#[test]
fn a_bundle_says_everything_that_is_served() {
    let shop = shop();
    let built = bundled(&shop);
    assert_eq!(built.findings, []);
    let payload = built.payload().unwrap();
    let again = opened(&payload, &built.blobs).unwrap();
    let changes = Changes::between(Some(&shop), &again);
    assert!(changes.is_empty(), "{changes:#?}");
    assert!(shop.operations.iter().all(|(name, operation)| operation.is_same(&again.operations[name])));
    assert_eq!((&again.namespaces, &again.instructions), (&shop.namespaces, &shop.instructions));
    assert_eq!(bundled(&again).payload().unwrap(), payload, "what was opened is built into the same bytes");
}

#[test]
fn only_what_skills_refer_to_goes_into_a_bundle_and_shared_schemas_go_once() {
    let built = bundled(&shop());
    let spec = &built.bundle.specs[0];
    let ids: Vec<&str> = spec.operations.iter().map(|each| each.id.as_str()).collect();
    assert_eq!(ids, ["getOrder", "getTree", "refunds/create"]);
    assert_eq!(spec.definitions.len(), 1, "one recursive schema");
    let (id, definition) = spec.definitions.first_key_value().unwrap();
    assert_eq!(*id, content_id(&canonical::to_vec(definition).unwrap()));
    let (set_id, set) = spec.definition_sets.first_key_value().unwrap();
    assert_eq!(*set, BTreeMap::from([("Node".to_owned(), id.clone())]));
    assert_eq!(spec.operations[1].output_schema.as_ref().unwrap()["$defs"], json!(set_id));
    assert!(built.bundle.manifest.get("environments").is_none());
}

#[test]
fn operations_that_did_not_change_are_taken_over_whatever_else_does() {
    let built = bundled(&shop());
    let old = opened(&built.payload().unwrap(), &built.blobs).unwrap();
    let mut next = built.bundle.clone();
    next.specs[0].definitions.insert(content_id(br#"{"type":"null"}"#), json!({"type": "null"}));
    next.specs[0].operations.iter_mut().find(|each| each.id == "getOrder").unwrap().summary =
        "New".to_owned();
    let known = |fingerprint: &[u8; 32]| {
        old.operations.values().find(|live| live.fingerprint.as_ref() == Some(fingerprint)).cloned()
    };
    let payload = canonical::to_vec(&next).unwrap();
    let next = open::read(&payload).unwrap();
    let (opened, _) = open::open_over(next, &built.blobs, &known).unwrap();
    let new = apply(Deployment::from(opened)).0.unwrap();
    let taken: Vec<&str> = new
        .operations
        .iter()
        .filter(|(name, operation)| Arc::ptr_eq(operation, &old.operations[*name]))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(taken, ["acme.getTree", "acme.refundsCreate"]);
    assert!(new.operations["acme.getTree"].is_same(&old.operations["acme.getTree"]));
}

#[test]
fn large_artifacts_travel_beside_the_bundle() {
    let large = "x".repeat(300 << 10);
    let shop =
        snapshot(manifest(|_| ()), &format!("{SHOP_SKILLS}\n//- returns-policy/references/long.md\n{large}"));
    let built = bundled(&shop);
    let digest = sha256_hex(shop.catalog.skills["returns-policy"].files["references/long.md"].bytes.as_ref());
    assert_eq!(built.bundle.blobs(), std::slice::from_ref(&digest));
    let payload = built.payload().unwrap();
    assert!(payload.len() < 100 << 10);
    assert!(Changes::between(Some(&shop), &opened(&payload, &built.blobs).unwrap()).is_empty());
    let lying = BTreeMap::from([(digest, Bytes::from_static(b"short"))]);
    for blobs in [BTreeMap::new(), lying] {
        let findings = opened(&payload, &blobs).unwrap_err();
        assert_eq!(
            findings.iter().map(|each| each.code).collect::<Vec<_>>(),
            ["artifact", "artifact-missing"]
        );
    }
}

#[test]
fn numbers_that_json_cannot_carry_are_rounded_and_said_to_be() {
    let mut shop = shop();
    let operation = Arc::make_mut(shop.operations.get_mut("acme.getOrder").unwrap());
    operation.input_schema["properties"]["orderId"]["maximum"] = json!(9_223_372_036_854_775_807_u64);
    let built = bundled(&shop);
    assert_eq!(built.findings.len(), 1);
    assert!(
        built.findings[0].message.contains("acme.getOrder") && built.findings[0].message.contains("/maximum")
    );
    let payload = built.payload().unwrap();
    let again = opened(&payload, &built.blobs).unwrap();
    assert_eq!(bundled(&again).payload().unwrap(), payload, "rounding once is enough");
}

/// Each row: what is done to a good payload, and the codes of everything that is then found.
#[test]
#[allow(clippy::too_many_lines, reason = "one row a line reads best as one table")]
fn a_bundle_that_contradicts_itself_is_refused_with_every_finding() {
    type Change = fn(&mut Value);
    fn first_artifact(bundle: &mut Value) -> &mut Value {
        bundle["artifacts"].as_object_mut().unwrap().values_mut().next().unwrap()
    }
    let table: Vec<(&str, Change, &[&str])> = vec![
        ("an unknown key", |bundle| bundle["extra"] = json!(1), &["unknown-key"]),
        ("another version", |bundle| bundle["version"] = json!(2), &["bundle-shape"]),
        ("no manifest", |bundle| _ = bundle.as_object_mut().unwrap().remove("manifest"), &["bundle-shape"]),
        ("specs of another type", |bundle| bundle["specs"] = json!({}), &["bundle-shape"]),
        (
            "two parts of the wrong shape",
            |bundle| {
                bundle["skills"]["order-lookup"] = json!({"files": {}});
                bundle["specs"][0]["operations"][0]["method"] = json!("TRACE");
            },
            &["bundle-shape", "bundle-shape"],
        ),
        (
            "a digest that lies",
            |bundle| first_artifact(bundle)["text"] = json!("something else"),
            &["artifact", "artifact-missing"],
        ),
        (
            "text and Base64",
            |bundle| first_artifact(bundle)["base64"] = json!(""),
            &["artifact", "artifact-missing"],
        ),
        (
            "an artifact nobody names",
            |bundle| {
                let digest = sha256_hex(b"spare");
                bundle["artifacts"][digest] = json!({"size": 5, "text": "spare"});
            },
            &["artifact-unused"],
        ),
        (
            "a file whose artifact is absent",
            |bundle| bundle["skills"]["order-lookup"]["files"]["notes.md"] = json!("0".repeat(64)),
            &["artifact-missing"],
        ),
        (
            "names that lead elsewhere",
            |bundle| {
                let files = bundle["skills"]["order-lookup"]["files"].as_object_mut().unwrap();
                let digest = files["SKILL.md"].clone();
                for path in
                    ["../SKILL.md", "/etc/passwd", "a//b", "a/./b", "a\\b", "C:x", "", "a\u{0}b", "a/"]
                {
                    files.insert(path.to_owned(), digest.clone());
                }
            },
            &["skill-path"; 9],
        ),
        (
            "a skill under another name than its own",
            |bundle| {
                let skills = bundle["skills"].as_object_mut().unwrap();
                let skill = skills.remove("order-lookup").unwrap();
                skills.insert("../order".to_owned(), skill);
            },
            &["skill-name"],
        ),
        (
            "an operation that is not there",
            |bundle| _ = bundle["specs"][0]["operations"].as_array_mut().unwrap().remove(0),
            &["unknown-operation"; 2],
        ),
        ("no specs at all", |bundle| bundle["specs"] = json!([]), &["unknown-spec"; 4]),
        (
            "the same spec twice",
            |bundle| {
                let spec = bundle["specs"][0].clone();
                bundle["specs"].as_array_mut().unwrap().push(spec);
            },
            &["namespace-taken", "duplicate-spec"],
        ),
        (
            "the same operation twice",
            |bundle| {
                let operation = bundle["specs"][0]["operations"][0].clone();
                bundle["specs"][0]["operations"].as_array_mut().unwrap().push(operation);
            },
            &["duplicate-operation"],
        ),
        (
            "a skill that is always loaded and absent",
            |bundle| bundle["manifest"]["skills"]["alwaysLoad"] = json!(["absent"]),
            &["unknown-skill"],
        ),
        (
            "a definition that is not there",
            |bundle| bundle["specs"][0]["definitions"] = json!({}),
            &["bundle-definition"],
        ),
        (
            "a set of definitions that is not there",
            |bundle| bundle["specs"][0]["definitionSets"] = json!({}),
            &["bundle-definition"],
        ),
        (
            "a definition that is not what its id says",
            |bundle| {
                for definition in bundle["specs"][0]["definitions"].as_object_mut().unwrap().values_mut() {
                    definition["title"] = json!("Changed");
                }
            },
            &["bundle-definition"; 2],
        ),
        (
            "an operation with credentials nobody declared",
            |bundle| {
                bundle["specs"][0]["operations"][0]["security"] = json!([[{"scheme": "x", "scopes": []}]]);
            },
            &["bundle-operation"],
        ),
        (
            "an operation elsewhere",
            |bundle| bundle["specs"][0]["operations"][0]["baseUrl"] = json!("file:///etc"),
            &["bundle-operation"],
        ),
        (
            "a manifest with mistakes",
            |bundle| {
                bundle["manifest"]["name"] = json!("9 lives");
                bundle["manifest"]["colour"] = json!("red");
            },
            &["out-of-bounds", "unknown-key"],
        ),
        (
            "a manifest with environments",
            |bundle| bundle["manifest"]["environments"] = json!({"dev": {}}),
            &["bundle-environments"],
        ),
    ];
    let built = bundled(&shop());
    let mut wrong = Vec::new();
    for (what, change, codes) in table {
        let mut value = serde_json::to_value(&built.bundle).unwrap();
        change(&mut value);
        let payload = canonical::to_vec(&value).unwrap();
        let findings = opened(&payload, &built.blobs).expect_err(what);
        let found: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
        if found != codes {
            wrong.push(format!("{what}: {found:?} instead of {codes:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_payload_has_one_spelling() {
    let payload = bundled(&shop()).payload().unwrap();
    let text = String::from_utf8(payload).unwrap();
    let spellings = [
        format!("{text} "),
        format!(" {text}"),
        text.replacen(":", ": ", 1),
        text.replacen(r#""version":1"#, r#""version":1.0"#, 1),
        text.replacen(r#""version":1}"#, r#""version":1,"version":1}"#, 1),
        text.replacen(r#","version":1}"#, "}", 1).replacen('{', r#"{"version":1,"#, 1),
    ];
    for spelling in spellings {
        assert_ne!(spelling, text);
        assert!(open::read(spelling.as_bytes()).is_err(), "{}", &spelling[spelling.len() - 60..]);
    }
    assert!(open::read(b"[]").is_err() && open::read(b"").is_err() && open::read(b"null").is_err());
}
