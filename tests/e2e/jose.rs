//! An independent JOSE library reads what `deploy build` signs, and the server takes what that library signs.

use std::path::Path;

use frontmcp_tests::{Site, push, run_to_end};
use serde_json::{Value, json};

use super::clients::node_script;

const KEY: &str = "BUNDLE_PUBLIC_KEY";
const KID: &str = "acme-shop-2026";

/// Makes a key pair with the program: the private key's file, and what `keygen` says about it.
fn keygen(site: &Site, algorithm: &str) -> (String, Value) {
    let file = format!("{algorithm}.pem");
    let words = ["deploy", "keygen", "--kid", KID, "--out", &file, "--algorithm", algorithm, "--json"];
    let (code, out, err) = site.run(&words, &[], "");
    assert_eq!(code, 0, "{err}");
    (file, serde_json::from_str(&out).unwrap())
}

fn node(words: &[&str]) -> Value {
    serde_json::from_str(&run_to_end(node_script("jose.mjs").args(words))).unwrap()
}

fn path(folder: &Path, file: &str) -> String {
    folder.join(file).to_str().unwrap().to_owned()
}

/// The deployment under another algorithm; the reference uses Ed25519.
fn sign_with(site: &Site, algorithm: &str) {
    let file = site.path().join("frontmcp.deploy.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("algorithm: ed25519", &format!("algorithm: {algorithm}"))).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_are_understood_both_ways() {
    for (algorithm, name) in [("ed25519", "EdDSA"), ("rs256", "RS256")] {
        let site = Site::new();
        sign_with(&site, algorithm);
        let (key, public) = keygen(&site, algorithm);
        let words = ["deploy", "build", "--key", &key, "--kid", KID, "-o", "bundle.json", "--json"];
        let (code, out, err) = site.run(&words, &[], "");
        assert_eq!(code, 0, "{err}");
        let built: Value = serde_json::from_str(&out).unwrap();

        // Ours, read by them.
        let jwk = path(site.path(), "public.jwk");
        std::fs::write(&jwk, public["jwk"].to_string()).unwrap();
        let envelope = path(site.path(), "bundle.json");
        let verified = node(&["verify", &envelope, &jwk]);
        assert_eq!(verified["header"]["alg"], name);
        assert_eq!(verified["sha256"], built["bundleSha256"]);

        // Theirs, taken by us.
        let pem = public["publicKey"].as_str().unwrap().to_owned();
        let data = path(site.path(), "data");
        let server = site.serve(&["--data", &data], &[(KEY, &pem)]);
        let private = path(site.path(), "private.jwk");
        run_to_end(
            node_script("to-jwk.mjs").args([&path(site.path(), &key), &private]),
        );
        let theirs = node(&["sign", &envelope, &private, name, "1"]);
        let (status, answer) = push(server.origin(), theirs.to_string()).await;
        assert_eq!((status, &answer["bundleSha256"]), (200, &built["bundleSha256"]), "{answer:#}");
        assert_eq!(answer["status"], json!("noop"), "it is what is served already");
    }
}
