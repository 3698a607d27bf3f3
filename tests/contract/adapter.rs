//! What only the platform with many bindings has to show: one of them fails, and nothing is lost or half-done.

use std::sync::Arc;

use bytes::Bytes;
use frontmcp_core::audit::verify::{Extent, Verifier};
use frontmcp_core::bundle::keys::PublicKey;
use frontmcp_core::ports::audit::Entry;
use frontmcp_core::ports::bundles::Packed;
use frontmcp_core::ports::{Audit, Blobs, Bundles, Sessions};
use frontmcp_tests::{EdgeStore, adapter};
use wit_component::{DecodedWasm, decode};

use super::sessions::{MANY, session};
use super::{HISTORY, NOW_MS, accept, candidate, nonce, promoted};

#[test]
fn the_component_imports_nothing() {
    let DecodedWasm::Component(resolve, world) = decode(&std::fs::read(adapter()).unwrap()).unwrap() else {
        panic!("not a component")
    };
    let world = &resolve.worlds[world];
    assert_eq!(world.imports.len(), 0, "{:?}", world.imports);
    let exports: Vec<String> = world.exports.keys().map(|key| resolve.name_world_key(key)).collect();
    let interfaces = ["bindings", "storage-plan", "target"];
    assert_eq!(exports, interfaces.map(|name| format!("frontmcp:adapter/{name}@0.1.0")));
}

#[tokio::test]
async fn a_key_value_store_that_fails_loses_no_push() {
    let store = EdgeStore::new(HISTORY);
    store.bound.fail("BUNDLE_CACHE", true);
    store.bound.fail("REPLAY_NONCE", true);
    accept(&store, candidate(1)).await;
    assert_eq!(store.history().await.unwrap().len(), 1);
    store.spend(nonce("n"), None, 0).await.unwrap();
    assert!(store.standing("n").await.unwrap().seen.is_some(), "the object decides");
    store.bound.fail("BUNDLE_CACHE", false);
    accept(&store, candidate(2)).await;
    accept(&store, candidate(3)).await;
    assert_eq!(store.bound.keys("BUNDLE_CACHE"), ["newest"], "older ones do not pile up");
}

#[tokio::test]
async fn a_database_that_fails_is_named_and_nothing_is_half_done() {
    let store = EdgeStore::new(HISTORY);
    store.append(vec![promoted()]).await.unwrap();
    store.bound.fail("AUDIT", true);
    let fault = store.append(vec![promoted(), promoted()]).await.unwrap_err();
    assert!(fault.detail.contains("AUDIT (D1)"), "{}", fault.detail);
    store.bound.fail("AUDIT", false);
    assert_eq!(store.append(vec![promoted()]).await.unwrap().sequence, 2);
    assert_eq!(store.records(0, 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_promotion_that_could_not_be_recorded_is_recorded_later() {
    let store = EdgeStore::new(HISTORY);
    let id = store.stage(nonce("a"), candidate(1)).await.unwrap();
    store.bound.fail("AUDIT", true);
    store.promote(id, promoted()).await.unwrap();
    assert_eq!(store.history().await.unwrap().len(), 1, "it is promoted all the same");
    assert!(store.append(vec![promoted()]).await.is_err());
    store.bound.fail("AUDIT", false);
    let later = EdgeStore::over(store.bound.clone(), HISTORY);
    assert_eq!(later.append(vec![promoted()]).await.unwrap().sequence, 2, "what was left over comes first");
    let id = store.stage(nonce("b"), candidate(2)).await.unwrap();
    later.bound.fail("AUDIT", true);
    later.promote(id, promoted()).await.unwrap();
    later.bound.fail("AUDIT", false);
    let signed = later.checkpoint(NOW_MS).await.unwrap().unwrap();
    assert_eq!(signed.sequence, 3, "or before the next checkpoint");
}

#[tokio::test]
async fn records_whose_answer_was_lost_are_not_written_twice() {
    let store = EdgeStore::new(HISTORY);
    store.append(vec![promoted()]).await.unwrap();
    store.bound.lose_answer("AUDIT");
    assert_eq!(store.append(vec![promoted(), promoted()]).await.unwrap().sequence, 3);
    assert_eq!(store.append(vec![promoted()]).await.unwrap().sequence, 4);
    assert_eq!(store.records(0, 9).await.unwrap().len(), 4);
}

#[tokio::test]
async fn two_writers_make_one_chain() {
    let first = Arc::new(EdgeStore::new(HISTORY));
    let second = Arc::new(EdgeStore::over(first.bound.clone(), HISTORY));
    for turn in 0..10 {
        for (store, name) in [(&first, "first"), (&second, "second"), (&second, "third")] {
            // Two calls never have one id.
            let call = Some(format!("{name}-{turn}"));
            store.append(vec![Entry { call, ..promoted() }]).await.unwrap();
        }
    }
    let mut verifier = Verifier::new(vec![PublicKey::parse(&first.public_jwk()).unwrap()], Extent::Whole);
    for kept in first.records(0, 100).await.unwrap() {
        verifier.record(&kept).unwrap();
    }
    assert_eq!(verifier.finish().unwrap().records, 30);
}

#[tokio::test]
async fn a_large_envelope_comes_back_byte_for_byte() {
    let store = EdgeStore::new(HISTORY);
    let bytes: Vec<u8> = (0..5_u32 << 20).map(|n| (n % 251) as u8).collect();
    let envelope = Packed { encoding: "zstd".to_owned(), bytes: Bytes::from(bytes) };
    let id = store.stage(
        nonce("a"),
        frontmcp_core::ports::bundles::Candidate { envelope: envelope.clone(), ..candidate(1) },
    );
    let id = id.await.unwrap();
    store.promote(id, promoted()).await.unwrap();
    assert!(store.envelope(id).await.unwrap() == Some(envelope));
}

#[tokio::test]
async fn a_number_no_platform_holds_is_refused_rather_than_rounded() {
    let store = EdgeStore::new(HISTORY);
    store.create("a", session("p"), MANY).await.unwrap();
    let fault = store.touch("a", 1 << 53).await.unwrap_err();
    assert!(fault.detail.contains("9007199254740992"), "{}", fault.detail);
    assert_eq!(store.get_session("a").await, NOW_MS);
}

#[tokio::test]
async fn artifacts_are_in_the_bucket_for_as_long_as_somebody_names_them() {
    let store = EdgeStore::new(1);
    store.expect(vec!["x".to_owned()], 5).await.unwrap();
    store.put("x", Bytes::from_static(b"bytes")).await.unwrap();
    assert_eq!(store.bound.keys("SKILL_DATA"), ["blobs/x"]);
    let naming = frontmcp_core::ports::bundles::Candidate { blobs: vec!["x".to_owned()], ..candidate(1) };
    accept(&store, naming).await;
    store.spend(nonce("n"), None, 100).await.unwrap();
    assert_eq!(store.bound.keys("SKILL_DATA"), ["blobs/x"], "a good bundle names it");
    accept(&store, candidate(2)).await;
    assert!(store.bound.keys("SKILL_DATA").is_empty(), "nobody names it any more");
}

trait Seen {
    async fn get_session(&self, id: &str) -> u64;
}

impl Seen for EdgeStore {
    async fn get_session(&self, id: &str) -> u64 {
        Sessions::get(self, id).await.unwrap().unwrap().seen_ms
    }
}
