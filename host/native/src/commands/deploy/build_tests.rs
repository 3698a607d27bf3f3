//! Bundles from the command line: the same bytes everywhere, signed, and only if somebody would accept them.

use std::fs::{self, File};
use std::time::{Duration, UNIX_EPOCH};

use frontmcp_core::bundle::envelope;
use serde_json::json;

use super::super::testing::{FILES, Shop, names, parse};
use super::*;
use crate::keys::PrivateKey;

fn big(byte: u8) -> Vec<u8> {
    vec![byte; 300 << 10]
}

#[test]
fn the_same_deployment_gives_the_same_bundle_wherever_and_whenever_it_is_built() {
    let (one, two) = (Shop::new(), Shop::new());
    for (path, _) in FILES {
        fs::remove_file(two.path(path)).unwrap();
    }
    for (path, bytes) in FILES.iter().rev() {
        two.write(path, bytes);
        let earlier = UNIX_EPOCH + Duration::from_secs(1);
        File::options().append(true).open(two.path(path)).unwrap().set_modified(earlier).unwrap();
    }
    let (one, two) = (one.build("b.jws", &["--json"]).json(), two.build("c.jws", &["--json"]).json());
    assert_eq!(one["bundleSha256"], two["bundleSha256"]);
    assert_eq!(one["bundleSha256"].as_str().unwrap().len(), 64);
}

#[test]
fn the_envelope_is_signed_by_the_key() {
    let shop = Shop::new();
    let said = shop.build("b.jws", &["--seq", "7", "--rollback", "--expires-in", "60", "--json"]);
    let report = said.json();
    let bytes = fs::read(shop.path("b.jws")).unwrap();
    assert_eq!(report["bytes"], bytes.len());
    let key = PrivateKey::read(&fs::read_to_string(shop.path("key.pem")).unwrap()).unwrap();
    let envelope = envelope::parse(&bytes).unwrap().verify(key.public()).unwrap();
    assert_eq!(envelope.payload_sha256, report["bundleSha256"].as_str().unwrap());
    let header = envelope.header;
    assert_eq!((header.kid.as_str(), header.seq, header.rollback), ("shop-2026", 7, true));
    assert_eq!(header.exp, Some(header.iat + 60));
    assert_eq!(header.jti.len(), 32);
    let expected = json!({
        "seq": 7, "kid": "shop-2026", "algorithm": "ed25519", "environment": null,
        "skills": 1, "operations": 1, "artifacts": 2, "blobs": [],
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&report[name], value, "{name}");
    }
    assert_eq!(said.err, "");
}

#[test]
fn every_envelope_has_its_own_nonce_and_the_time_as_its_place_in_the_order() {
    let shop = Shop::new();
    let header = |name| {
        shop.build(name, &[]).done();
        envelope::parse(&fs::read(shop.path(name)).unwrap()).unwrap().header().clone()
    };
    let (one, two) = (header("1.jws"), header("2.jws"));
    assert_ne!(one.jti, two.jti);
    assert!(one.seq <= two.seq && one.seq / 1000 == one.iat, "{one:?} {two:?}");
}

#[test]
fn an_environment_is_built_by_name() {
    let shop = Shop::new();
    let plain = shop.build("b.jws", &["--json"]).json();
    let live = shop.build("b.jws", &["--env", "live", "--json"]).json();
    assert_eq!(live["environment"], "live");
    assert_ne!(live["bundleSha256"], plain["bundleSha256"]);
}

#[test]
fn large_artifacts_go_beside_the_envelope() {
    let shop = Shop::new();
    shop.write("skills/lookup/data.bin", &big(1));
    let report = shop.build("b.jws", &["--json"]).json();
    let sha256 = report["blobs"][0]["sha256"].as_str().unwrap();
    assert_eq!(report["blobs"], json!([{ "sha256": sha256, "size": 300 << 10 }]));
    assert_eq!(fs::read(shop.path("b.jws.blobs").join(sha256)).unwrap(), big(1));
    fs::remove_file(shop.path("skills/lookup/data.bin")).unwrap();
    shop.build("b.jws", &[]).done();
    assert!(!shop.path("b.jws.blobs").exists(), "what an earlier build left is gone");
}

#[test]
fn the_summary_says_what_was_built() {
    let shop = Shop::new();
    let text = shop.build("b.jws", &["--seq", "7", "--env", "live"]).done();
    assert!(text.contains("\nseq       7\n"), "{text}");
    assert!(text.contains("by shop-2026 (ed25519) for the environment live\n"), "{text}");
    assert!(text.contains("contains  1 skill, 1 operation, 2 artifacts, 0 blobs\n"), "{text}");
    assert!(text.ends_with(&format!("file      {}\n", shop.word("b.jws"))), "{text}");
}

#[test]
fn a_deployment_with_errors_is_not_built() {
    let shop = Shop::new();
    shop.write("skills/lookup/SKILL.md", b"---\nname: lookup\ndescription: x\n---\nUse op://acme/nothing.\n");
    let failed = shop.build("b.jws", &[]).failed();
    assert!(failed.contains("\n --> skills/lookup/SKILL.md:5:5\n"), "{failed}");
    assert!(failed.ends_with("1 error, 0 warnings\n"), "{failed}");
    assert!(!names(&shop.path("")).iter().any(|name| name.starts_with("b.jws")));
}

/// What passes the check on disk but no server would take.
#[test]
fn a_name_that_no_server_takes_is_found_before_signing() {
    let shop = Shop::new();
    shop.write("skills/lookup/a:b.txt", b"x");
    let failed = shop.build("b.jws", &[]).failed();
    assert!(failed.contains("error[skill-path]"), "{failed}");
}

#[test]
fn a_key_that_the_manifest_does_not_trust_is_warned_about() {
    let shop = Shop::new();
    let (manifest, key, out) = (shop.word("frontmcp.deploy.yaml"), shop.word("key.pem"), shop.word("b.jws"));
    let words = ["build", "--manifest", &manifest, "--key", &key, "--kid", "other", "-o", &out];
    let said = super::super::testing::said(&words);
    assert!(said.err.contains("warning[unknown-kid]") && said.err.contains("`shop-2026`"), "{}", said.err);
    said.done();
}

#[test]
fn a_key_of_another_algorithm_is_refused() {
    let shop = Shop::new();
    let rsa = include_str!("../../../../../tests/golden/bundle/rs256-test-only.pem");
    shop.write("key.pem", rsa.as_bytes());
    let failed = shop.build("b.jws", &[]).failed();
    assert!(failed.contains("error[signing-algorithm]") && failed.contains("keygen"), "{failed}");
    assert!(!shop.path("b.jws").exists());
}

#[test]
fn a_key_that_is_none_is_named_but_never_shown() {
    let shop = Shop::new();
    shop.write("key.pem", b"hunter2");
    let failed = shop.build("b.jws", &[]).failed();
    assert!(failed.contains("key.pem holds no private key to sign with: neither PEM"), "{failed}");
    assert!(!failed.contains("hunter2"));
    fs::remove_file(shop.path("key.pem")).unwrap();
    assert!(shop.build("b.jws", &[]).failed().contains("reading the private key from"));
}

#[test]
fn keys_come_from_variables_too() {
    let shop = Shop::new();
    let pem = fs::read_to_string(shop.path("key.pem")).unwrap();
    let source = KeySource { key: None, key_env: Some("DEPLOY_KEY".to_owned()) };
    let one_line = pem.replace('\n', "\\n");
    let variable = |name: &str| (name == "DEPLOY_KEY").then(|| one_line.clone());
    assert_eq!(*source.read(&variable).unwrap().to_pem(), pem);
    let absent = source.read(&|_| None).unwrap_err();
    assert!(format!("{absent:#}").contains("DEPLOY_KEY"), "{absent:#}");
}

#[test]
fn exactly_one_key_is_wanted() {
    let build = ["build", "--kid", "a", "-o", "b"];
    for more in [&[][..], &["--key", "k", "--key-env", "K"]] {
        assert!(parse(&[&build, more].concat()).is_err(), "{more:?}");
    }
    assert!(parse(&["build", "--key", "k", "-o", "b"]).is_err(), "a kid is wanted");
    for more in [["--seq", "0"], ["--seq", "9007199254740992"], ["--expires-in", "0"]] {
        assert!(parse(&[&build[..], &["--key", "k"], &more].concat()).is_err(), "{more:?}");
    }
    assert!(parse(&["build", "--key", "k", "-o", "b", "--kid", "a\nb"]).is_err());
    assert!(parse(&[&build[..], &["--key-env", "K"]].concat()).is_ok());
}
