//! Bundles looked at: what is shown, which signatures are believed, and what is refused.

use std::fs;

use frontmcp_core::bundle::envelope;
use serde_json::json;

use super::super::testing::{Said, Shop, said};
use super::*;
use crate::keys::PrivateKey;

/// A shop with `b.jws`, and the key that signed it.
fn built(more: &[&str]) -> (Shop, PrivateKey) {
    let shop = Shop::new();
    shop.build("b.jws", more).done();
    let key = PrivateKey::read(&fs::read_to_string(shop.path("key.pem")).unwrap()).unwrap();
    shop.write("key.pub", key.public().to_pem().as_bytes());
    (shop, key)
}

fn look(shop: &Shop, more: &[&str]) -> Said {
    said(&[&["inspect", &shop.word("b.jws")], more].concat())
}

/// Signs something else as `b.jws`.
fn forge(shop: &Shop, key: &PrivateKey, payload: &[u8]) {
    let bytes = fs::read(shop.path("b.jws")).unwrap();
    let header = envelope::parse(&bytes).unwrap().header().clone();
    let input = envelope::signing_input(&header, payload);
    shop.write("b.jws", &envelope::assemble(&input, &key.sign(input.as_bytes())));
}

#[test]
fn a_bundle_is_shown() {
    let (shop, _) = built(&["--env", "live", "--seq", "7", "--rollback", "--expires-in", "60"]);
    let text = look(&shop, &[]).done();
    for line in [
        "server      shop 1.0.0",
        "environment live",
        "seq         7, may go back",
        "signature   not verified: give --public-key FILE",
        "skills      1: lookup",
        "operations  1 of acme at https://api.example.com: listOrders",
        "blobs       0, 0 bytes beside",
        "trusts      shop-2026, with the key in the secret SHOP_KEY",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}:\n{text}");
    }
    assert!(text.contains("Z by shop-2026 (EdDSA)\nexpires     2"), "{text}");
}

#[test]
fn a_bundle_is_shown_to_machines() {
    let (shop, _) = built(&["--seq", "7"]);
    let said = look(&shop, &["--public-key", &shop.word("key.pub"), "--json"]);
    let report = said.json();
    let expected = json!({
        "kid": "shop-2026", "algorithm": "EdDSA", "seq": 7, "rollback": false, "expiresAt": null,
        "environment": null, "server": { "name": "shop", "version": "1.0.0" }, "skills": ["lookup"],
        "specs": [{
            "id": "acme", "namespace": "acme", "baseUrl": "https://api.example.com",
            "operations": ["acme.listOrders"],
        }],
        "trustRoots": [{ "kid": "shop-2026", "publicKeySecret": "SHOP_KEY" }],
        "signature": "verified", "errors": 0,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&report[name], value, "{name}");
    }
    assert_eq!(report["artifacts"].as_array().unwrap().len(), 2);
    said.done();
}

#[test]
fn a_signature_is_held_against_the_key() {
    let (shop, _) = built(&[]);
    let public = shop.word("key.pub");
    assert!(look(&shop, &["--public-key", &public]).done().contains("verified with"));
    let other = PrivateKey::generate(frontmcp_core::bundle::keys::Algorithm::EdDsa);
    shop.write("key.pub", other.public().to_pem().as_bytes());
    let said = look(&shop, &["--public-key", &public]);
    assert_eq!(said.ended.unwrap(), 1);
    assert!(said.out.contains("signature   bad: the signature does not match"), "{}", said.out);
}

#[test]
fn a_key_in_the_environment_has_the_name_that_the_manifest_gives_it() {
    let (shop, key) = built(&[]);
    let pem = key.public().to_pem();
    let args = InspectArgs { file: shop.path("b.jws"), public_key: None, json: false };
    let text = |value: Option<&str>| {
        let variable = |name: &str| value.filter(|_| name == "SHOP_KEY").map(str::to_owned);
        inspect(&args, &variable).unwrap().signature.to_string()
    };
    assert!(text(Some(&pem)).starts_with("verified with the environment variable SHOP_KEY"));
    assert!(text(Some("nonsense")).starts_with("not verified: the environment variable SHOP_KEY"));
    for absent in [None, Some(" ")] {
        assert_eq!(text(absent), "not verified: give --public-key FILE");
    }
}

#[test]
fn a_private_key_in_the_place_of_a_public_one_is_refused() {
    let (shop, _) = built(&[]);
    let failed = look(&shop, &["--public-key", &shop.word("key.pem")]).failed();
    assert!(failed.contains("private"), "{failed}");
}

#[test]
fn a_packed_bundle_is_the_same_bundle() {
    let (shop, _) = built(&[]);
    let plain = look(&shop, &[]).done();
    let bytes = fs::read(shop.path("b.jws")).unwrap();
    shop.write("b.jws", &packing::gzip(&bytes));
    assert_eq!(look(&shop, &[]).done(), plain);
}

#[test]
fn a_payload_that_is_no_bundle_is_refused_whoever_signed_it() {
    let (shop, key) = built(&[]);
    forge(&shop, &key, br#"{"version":2,"\u001b[2J":1}"#);
    let said = look(&shop, &["--public-key", &shop.word("key.pub")]);
    assert_eq!(said.ended.unwrap(), 1);
    assert!(said.out.contains("verified with"), "{}", said.out);
    assert!(said.err.contains("error[") && !said.err.contains('\u{1b}'), "{}", said.err);
}

#[test]
fn an_artifact_that_does_not_lie_beside_the_bundle_is_missed() {
    let shop = Shop::new();
    shop.write("skills/lookup/data.bin", &vec![1; 300 << 10]);
    shop.build("b.jws", &[]).done();
    assert!(look(&shop, &[]).done().contains("blobs       1, 307200 bytes beside"));
    fs::remove_dir_all(shop.path("b.jws.blobs")).unwrap();
    let said = look(&shop, &[]);
    assert_eq!(said.ended.unwrap(), 1);
    assert!(said.err.contains("error[artifact]"), "{}", said.err);
}

#[test]
fn times_are_those_of_rfc_3339() {
    for (seconds, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_399, "2000-02-28T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (951_868_800, "2000-03-01T00:00:00Z"),
        (1_582_934_400, "2020-02-29T00:00:00Z"),
        (1_798_761_599, "2026-12-31T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
    ] {
        assert_eq!(utc(seconds), text);
    }
    // The largest that a header may hold.
    assert!(utc((1 << 53) - 1).ends_with('Z'));
}
