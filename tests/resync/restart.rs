//! What a host finds in its storage when it starts again.

use std::sync::Arc;

use frontmcp_core::ports::{Events, Storage};
use frontmcp_host::boot::session_ports;
use frontmcp_host::store::Store;
use frontmcp_tests::{Deployed, Legacy};
use serde_json::json;

use super::{greet, storage};

#[tokio::test]
async fn the_newest_good_bundle_is_served_again_and_old_envelopes_stay_out() {
    let folder = tempfile::tempdir().unwrap();
    let payload = Deployed::payload(greet("Kept."));
    let (envelope, sha256) = {
        let deployed = Deployed::new(storage(&folder));
        let envelope = deployed.envelope(5, &payload);
        let (_, answer) = deployed.push(envelope.clone()).await;
        assert_eq!(answer["status"], "applied");
        (envelope, answer["bundleSha256"].clone())
    };
    let deployed = Deployed::waiting(storage(&folder));
    let restored = deployed.host.restore(None).await.unwrap();
    assert_eq!((restored.bundle_sha256.as_deref(), restored.skipped.len()), (sha256.as_str(), 0));
    assert_eq!(deployed.push(envelope).await.1["status"], "replayed");
    let (_, answer) = deployed.push(deployed.envelope(4, &Deployed::payload(greet("Old.")))).await;
    assert_eq!((&answer["status"], &answer["highWater"]), (&json!("rollback_refused"), &json!(5)));
    let (_, answer) = deployed.push(deployed.envelope(6, &payload)).await;
    assert_eq!((&answer["status"], &answer["activeSha256"]), (&json!("noop"), &sha256));
}

#[tokio::test]
async fn a_bundle_of_another_structure_than_the_server_was_started_with_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Deployed::new(storage(&folder));
    deployed.push(deployed.envelope(1, &Deployed::payload(greet("Kept.")))).await;
    drop(deployed);
    let mut manifest = Deployed::manifest();
    assert!(
        Deployed::waiting(storage(&folder))
            .host
            .restore(Some(&manifest))
            .await
            .unwrap()
            .bundle_sha256
            .is_some()
    );
    manifest.runtime.compatibility_date = "2026-07-01".to_owned();
    let deployed = Deployed::waiting(storage(&folder));
    let restored = deployed.host.restore(Some(&manifest)).await.unwrap();
    assert_eq!(restored.bundle_sha256, None);
    assert!(restored.skipped[0].contains("runtime.compatibilityDate"), "{restored:?}");
}

#[tokio::test]
async fn a_candidate_that_never_became_good_is_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(&folder);
    let deployed = Deployed::new(storage.clone());
    let good = deployed.push(deployed.envelope(1, &Deployed::payload(greet("Good.")))).await.1;
    // As far as a process gets that is killed between the two.
    let nonce = frontmcp_core::ports::bundles::Nonce {
        id: "n".repeat(16),
        envelope: "e".to_owned(),
        expires_ms: u64::MAX >> 1,
        reserved: false,
    };
    let candidate = frontmcp_core::ports::bundles::Candidate {
        bundle_sha256: "0".repeat(64),
        seq: 9,
        kid: "k".to_owned(),
        received_ms: 0,
        envelope: frontmcp_core::ports::bundles::Packed {
            encoding: "identity".to_owned(),
            bytes: "{}".into(),
        },
        blobs: Vec::new(),
    };
    storage.bundles.stage(nonce, candidate).await.unwrap();
    let again = Deployed::waiting(storage);
    let restored = again.host.restore(None).await.unwrap();
    assert_eq!(restored.bundle_sha256.as_deref(), good["bundleSha256"].as_str());
    assert!(restored.skipped.is_empty());
}

#[tokio::test]
async fn what_was_live_from_local_files_is_kept_once_it_is_pushed() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(&folder);
    let deployed = Deployed::new(storage.clone());
    let payload = Deployed::payload(|_| ());
    let (_, answer) = deployed.push(deployed.envelope(1, &payload)).await;
    assert_eq!(answer["status"], "noop");
    assert_eq!(storage.bundles.history().await.unwrap().len(), 1);
    // Kept once is enough.
    assert_eq!(deployed.push(deployed.envelope(2, &payload)).await.1["status"], "noop");
    assert_eq!(storage.bundles.history().await.unwrap().len(), 1);
    let again = Deployed::waiting(storage);
    let restored = again.host.restore(None).await.unwrap();
    assert_eq!(restored.bundle_sha256.as_deref(), answer["bundleSha256"].as_str());
}

/// A host that starts over what the one before left.
fn started(store: &Arc<Store>) -> Deployed {
    let storage = Storage { bundles: store.clone(), blobs: store.clone(), audit: store.clone() };
    Deployed::over(storage, Some(session_ports(store.clone())))
}

#[tokio::test]
async fn a_resumed_stream_hears_once_that_the_server_was_started_with_another_deployment() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(folder.path(), 3).unwrap());
    let first = started(&store);
    first.publish();
    assert_eq!(first.push(first.envelope(1, &Deployed::payload(greet("One.")))).await.1["status"], "applied");
    let client = Legacy::new(first.host.clone()).begin("2025-11-25").await;
    let mut id = client.stream(None).await.events.next().await.unwrap().id.unwrap();
    drop(first);

    let same = started(&store);
    same.host.restore(None).await.unwrap();
    let back = Legacy { host: same.host.clone(), ..client.clone() };
    assert!(back.stream(Some(&id)).await.events.is_quiet().await);
    assert_eq!(store.newest().await.unwrap(), 0, "nothing was said to anybody");
    drop(same);

    for is_other in [true, false] {
        let local = started(&store);
        local.publish();
        let back = Legacy { host: local.host.clone(), ..client.clone() };
        let mut stream = back.stream(Some(&id)).await;
        for kind in ["skills", "tools", "resources", "prompts"].iter().filter(|_| is_other) {
            let event = stream.events.word().await;
            assert_eq!(event.message()["method"], format!("notifications/{kind}/list_changed"));
            id = event.id.unwrap();
        }
        assert!(stream.events.is_quiet().await);
    }
}
