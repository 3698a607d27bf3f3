//! Artifacts that travel beside a bundle: named by a verified envelope first, uploaded second.

use bytes::Bytes;
use frontmcp_core::bundle::sha256_hex;
use frontmcp_tests::Deployed;
use http::Method;
use serde_json::{Value, json};

use super::storage;

/// A bundle with one artifact too large for it.
fn with_large(text: &str) -> impl FnOnce(&mut Value) {
    let digest = sha256_hex(text.as_bytes());
    let size = text.len();
    move |bundle| {
        bundle["artifacts"][&digest] = json!({ "size": size });
        bundle["skills"]["refund-order"]["files"]["data/large.txt"] = json!(digest);
    }
}

#[tokio::test]
async fn large_artifacts_are_asked_for_uploaded_and_then_part_of_the_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Deployed::new(storage(&folder));
    let text = "large ".repeat(50_000);
    let digest = sha256_hex(text.as_bytes());
    let path = format!("/_frontmcp/blobs/{digest}");
    let envelope = deployed.envelope(1, &Deployed::payload(with_large(&text)));
    let put = |body: String| deployed.send(Method::PUT, &path, &[], body);

    assert_eq!(put(text.clone()).await.0, 403, "nobody named it yet");
    let (status, answer) = deployed.push(envelope.clone()).await;
    assert_eq!(
        (status, &answer["status"], &answer["blobs"]),
        (409, &json!("blobs_missing"), &json!([digest]))
    );
    let (status, answer) = put("something else".to_owned()).await;
    assert_eq!((status, &answer["status"]), (422, &json!("blob_refused")));
    let (status, answer) = put(text.clone()).await;
    assert_eq!((status, &answer["status"]), (200, &json!("stored")), "{answer}");
    // The nonce was kept for this very envelope, and is spent by it.
    let (status, answer) = deployed.push(envelope.clone()).await;
    assert_eq!((status, &answer["status"]), (200, &json!("applied")), "{answer:#}");
    assert_eq!(deployed.push(envelope).await.1["status"], "replayed");
    // The next bundle finds it where it is.
    let next = Deployed::payload(|bundle| {
        with_large(&text)(bundle);
        super::greet("Next.")(bundle);
    });
    assert_eq!(deployed.push(deployed.envelope(2, &next)).await.1["status"], "applied");
    assert!(deployed.faults().is_empty());
}

#[tokio::test]
async fn a_nonce_kept_for_one_envelope_is_no_good_for_another() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Deployed::new(storage(&folder));
    let text = "x".repeat(300_000);
    assert_eq!(deployed.push(deployed.envelope(1, &Deployed::payload(with_large(&text)))).await.0, 409);
    let other = deployed.envelope(1, &Deployed::payload(super::greet("Other.")));
    assert_eq!(deployed.push(other).await.1["status"], "replayed");
}

#[tokio::test]
async fn uploads_are_refused_before_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Deployed::new(storage(&folder));
    let digest = "0".repeat(64);
    type Headers = &'static [(&'static str, &'static str)];
    let table: [(Method, String, Headers, u16); 6] = [
        (Method::PUT, digest.clone(), &[], 403),
        (Method::POST, digest.clone(), &[], 405),
        (Method::PUT, digest.clone(), &[("content-encoding", "gzip")], 415),
        (Method::PUT, "0".repeat(63), &[], 404),
        (Method::PUT, "A".repeat(64), &[], 404),
        (Method::PUT, format!("../{digest}"), &[], 404),
    ];
    for (verb, name, headers, status) in table {
        let (found, answer) =
            deployed.send(verb, &format!("/_frontmcp/blobs/{name}"), headers, Bytes::new()).await;
        assert_eq!(found, status, "{name}: {answer}");
    }
}
