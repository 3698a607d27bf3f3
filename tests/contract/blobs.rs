//! Blobs: expected, here, named by a bundle, forgotten.

use bytes::Bytes;
use frontmcp_core::ports::bundles::Candidate;

use super::{NOW_MS, Storage, accept, candidate, for_every_store, names, nonce};

for_every_store! {
    a_fresh_store_misses_everything_and_expects_nothing,
    what_is_missing_is_told_in_the_order_asked,
    an_expected_blob_is_taken_and_given_back_byte_for_byte,
    what_is_not_expected_is_not_taken,
    an_expectation_ends_at_its_time,
    an_expectation_is_prolonged_and_never_shortened,
    a_blob_that_is_here_is_expected_at_any_time,
    expecting_a_blob_that_is_here_does_not_lose_it,
    a_promotion_forgets_what_expired_and_nobody_names,
    a_blob_stays_as_long_as_a_kept_bundle_names_it,
    a_blob_of_a_candidate_that_is_forgotten_goes_with_it,
}

async fn put(store: &dyn Storage, name: &str, expires_ms: u64) {
    store.expect(names(&[name]), expires_ms).await.unwrap();
    store.put(name, Bytes::copy_from_slice(name.as_bytes())).await.unwrap();
}

async fn is_here(store: &dyn Storage, name: &str) -> bool {
    let bytes = store.get(name).await.unwrap();
    assert!(bytes.as_ref().is_none_or(|bytes| *bytes == name), "{name} has other bytes");
    assert_eq!(store.missing(names(&[name])).await.unwrap().is_empty(), bytes.is_some());
    bytes.is_some()
}

fn naming(seq: u64, blobs: &[&str]) -> Candidate {
    Candidate { blobs: names(blobs), ..candidate(seq) }
}

async fn a_fresh_store_misses_everything_and_expects_nothing(store: &dyn Storage) {
    assert_eq!(store.missing(names(&["a"])).await.unwrap(), ["a"]);
    assert!(store.missing(Vec::new()).await.unwrap().is_empty());
    assert!(!store.is_expected("a", 0).await.unwrap());
    assert_eq!(store.get("a").await.unwrap(), None);
}

async fn what_is_missing_is_told_in_the_order_asked(store: &dyn Storage) {
    put(store, "b", NOW_MS).await;
    store.expect(names(&["z", "a"]), NOW_MS).await.unwrap();
    let missing = store.missing(names(&["z", "b", "m", "a"])).await.unwrap();
    assert_eq!(missing, ["z", "m", "a"], "what is only expected is missing");
}

async fn an_expected_blob_is_taken_and_given_back_byte_for_byte(store: &dyn Storage) {
    let every_byte: Vec<u8> = (0..=u8::MAX).cycle().take(300_001).collect();
    for (name, bytes) in [("large", every_byte), ("empty", Vec::new())] {
        store.expect(names(&[name]), NOW_MS).await.unwrap();
        assert!(store.is_expected(name, NOW_MS).await.unwrap());
        assert_eq!(store.get(name).await.unwrap(), None);
        store.put(name, bytes.clone().into()).await.unwrap();
        assert!(store.get(name).await.unwrap() == Some(Bytes::from(bytes)), "{name} differs");
        assert!(store.missing(names(&[name])).await.unwrap().is_empty());
    }
}

async fn what_is_not_expected_is_not_taken(store: &dyn Storage) {
    store.expect(names(&["a"]), NOW_MS).await.unwrap();
    assert!(store.put("b", Bytes::from_static(b"b")).await.is_err());
    assert!(!is_here(store, "b").await);
    assert!(!store.is_expected("b", 0).await.unwrap());
}

async fn an_expectation_ends_at_its_time(store: &dyn Storage) {
    store.expect(names(&["a"]), NOW_MS).await.unwrap();
    assert!(store.is_expected("a", 0).await.unwrap());
    assert!(store.is_expected("a", NOW_MS).await.unwrap());
    assert!(!store.is_expected("a", NOW_MS + 1).await.unwrap());
}

async fn an_expectation_is_prolonged_and_never_shortened(store: &dyn Storage) {
    for expires_ms in [NOW_MS, NOW_MS + 5, NOW_MS - 5] {
        store.expect(names(&["a"]), expires_ms).await.unwrap();
    }
    assert!(store.is_expected("a", NOW_MS + 5).await.unwrap());
    assert!(!store.is_expected("a", NOW_MS + 6).await.unwrap());
}

async fn a_blob_that_is_here_is_expected_at_any_time(store: &dyn Storage) {
    put(store, "a", NOW_MS).await;
    assert!(store.is_expected("a", NOW_MS + 1).await.unwrap());
    store.put("a", Bytes::from_static(b"a")).await.unwrap();
    assert!(is_here(store, "a").await);
}

async fn expecting_a_blob_that_is_here_does_not_lose_it(store: &dyn Storage) {
    put(store, "a", NOW_MS - 1).await;
    store.expect(names(&["a"]), NOW_MS).await.unwrap();
    assert!(is_here(store, "a").await);
    accept(store, candidate(1)).await;
    assert!(is_here(store, "a").await, "and keeps it longer");
}

async fn a_promotion_forgets_what_expired_and_nobody_names(store: &dyn Storage) {
    put(store, "over", NOW_MS - 1).await;
    put(store, "last moment", NOW_MS).await;
    store.expect(names(&["awaited, over"]), NOW_MS - 1).await.unwrap();
    store.expect(names(&["awaited"]), NOW_MS).await.unwrap();
    assert!(is_here(store, "over").await, "nothing is forgotten before a promotion");
    accept(store, candidate(1)).await;
    assert!(!is_here(store, "over").await);
    assert!(is_here(store, "last moment").await);
    assert!(store.put("awaited, over", Bytes::new()).await.is_err());
    assert!(store.is_expected("awaited", NOW_MS).await.unwrap());
}

async fn a_blob_stays_as_long_as_a_kept_bundle_names_it(store: &dyn Storage) {
    put(store, "shared", NOW_MS - 1).await;
    put(store, "own", NOW_MS - 1).await;
    accept(store, naming(1, &["shared", "own", "shared"])).await;
    accept(store, naming(2, &["shared"])).await;
    accept(store, candidate(3)).await;
    assert!(is_here(store, "shared").await && is_here(store, "own").await);
    accept(store, candidate(4)).await;
    assert!(is_here(store, "shared").await, "the second bundle is kept");
    assert!(!is_here(store, "own").await, "the first one is not");
    accept(store, candidate(5)).await;
    assert!(!is_here(store, "shared").await);
}

async fn a_blob_of_a_candidate_that_is_forgotten_goes_with_it(store: &dyn Storage) {
    put(store, "a", NOW_MS - 1).await;
    store.stage(nonce("left"), naming(1, &["a"])).await.unwrap();
    assert!(is_here(store, "a").await);
    accept(store, candidate(2)).await;
    assert!(!is_here(store, "a").await);
}
