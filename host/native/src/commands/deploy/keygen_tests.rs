//! Key pairs from the command line: where the halves go, and what people are told to do with them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use frontmcp_core::bundle::keys::PublicKey;

use super::super::testing::{Shop, said};
use super::*;

fn keygen(shop: &Shop, more: &[&str]) -> super::super::testing::Said {
    let (out, manifest) = (shop.word("new.pem"), shop.word("frontmcp.deploy.yaml"));
    said(&[&["keygen", "--out", &out, "--manifest", &manifest], more].concat())
}

#[test]
fn the_private_half_goes_to_a_file_and_the_public_half_is_printed() {
    let shop = Shop::new();
    let said = keygen(&shop, &["--kid", "shop-2026", "--json"]);
    let report = said.json();
    let file = shop.path("new.pem");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let key = PrivateKey::read(&fs::read_to_string(&file).unwrap()).unwrap();
    for text in [report["publicKey"].as_str().unwrap().to_owned(), report["jwk"].to_string()] {
        assert_eq!(PublicKey::parse(&text).unwrap().thumbprint(), key.public().thumbprint());
    }
    assert_eq!(report["thumbprint"], key.public().thumbprint());
    assert_eq!((&report["kid"], &report["algorithm"]), (&json!("shop-2026"), &json!("ed25519")));
    assert_eq!(report["file"], shop.word("new.pem"));
    assert_eq!(report["secret"], "SHOP_KEY", "the manifest's");
    assert_eq!(report["jwk"]["kid"], "shop-2026");
    assert!(!said.out.contains("PRIVATE") && report["jwk"].get("d").is_none());
    assert_eq!(said.done().lines().count(), 16);
}

#[test]
fn a_file_that_is_there_is_left_alone() {
    let shop = Shop::new();
    shop.write("new.pem", b"precious");
    let failed = keygen(&shop, &["--kid", "a"]).failed();
    assert!(failed.contains("is there already; keys are never overwritten"), "{failed}");
    assert_eq!(fs::read(shop.path("new.pem")).unwrap(), b"precious");
}

#[test]
fn a_key_that_the_manifest_knows_needs_no_change_of_it() {
    let text = keygen(&Shop::new(), &["--kid", "shop-2026"]).done();
    assert!(text.contains("trusts shop-2026 already, with the key in the secret SHOP_KEY"), "{text}");
    assert!(!text.contains("trustRoots:") && !text.contains("PRIVATE"), "{text}");
}

#[test]
fn a_new_key_comes_with_what_to_add_to_the_manifest() {
    let text = keygen(&Shop::new(), &["--kid", "shop: next"]).done();
    let lines = "  trustRoots:\n    - kid: \"shop: next\"\n      publicKeySecret: SHOP_NEXT_PUBLIC_KEY\n";
    assert!(text.contains(lines), "{text}");
    assert!(text.contains("secrets:\n  - name: SHOP_NEXT_PUBLIC_KEY\n    required: false\n"), "{text}");
}

#[test]
fn a_key_of_another_algorithm_than_the_manifests_is_warned_about() {
    let shop = Shop::new();
    let rs256 = FILES_RS256.replace("@", "rs256");
    shop.write("frontmcp.deploy.yaml", rs256.as_bytes());
    let said = keygen(&shop, &["--kid", "a"]);
    assert!(said.err.contains("signing.algorithm: rs256") && said.err.contains("ed25519"), "{}", said.err);
    shop.write("frontmcp.deploy.yaml", FILES_RS256.replace("@", "ed25519").as_bytes());
    fs::remove_file(shop.path("new.pem")).unwrap();
    assert_eq!(keygen(&shop, &["--kid", "a"]).err, "");
}

/// Not a manifest: all that counts here is `signing`.
const FILES_RS256: &str = "signing:\n  algorithm: @\n";

#[test]
fn secrets_are_named_after_the_key() {
    for (kid, secret) in [
        ("acme-shop-2026", "ACME_SHOP_2026_PUBLIC_KEY"),
        ("a..b", "A_B_PUBLIC_KEY"),
        ("2026", "BUNDLE_2026_PUBLIC_KEY"),
        ("é", "BUNDLE_PUBLIC_KEY"),
    ] {
        assert_eq!(secret_name(kid), secret);
    }
    assert_eq!(secret_name(&"k".repeat(128)).len(), 128);
}

#[test]
fn key_ids_are_quoted_where_yaml_would_read_something_else() {
    for plain in ["acme-2026", "a_b.c"] {
        assert_eq!(yaml_text(plain), plain);
    }
    for odd in ["2026", "no", "Null", "a b", "a: b", "#a", "-", ""] {
        assert_eq!(yaml_text(odd), format!("{odd:?}"));
    }
}
