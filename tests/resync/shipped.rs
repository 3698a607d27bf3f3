//! A host of many instances: which bundle the one that accepts them serves when it starts, and what the others are told.

use bytes::Bytes;
use frontmcp_core::ports::bundles::Packed;
use frontmcp_tests::{Deployed, Legacy, Signer};
use serde_json::{Value, json};

use super::{greet, storage};

fn packed(envelope: &[u8]) -> Packed {
    Packed { encoding: "identity".to_owned(), bytes: Bytes::copy_from_slice(envelope) }
}

/// The `seq`th bundle, which greets like this, as it is shipped with a program.
fn shipped(deployed: &Deployed, seq: u64, text: &'static str) -> Packed {
    packed(&deployed.envelope(seq, &Deployed::payload(greet(text))))
}

/// The first line of how the server greets.
async fn greeting(deployed: &Deployed) -> String {
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).to_string();
    let headers = [("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
    let (status, answer) = deployed.send(http::Method::POST, "/mcp", &headers, body).await;
    let text = answer["result"]["instructions"].as_str().unwrap_or_else(|| panic!("{status}: {answer}"));
    text.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn the_newest_of_what_was_shipped_and_what_was_pushed_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let first = Deployed::waiting(storage(&folder));
    let oldest = shipped(&first, 1, "Shipped first.");
    assert_eq!(first.host.boot(&oldest).await.unwrap(), Vec::<String>::new());
    assert_eq!(greeting(&first).await, "Shipped first.");
    let current = first.host.current().await.unwrap().unwrap();
    assert_eq!(first.host.published().unwrap().bundle_sha256(), current.bundle_sha256);
    assert_eq!(current.envelope, Some(oldest.clone()), "it is kept like one that was pushed");
    let (_, answer) = first.push(first.envelope(2, &Deployed::payload(greet("Pushed.")))).await;
    assert_eq!(answer["status"], "applied");
    drop(first);

    let second = Deployed::waiting(storage(&folder));
    assert_eq!(second.host.boot(&oldest).await.unwrap(), Vec::<String>::new());
    assert_eq!(greeting(&second).await, "Pushed.");
    drop(second);

    let third = Deployed::waiting(storage(&folder));
    third.host.boot(&shipped(&third, 3, "Shipped again.")).await.unwrap();
    assert_eq!(greeting(&third).await, "Shipped again.");
    let (_, answer) = third.push(third.envelope(2, &Deployed::payload(greet("Late.")))).await;
    assert_eq!(answer["status"], "replayed", "what was shipped counts in the order of pushes");
}

#[tokio::test]
async fn what_was_pushed_for_other_bindings_is_passed_over_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let first = Deployed::waiting(storage(&folder));
    first.host.boot(&shipped(&first, 1, "Shipped.")).await.unwrap();
    first.push(first.envelope(9, &Deployed::payload(greet("Pushed.")))).await;
    drop(first);
    let other = |bundle: &mut Value| {
        greet("Other bindings.")(bundle);
        bundle["manifest"]["runtime"]["compatibilityDate"] = json!("2026-07-01");
    };
    let second = Deployed::waiting(storage(&folder));
    let shipped = packed(&second.envelope(5, &Deployed::payload(other)));
    let skipped = second.host.boot(&shipped).await.unwrap();
    assert!(skipped[0].contains("runtime.compatibilityDate"), "{skipped:?}");
    assert_eq!(greeting(&second).await, "Other bindings.");
    let current = second.host.current().await.unwrap().unwrap();
    assert_eq!(current.envelope, None, "every instance was shipped with it");
}

#[tokio::test]
async fn a_shipped_bundle_that_cannot_be_trusted_is_not_served_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Deployed::waiting(storage(&folder));
    let payload = Deployed::payload(greet("Never."));
    let good = deployed.envelope(1, &payload);
    let stranger = Signer::new(2);
    let mut unknown = Signer::new(1);
    "somebody-else".clone_into(&mut unknown.kid);
    let sign = |signer: &Signer| packed(&signer.sign(&signer.header(1, 1_790_000_000_000), &payload));
    for (shipped, reason) in [
        (packed(&good[..good.len() / 2]), "is damaged"),
        (packed(b""), "is damaged"),
        (Packed { encoding: "brotli".to_owned(), ..packed(&good) }, "is packed in an unknown way"),
        (Packed { encoding: "gzip".to_owned(), ..packed(&good) }, "does not unpack"),
        (packed(&deployed.envelope(1, b"{}")), "is none"),
        (sign(&stranger), "is not trusted"),
        (sign(&unknown), "cannot be verified"),
    ] {
        for outcome in [
            deployed.host.boot(&shipped).await.map(drop),
            deployed.host.open_shipped(&shipped).await.map(drop),
        ] {
            let fault = outcome.expect_err(reason);
            assert!(fault.detail.contains(reason), "{reason}: {}", fault.detail);
        }
        assert!(deployed.host.published().is_none());
    }
    deployed.host.boot(&packed(&good)).await.unwrap();
    assert_eq!(greeting(&deployed).await, "Never.", "the same storage serves the good one");
}

#[tokio::test]
async fn other_instances_serve_what_was_accepted_and_tell_nobody() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let accepting = Deployed::waiting(storage(&here));
    assert_eq!(accepting.host.current().await.unwrap(), None, "nothing is live yet");
    let shipped = shipped(&accepting, 1, "Shipped.");
    accepting.host.boot(&shipped).await.unwrap();
    accepting.push(accepting.envelope(2, &Deployed::payload(greet("Pushed.")))).await;
    let current = accepting.host.current().await.unwrap().unwrap();
    let (packed, sha256) = (current.envelope.unwrap(), current.bundle_sha256);

    let serving = Deployed::waiting(storage(&there));
    serving.host.adopt(&serving.host.open_shipped(&shipped).await.unwrap());
    assert_eq!(greeting(&serving).await, "Shipped.");
    let client = Legacy::new(serving.host.clone());
    let mut stream = client.stream(None).await;
    let published = serving.host.open_accepted(&packed, &sha256).await.unwrap();
    assert_eq!(published.bundle_sha256(), sha256);
    serving.host.adopt(&published);
    assert_eq!(greeting(&serving).await, "Pushed.");
    assert!(stream.events.is_quiet().await, "who accepted it told of it");

    let damaged = Packed { bytes: packed.bytes.slice(..packed.bytes.len() / 2), ..packed.clone() };
    for (packed, sha256) in [(&damaged, &*sha256), (&packed, &"0".repeat(64))] {
        assert!(serving.host.open_accepted(packed, sha256).await.is_err());
    }
    assert_eq!(greeting(&serving).await, "Pushed.", "it goes on with what it has");
}

#[tokio::test]
async fn who_can_ask_nobody_serves_a_copy_only_if_it_is_newer_and_trusted_and_fits() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Deployed::waiting(storage(&folder));
    let ours = shipped(&deployed, 5, "Shipped.");
    let other = |bundle: &mut Value| bundle["manifest"]["runtime"]["compatibilityDate"] = json!("2026-07-01");
    let stranger = Signer::new(2);
    let forged = stranger.sign(&stranger.header(6, 1_790_000_000_000), &Deployed::payload(greet("Copy.")));
    let newer = shipped(&deployed, 6, "Copy.");
    let half = Packed { bytes: newer.bytes.slice(..newer.bytes.len() / 2), ..newer.clone() };
    for (copy, served, reason) in [
        (None, "Shipped.", None),
        (Some(newer), "Copy.", None),
        (Some(shipped(&deployed, 4, "Copy.")), "Shipped.", None),
        (Some(packed(&forged)), "Shipped.", Some("signature")),
        (Some(half), "Shipped.", Some("is damaged")),
        (
            Some(packed(&deployed.envelope(6, &Deployed::payload(other)))),
            "Shipped.",
            Some("compatibilityDate"),
        ),
    ] {
        let (published, passed_over) = deployed.host.open_fallback(&ours, copy.as_ref()).await.unwrap();
        deployed.host.adopt(&published);
        assert_eq!(greeting(&deployed).await, served);
        assert_eq!(passed_over.is_some(), reason.is_some(), "{passed_over:?}");
        assert!(passed_over.unwrap_or_default().contains(reason.unwrap_or_default()), "{reason:?}");
    }
}
