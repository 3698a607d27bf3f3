//! Bundles: nonces, the high-water mark, candidates and the history of good ones.

use frontmcp_core::ports::Bundles;
use frontmcp_core::ports::bundles::{Candidate, GoodBundle, Nonce, Packed, Standing};
use futures_util::future::join_all;

use super::{HISTORY, NOW_MS, accept, candidate, for_every_store, nonce, promoted, reserved};

for_every_store! {
    a_fresh_store_has_seen_nothing,
    a_spent_nonce_is_seen_as_it_was_given,
    a_staged_nonce_is_seen_as_it_was_given,
    a_seen_nonce_is_refused_and_changes_nothing,
    a_reserved_nonce_may_come_again_with_the_same_envelope_only,
    a_reservation_ends_with_the_nonce_being_spent,
    the_high_water_mark_only_rises,
    going_back_to_an_older_bundle_does_not_lower_the_mark,
    a_candidate_touches_nothing_that_is_good,
    the_last_one_promoted_is_the_newest,
    the_history_keeps_the_newest_ones,
    an_older_good_bundle_can_be_made_the_newest_again,
    a_promotion_forgets_the_other_candidates,
    a_pruned_bundle_is_gone,
    an_envelope_comes_back_byte_for_byte,
    an_unknown_id_has_no_envelope_and_is_not_promoted,
    expired_nonces_are_forgotten_at_a_promotion_and_others_are_not,
    of_many_that_stage_one_nonce_one_succeeds,
    of_many_that_stage_at_once_all_succeed,
}

async fn high_water(bundles: &dyn Bundles) -> u64 {
    bundles.standing("any").await.unwrap().high_water
}

async fn seen(bundles: &dyn Bundles, id: &str) -> Option<Nonce> {
    bundles.standing(id).await.unwrap().seen
}

async fn kept_ids(bundles: &dyn Bundles) -> Vec<u64> {
    bundles.history().await.unwrap().iter().map(|bundle| bundle.id).collect()
}

async fn a_fresh_store_has_seen_nothing(bundles: &dyn Bundles) {
    assert_eq!(bundles.standing("a").await.unwrap(), Standing { high_water: 0, seen: None });
    assert_eq!(bundles.history().await.unwrap(), []);
}

async fn a_spent_nonce_is_seen_as_it_was_given(bundles: &dyn Bundles) {
    bundles.spend(nonce("a"), None, 0).await.unwrap();
    bundles.spend(reserved("b"), None, 0).await.unwrap();
    assert_eq!(seen(bundles, "a").await, Some(nonce("a")));
    assert_eq!(seen(bundles, "b").await, Some(reserved("b")));
    assert_eq!(seen(bundles, "A").await, None);
}

async fn a_staged_nonce_is_seen_as_it_was_given(bundles: &dyn Bundles) {
    let id = bundles.stage(nonce("a"), candidate(1)).await.unwrap();
    assert_eq!(seen(bundles, "a").await, Some(nonce("a")));
    bundles.promote(id, promoted()).await.unwrap();
    assert_eq!(seen(bundles, "a").await, Some(nonce("a")));
}

async fn a_seen_nonce_is_refused_and_changes_nothing(bundles: &dyn Bundles) {
    bundles.spend(nonce("a"), None, 0).await.unwrap();
    let again = Nonce { expires_ms: 3 * NOW_MS, ..nonce("a") };
    assert!(bundles.spend(again.clone(), Some(5), 0).await.is_err());
    assert!(bundles.spend(Nonce { reserved: true, ..again.clone() }, Some(5), 0).await.is_err());
    assert!(bundles.stage(again, candidate(5)).await.is_err());
    assert_eq!(seen(bundles, "a").await, Some(nonce("a")));
    assert_eq!(high_water(bundles).await, 0);
}

async fn a_reserved_nonce_may_come_again_with_the_same_envelope_only(bundles: &dyn Bundles) {
    bundles.spend(reserved("a"), None, 0).await.unwrap();
    let other = Nonce { envelope: "another".to_owned(), ..reserved("a") };
    assert!(bundles.spend(other.clone(), Some(5), 0).await.is_err());
    assert!(bundles.stage(other, candidate(5)).await.is_err());
    assert_eq!(seen(bundles, "a").await, Some(reserved("a")));
    assert_eq!(high_water(bundles).await, 0);

    let later = Nonce { expires_ms: 3 * NOW_MS, ..reserved("a") };
    bundles.spend(later.clone(), None, 0).await.unwrap();
    assert_eq!(seen(bundles, "a").await, Some(later));
    bundles.stage(nonce("a"), candidate(1)).await.unwrap();
    assert_eq!(seen(bundles, "a").await, Some(nonce("a")));
}

async fn a_reservation_ends_with_the_nonce_being_spent(bundles: &dyn Bundles) {
    bundles.spend(reserved("a"), None, 0).await.unwrap();
    bundles.spend(nonce("a"), None, 0).await.unwrap();
    assert!(bundles.spend(reserved("a"), None, 0).await.is_err());
    assert!(bundles.stage(nonce("a"), candidate(1)).await.is_err());
}

async fn the_high_water_mark_only_rises(bundles: &dyn Bundles) {
    for (id, seq, expected) in [("a", Some(4), 4), ("b", Some(2), 4), ("c", None, 4), ("d", Some(6), 6)] {
        bundles.spend(nonce(id), seq, 0).await.unwrap();
        assert_eq!(high_water(bundles).await, expected, "after {id}");
    }
    accept(bundles, candidate(9)).await;
    assert_eq!(high_water(bundles).await, 9);
}

async fn going_back_to_an_older_bundle_does_not_lower_the_mark(bundles: &dyn Bundles) {
    let nine = accept(bundles, candidate(9)).await;
    let three = accept(bundles, candidate(3)).await;
    assert_eq!(kept_ids(bundles).await, [three, nine]);
    assert_eq!(high_water(bundles).await, 9);
}

async fn a_candidate_touches_nothing_that_is_good(bundles: &dyn Bundles) {
    let good = accept(bundles, candidate(1)).await;
    let before = bundles.history().await.unwrap();
    for seq in 2..10 {
        let id = bundles.stage(nonce(&format!("candidate {seq}")), candidate(seq)).await.unwrap();
        assert_eq!(bundles.envelope(id).await.unwrap(), None, "it is not good yet");
    }
    assert_eq!(bundles.history().await.unwrap(), before);
    assert_eq!(bundles.envelope(good).await.unwrap(), Some(candidate(1).envelope));
    assert_eq!(high_water(bundles).await, 1);
}

async fn the_last_one_promoted_is_the_newest(bundles: &dyn Bundles) {
    let first = accept(bundles, candidate(1)).await;
    let second = accept(bundles, Candidate { received_ms: NOW_MS - 1, ..candidate(2) }).await;
    assert!(second > first);
    let good = |id, seq, received_ms| {
        let Candidate { bundle_sha256, kid, .. } = candidate(seq);
        GoodBundle { id, bundle_sha256, seq, kid, received_ms }
    };
    let expected = [good(second, 2, NOW_MS - 1), good(first, 1, NOW_MS)];
    assert_eq!(bundles.history().await.unwrap(), expected);
}

async fn the_history_keeps_the_newest_ones(bundles: &dyn Bundles) {
    let mut ids = Vec::new();
    for seq in 1..=5 {
        ids.insert(0, accept(bundles, candidate(seq)).await);
        ids.truncate(HISTORY);
        assert_eq!(kept_ids(bundles).await, ids);
    }
}

async fn an_older_good_bundle_can_be_made_the_newest_again(bundles: &dyn Bundles) {
    let first = accept(bundles, candidate(1)).await;
    let second = accept(bundles, candidate(2)).await;
    let third = accept(bundles, candidate(3)).await;
    bundles.promote(first, promoted()).await.unwrap();
    assert_eq!(kept_ids(bundles).await, [first, third, second]);
    bundles.promote(first, promoted()).await.unwrap();
    assert_eq!(kept_ids(bundles).await, [first, third, second]);
    let fourth = accept(bundles, candidate(4)).await;
    assert_eq!(kept_ids(bundles).await, [fourth, first, third]);
    assert_eq!(bundles.envelope(first).await.unwrap(), Some(candidate(1).envelope));
    assert_eq!(high_water(bundles).await, 4);
}

async fn a_promotion_forgets_the_other_candidates(bundles: &dyn Bundles) {
    let left = bundles.stage(nonce("left"), candidate(1)).await.unwrap();
    let good = accept(bundles, candidate(2)).await;
    assert!(bundles.promote(left, promoted()).await.is_err());
    assert_eq!(kept_ids(bundles).await, [good]);
    assert_eq!(seen(bundles, "left").await, Some(nonce("left")), "its nonce stays spent");
}

async fn a_pruned_bundle_is_gone(bundles: &dyn Bundles) {
    let first = accept(bundles, candidate(1)).await;
    for seq in 2..=4 {
        accept(bundles, candidate(seq)).await;
    }
    let kept = kept_ids(bundles).await;
    assert_eq!(bundles.envelope(first).await.unwrap(), None);
    assert!(bundles.promote(first, promoted()).await.is_err());
    assert_eq!(kept_ids(bundles).await, kept);
}

async fn an_envelope_comes_back_byte_for_byte(bundles: &dyn Bundles) {
    let every_byte: Vec<u8> = (0..=u8::MAX).cycle().take(300_001).collect();
    for (seq, bytes) in [(1, every_byte), (2, Vec::new()), (3, vec![0; 5])] {
        let envelope = Packed { encoding: "zstd".to_owned(), bytes: bytes.into() };
        let id = accept(bundles, Candidate { envelope: envelope.clone(), ..candidate(seq) }).await;
        assert!(bundles.envelope(id).await.unwrap() == Some(envelope), "envelope {seq} differs");
    }
}

async fn an_unknown_id_has_no_envelope_and_is_not_promoted(bundles: &dyn Bundles) {
    let id = accept(bundles, candidate(1)).await;
    for unknown in [0, id + 1, id + 1_000] {
        assert_eq!(bundles.envelope(unknown).await.unwrap(), None);
        assert!(bundles.promote(unknown, promoted()).await.is_err());
    }
    assert_eq!(kept_ids(bundles).await, [id]);
}

async fn expired_nonces_are_forgotten_at_a_promotion_and_others_are_not(bundles: &dyn Bundles) {
    for (id, expires_ms) in [("over", NOW_MS - 1), ("last moment", NOW_MS), ("long", NOW_MS + 1)] {
        bundles.spend(Nonce { expires_ms, ..nonce(id) }, None, 0).await.unwrap();
        assert!(seen(bundles, id).await.is_some(), "{id} is remembered until a promotion");
    }
    accept(bundles, candidate(1)).await;
    assert_eq!(seen(bundles, "over").await, None);
    assert!(seen(bundles, "last moment").await.is_some());
    assert!(seen(bundles, "long").await.is_some());
    // Who only ever sends what is live already promotes nothing.
    bundles.spend(nonce("over"), None, NOW_MS + 1).await.unwrap();
    assert_eq!(seen(bundles, "last moment").await, None);
    assert!(seen(bundles, "long").await.is_some());
}

async fn of_many_that_stage_one_nonce_one_succeeds(bundles: &dyn Bundles) {
    bundles.spend(reserved("a"), None, 0).await.unwrap();
    let answers = join_all((1..=20).map(|seq| bundles.stage(nonce("a"), candidate(seq)))).await;
    let staged: Vec<u64> = answers.into_iter().filter_map(Result::ok).collect();
    assert_eq!(staged.len(), 1);
    bundles.promote(staged[0], promoted()).await.unwrap();
    assert_eq!(kept_ids(bundles).await, staged);
}

async fn of_many_that_stage_at_once_all_succeed(bundles: &dyn Bundles) {
    let stage = |seq: u64| bundles.stage(nonce(&seq.to_string()), candidate(seq));
    let mut ids: Vec<u64> = join_all((1..=20).map(stage)).await.into_iter().map(Result::unwrap).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 20);
}
