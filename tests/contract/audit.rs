//! Audit: one chain whoever appends, whole or not at all, durable when it is acknowledged, and verifiable after pruning.

use frontmcp_core::audit::verify::{Break, Extent, Report, Verifier};
use frontmcp_core::audit::{Record, genesis};
use frontmcp_core::bundle::keys::PublicKey;
use frontmcp_core::ports::Audit;
use frontmcp_core::ports::audit::{Entry, Event, Head};
use futures_util::future::join_all;

use super::{NOW_MS, Storage, candidate, for_every_store, nonce, promoted};

for_every_store! {
    an_empty_log_ends_nowhere,
    records_are_linked_in_the_order_of_their_entries,
    entries_are_appended_even_if_nobody_waits,
    of_many_that_append_at_once_none_makes_a_second_branch,
    entries_come_whole_or_not_at_all,
    a_promotion_is_on_record_and_a_failed_one_is_not,
    any_text_can_be_recorded,
    a_range_is_read_from_where_it_is_asked_for,
    a_checkpoint_signs_the_end_once,
    pruning_stops_at_a_checkpoint_and_is_on_record,
    nothing_is_pruned_that_no_checkpoint_vouches_for,
    a_log_may_be_pruned_again_and_again,
}

fn entry(outcome: &str) -> Entry {
    Entry {
        at_ms: NOW_MS,
        event: Event::OperationSuccess,
        outcome: outcome.to_owned(),
        subject: "|anonymous|".to_owned(),
        ..Entry::default()
    }
}

fn entries(count: usize) -> Vec<Entry> {
    (1..=count).map(|n| entry(&format!("outcome {n}"))).collect()
}

async fn outcomes(audit: &(impl Audit + ?Sized)) -> Vec<String> {
    let records = audit.records(0, usize::MAX).await.unwrap();
    records.iter().map(|kept| Record::parse(&kept.text).unwrap().outcome.into_owned()).collect()
}

/// Verifies what there is, with whatever key the store signed with.
async fn verified(audit: &dyn Audit, key: &PublicKey) -> Result<Report, Break> {
    let head = audit.head().await.unwrap();
    let mut verifier = Verifier::new(vec![key.clone()], Extent::Whole).expecting(head);
    let mut checkpoints = audit.checkpoints().await.unwrap().into_iter().peekable();
    for kept in audit.records(0, usize::MAX).await.unwrap() {
        let sequence = Record::parse(&kept.text).unwrap().sequence;
        while let Some(checkpoint) = checkpoints.next_if(|next| next.sequence < sequence) {
            verifier.checkpoint(&checkpoint)?;
        }
        verifier.record(&kept)?;
    }
    for checkpoint in checkpoints {
        verifier.checkpoint(&checkpoint)?;
    }
    verifier.finish()
}

async fn an_empty_log_ends_nowhere(store: &dyn Storage) {
    assert_eq!(store.head().await.unwrap(), genesis());
    assert_eq!(store.records(0, 10).await.unwrap(), []);
    assert_eq!(store.checkpoint(NOW_MS).await.unwrap(), None);
    assert_eq!(store.prune(0, NOW_MS).await.unwrap(), None);
    assert_eq!(Audit::append(store, Vec::new()).await.unwrap(), genesis());
}

async fn records_are_linked_in_the_order_of_their_entries(store: &dyn Storage) {
    let first = store.append(entries(2)).await.unwrap();
    let second = store.append(vec![entry("last")]).await.unwrap();
    assert_eq!((first.sequence, second.sequence), (2, 3));
    assert_eq!(outcomes(store).await, ["outcome 1", "outcome 2", "last"]);
    assert_eq!(store.head().await.unwrap(), second);
    let records = store.records(3, 1).await.unwrap();
    assert_eq!(Record::parse(&records[0].text).unwrap().prev_hash, first.hash);
    assert_eq!(records[0].hash, second.hash);
}

async fn entries_are_appended_even_if_nobody_waits(store: &dyn Storage) {
    drop(store.append(vec![entry("left")]));
    store.append(entries(1)).await.unwrap();
    assert_eq!(outcomes(store).await, ["left", "outcome 1"]);
}

async fn of_many_that_append_at_once_none_makes_a_second_branch(store: &dyn Storage) {
    let heads = join_all((0..300).map(|_| store.append(entries(2)))).await;
    let mut sequences: Vec<u64> = heads.into_iter().map(|head| head.unwrap().sequence).collect();
    sequences.sort_unstable();
    assert!(sequences.iter().copied().eq((1..=300).map(|n| 2 * n)));
    let before = genesis();
    let records = store.records(0, usize::MAX).await.unwrap();
    let end = records.iter().fold(before, |before, kept| {
        let record = Record::parse(&kept.text).unwrap();
        assert_eq!((record.sequence, &*record.prev_hash), (before.sequence + 1, before.hash.as_str()));
        Head { sequence: record.sequence, hash: kept.hash.clone() }
    });
    assert_eq!(store.head().await.unwrap(), end);
}

async fn entries_come_whole_or_not_at_all(store: &dyn Storage) {
    let before = store.append(entries(1)).await.unwrap();
    // No JSON number holds it.
    let unwritable = Entry { seq: Some((1 << 53) + 1), ..entry("bad") };
    assert!(store.append(vec![entry("good"), unwritable]).await.is_err());
    assert_eq!(store.head().await.unwrap(), before);
    assert_eq!(store.append(entries(1)).await.unwrap().sequence, 2);
    assert_eq!(outcomes(store).await, ["outcome 1", "outcome 1"]);
}

async fn a_promotion_is_on_record_and_a_failed_one_is_not(store: &dyn Storage) {
    let id = store.stage(nonce("a"), candidate(1)).await.unwrap();
    assert_eq!(outcomes(store).await.len(), 0);
    store.promote(id, promoted()).await.unwrap();
    assert_eq!(outcomes(store).await, ["applied"]);
    assert!(store.promote(id + 1, promoted()).await.is_err());
    let unwritable = Entry { seq: Some((1 << 53) + 1), ..promoted() };
    let id = store.stage(nonce("b"), candidate(2)).await.unwrap();
    let refused = store.promote(id, unwritable).await;
    assert!(refused.is_err(), "what is not on record does not happen");
    assert_eq!(outcomes(store).await, ["applied"]);
    assert_eq!(store.history().await.unwrap().len(), 1);
}

async fn any_text_can_be_recorded(store: &dyn Storage) {
    let odd = "'\"\u{0}\n💡\u{7f}".to_owned();
    let entry = Entry { subject: odd.clone(), error: Some("x".repeat(100_000)), ..entry(&odd) };
    store.append(vec![entry]).await.unwrap();
    let records = store.records(1, 1).await.unwrap();
    let record = Record::parse(&records[0].text).unwrap();
    assert_eq!((&*record.outcome, &*record.subject), (odd.as_str(), odd.as_str()));
    assert_eq!(record.error_message.unwrap().len(), 503);
}

async fn a_range_is_read_from_where_it_is_asked_for(store: &dyn Storage) {
    store.append(entries(9)).await.unwrap();
    for (from, limit, expected) in [(0, 2, 1..=2), (1, 2, 1..=2), (8, 9, 8..=9), (4, 3, 4..=6)] {
        let records = store.records(from, limit).await.unwrap();
        let sequences = records.iter().map(|kept| Record::parse(&kept.text).unwrap().sequence);
        assert!(sequences.eq(expected), "from {from}, {limit} of them");
    }
    assert_eq!(store.records(10, 1).await.unwrap(), []);
    assert_eq!(store.records(1, 0).await.unwrap(), []);
}

async fn a_checkpoint_signs_the_end_once(store: &dyn Storage) {
    let head = store.append(entries(2)).await.unwrap();
    let checkpoint = store.checkpoint(NOW_MS).await.unwrap().unwrap();
    assert_eq!(checkpoint.head(), head);
    assert_eq!(checkpoint.timestamp, "1970-01-01T00:16:40.000Z");
    assert_eq!(store.checkpoint(2 * NOW_MS).await.unwrap().unwrap(), checkpoint);
    store.append(entries(1)).await.unwrap();
    let newer = store.checkpoint(NOW_MS).await.unwrap().unwrap();
    assert_eq!(store.checkpoints().await.unwrap(), [checkpoint, newer]);
}

async fn pruning_stops_at_a_checkpoint_and_is_on_record(store: &dyn Storage) {
    for _ in 0..4 {
        store.append(entries(3)).await.unwrap();
        store.checkpoint(NOW_MS).await.unwrap();
    }
    assert_eq!(store.prune(5, NOW_MS).await.unwrap(), Some(6));
    let records = store.records(0, usize::MAX).await.unwrap();
    let records: Vec<Record<'_>> = records.iter().map(|kept| Record::parse(&kept.text).unwrap()).collect();
    assert!(records.iter().map(|record| record.sequence).eq(7..=13));
    let last = records.last().unwrap();
    assert_eq!((last.event, last.through), (Event::Pruned, Some(6)));
    let checkpoints = store.checkpoints().await.unwrap();
    assert!(checkpoints.iter().map(|checkpoint| checkpoint.sequence).eq([6, 9, 12, 13]));
    assert_eq!(*records[0].prev_hash, checkpoints[0].hash);
    assert_eq!(store.append(entries(1)).await.unwrap().sequence, 14);
}

async fn nothing_is_pruned_that_no_checkpoint_vouches_for(store: &dyn Storage) {
    store.append(entries(5)).await.unwrap();
    assert_eq!(store.prune(0, NOW_MS).await.unwrap(), None);
    store.checkpoint(NOW_MS).await.unwrap();
    assert_eq!(store.prune(1, NOW_MS).await.unwrap(), None);
    assert_eq!(store.head().await.unwrap().sequence, 5);
    assert_eq!(store.prune(0, NOW_MS).await.unwrap(), Some(5));
    assert_eq!(outcomes(store).await, ["ok"]);
}

async fn a_log_may_be_pruned_again_and_again(store: &dyn Storage) {
    for round in 1..=5 {
        store.append(entries(4)).await.unwrap();
        store.checkpoint(NOW_MS).await.unwrap();
        assert!(store.prune(0, NOW_MS).await.unwrap().is_some(), "round {round}");
    }
    assert_eq!(store.head().await.unwrap().sequence, 25);
}

#[tokio::test]
async fn a_pruned_log_verifies_in_memory() {
    let store = frontmcp_tests::MemoryStore::default();
    a_log_may_be_pruned_again_and_again(&store).await;
    store.append(entries(2)).await.unwrap();
    let report = verified(&store, &frontmcp_tests::MemoryStore::audit_key()).await.unwrap();
    assert_eq!((report.first, report.last, report.begins_behind), (25, 27, 24));
}

#[tokio::test]
async fn a_pruned_log_verifies_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let store = frontmcp_host::store::Store::open(folder.path(), super::HISTORY).unwrap();
    a_log_may_be_pruned_again_and_again(&store).await;
    store.append(entries(2)).await.unwrap();
    let pem = std::fs::read_to_string(folder.path().join(frontmcp_host::store::AUDIT_PUBLIC_KEY)).unwrap();
    let report = verified(&store, &PublicKey::parse(&pem).unwrap()).await.unwrap();
    assert_eq!((report.first, report.last, report.begins_behind), (25, 27, 24));
}
