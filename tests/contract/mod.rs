//! What every implementation of the storage ports does: one suite, and each behaviour a test per implementation.

mod adapter;
mod agreement;
mod audit;
mod blobs;
mod bundles;
mod events;
mod sessions;

use bytes::Bytes;
use frontmcp_core::ports::audit::{Entry, Event};
use frontmcp_core::ports::bundles::{Candidate, Nonce, Packed};
use frontmcp_core::ports::{Audit, Blobs, Bundles, Events, Sessions};

/// Good bundles that the stores of the suite keep.
const HISTORY: usize = 3;
/// When the candidates of the suite arrive, unless a test says otherwise.
const NOW_MS: u64 = 1_000_000;

/// The ports of what is deployed.
trait Storage: Bundles + Blobs + Audit {}

impl<T: Bundles + Blobs + Audit> Storage for T {}

/// Both ports of sessions.
trait Journal: Sessions + Events {}

impl<T: Sessions + Events> Journal for T {}

/// Makes each behaviour a test of its own for each implementation.
macro_rules! for_every_store {
    ($($behaviour:ident),+ $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $behaviour() {
                super::$behaviour(&frontmcp_tests::MemoryStore::with_history(crate::contract::HISTORY)).await;
            })+
        }

        mod sqlite {
            $(#[tokio::test]
            async fn $behaviour() {
                let folder = tempfile::tempdir().unwrap();
                let store = frontmcp_host::store::Store::open(folder.path(), crate::contract::HISTORY).unwrap();
                super::$behaviour(&store).await;
            })+
        }

        mod cloudflare {
            $(#[tokio::test]
            async fn $behaviour() {
                super::$behaviour(&frontmcp_tests::EdgeStore::new(crate::contract::HISTORY)).await;
            })+
        }

        /// As `cloudflare`, over the real bindings.
        mod workerd {
            $(#[tokio::test]
            async fn $behaviour() {
                let store = frontmcp_tests::EdgeStore::on_workerd(crate::contract::HISTORY).await;
                super::$behaviour(&store).await;
            })+
        }
    };
}
use for_every_store;

/// A nonce that is remembered for long.
fn nonce(id: &str) -> Nonce {
    Nonce {
        id: id.to_owned(),
        envelope: format!("envelope of {id}"),
        expires_ms: 2 * NOW_MS,
        reserved: false,
    }
}

fn reserved(id: &str) -> Nonce {
    Nonce { reserved: true, ..nonce(id) }
}

fn candidate(seq: u64) -> Candidate {
    Candidate {
        bundle_sha256: format!("sha256 of bundle {seq}"),
        seq,
        kid: format!("key {seq}"),
        received_ms: NOW_MS,
        envelope: Packed { encoding: "gzip".to_owned(), bytes: Bytes::from(format!("envelope {seq}")) },
        blobs: Vec::new(),
    }
}

/// Stages a candidate under a nonce of its own, and makes it good.
async fn accept(bundles: &(impl Bundles + ?Sized), candidate: Candidate) -> u64 {
    let id = bundles.stage(nonce(&format!("accept {}", candidate.seq)), candidate).await.unwrap();
    bundles.promote(id, promoted()).await.unwrap();
    id
}

/// What is recorded of a promotion.
fn promoted() -> Entry {
    Entry { at_ms: NOW_MS, event: Event::Resync, outcome: "applied".to_owned(), ..Entry::default() }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}
