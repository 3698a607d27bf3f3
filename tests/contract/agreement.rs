//! Any sequence of operations has the same answers from the store in memory, from SQLite, and by way of the adapter.

use std::fmt::Debug;

use bytes::Bytes;
use frontmcp_core::Fault;
use frontmcp_core::ports::audit::Checkpoint;
use frontmcp_core::ports::bundles::{Candidate, Nonce};
use frontmcp_host::store::Store;
use frontmcp_tests::{EdgeStore, MemoryStore};
use proptest::prelude::*;
use proptest::{collection, option};

use super::{HISTORY, NOW_MS, Storage, candidate, promoted};

/// Small, so that operations meet each other's traces.
const KINDS: u64 = 4;
const TIMES: u64 = 12;

#[derive(Debug, Clone)]
enum Operation {
    Spend(Nonce, Option<u64>),
    Stage(Nonce, Candidate),
    Promote(u64),
    Expect(Vec<String>, u64),
    Put(String),
    Append(usize),
    Checkpoint,
    Prune(u64),
}

fn name() -> impl Strategy<Value = String> {
    (0..KINDS).prop_map(|kind| kind.to_string())
}

fn a_nonce() -> impl Strategy<Value = Nonce> {
    let envelope = (0..2_u8).prop_map(|kind| kind.to_string());
    (name(), envelope, 0..TIMES, any::<bool>()).prop_map(|(id, envelope, expires_ms, reserved)| Nonce {
        id,
        envelope,
        expires_ms,
        reserved,
    })
}

fn a_candidate() -> impl Strategy<Value = Candidate> {
    (0..TIMES, 0..TIMES, collection::vec(name(), 0..3)).prop_map(|(seq, received_ms, blobs)| Candidate {
        received_ms,
        blobs,
        ..candidate(seq)
    })
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        1 => (a_nonce(), option::of(0..TIMES)).prop_map(|(nonce, seq)| Operation::Spend(nonce, seq)),
        3 => (a_nonce(), a_candidate()).prop_map(|(nonce, candidate)| Operation::Stage(nonce, candidate)),
        4 => (0..8_u64).prop_map(Operation::Promote),
        1 => (collection::vec(name(), 0..3), 0..TIMES).prop_map(|(names, at)| Operation::Expect(names, at)),
        2 => name().prop_map(Operation::Put),
        2 => (0..4_usize).prop_map(Operation::Append),
        1 => Just(Operation::Checkpoint),
        1 => (0..4_u64).prop_map(Operation::Prune),
    ]
}

/// Faults are worded by each store as it likes.
fn told<T: Debug>(answer: Result<T, Fault>) -> String {
    answer.map_or_else(|_| "a fault".to_owned(), |answer| format!("{answer:?}"))
}

async fn perform(store: &dyn Storage, operation: Operation) -> String {
    match operation {
        Operation::Spend(nonce, seq) => told(store.spend(nonce, seq, 0).await),
        Operation::Stage(nonce, candidate) => told(store.stage(nonce, candidate).await),
        Operation::Promote(id) => told(store.promote(id, promoted()).await),
        Operation::Expect(names, expires_ms) => told(store.expect(names, expires_ms).await),
        Operation::Append(count) => told(store.append(vec![promoted(); count]).await),
        // Who signed, and how, is each store's own.
        Operation::Checkpoint => {
            told(store.checkpoint(NOW_MS).await.map(|newest| newest.map(|one| one.sequence)))
        }
        Operation::Prune(keep) => told(store.prune(keep, NOW_MS).await),
        Operation::Put(name) => told(store.put(&name, Bytes::from(name.clone())).await),
    }
}

/// Everything that can be asked.
async fn state(store: &dyn Storage) -> Vec<String> {
    let names: Vec<String> = (0..KINDS).map(|kind| kind.to_string()).collect();
    let mut state = vec![told(store.history().await), told(store.missing(names.clone()).await)];
    for name in names {
        state.push(told(store.standing(&name).await));
        state.push(told(store.get(&name).await));
        for now_ms in [0, TIMES / 2, TIMES] {
            state.push(told(store.is_expected(&name, now_ms).await));
        }
    }
    state.push(told(store.head().await));
    state.push(told(store.records(0, usize::MAX).await));
    state.push(told(store.records(3, 2).await));
    let signed = store.checkpoints().await;
    state.push(told(signed.map(|all| all.iter().map(Checkpoint::head).collect::<Vec<_>>())));
    for id in 0..8 {
        state.push(told(store.envelope(id).await));
    }
    state
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn memory_sqlite_and_cloudflare_answer_alike(operations in collection::vec(operation(), 1..24)) {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = Store::open(folder.path(), HISTORY).unwrap();
        let memory = MemoryStore::with_history(HISTORY);
        let cloudflare = EdgeStore::new(HISTORY);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for operation in operations {
            let answers = [
                runtime.block_on(perform(&memory, operation.clone())),
                runtime.block_on(perform(&sqlite, operation.clone())),
                runtime.block_on(perform(&cloudflare, operation.clone())),
            ];
            prop_assert_eq!(&answers[0], &answers[1], "{:?}", &operation);
            prop_assert_eq!(&answers[0], &answers[2], "{:?}", &operation);
            let states = [
                runtime.block_on(state(&memory)),
                runtime.block_on(state(&sqlite)),
                runtime.block_on(state(&cloudflare)),
            ];
            prop_assert_eq!(&states[0], &states[1], "after {:?}", &operation);
            prop_assert_eq!(&states[0], &states[2], "after {:?}", &operation);
        }
    }
}
