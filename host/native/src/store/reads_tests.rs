//! Reads beside writes: they wait for nobody, and see what was acknowledged.

use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;
use frontmcp_core::ports::sessions::{Session, SessionLimits, StreamId};
use frontmcp_core::ports::{Events, Sessions};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::store::{Store, events};

const DAY_MS: u64 = 86_400_000;
/// Long enough for anything that happens at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// A store with one session and its own stream.
async fn with_session(folder: &TempDir) -> (Store, StreamId) {
    let store = Store::open(folder.path(), 3).unwrap();
    let session = Session { principal: "p".to_owned(), version: String::new(), level: None, seen_ms: DAY_MS };
    let limits = SessionLimits { total: 9, per_principal: 9 };
    store.create("a", session, limits).await.unwrap();
    (store, StreamId { session: "a".to_owned(), call: None })
}

fn word() -> Vec<Bytes> {
    vec![Bytes::from_static(b"word")]
}

#[tokio::test]
async fn whoever_reads_does_not_wait_for_those_who_write() {
    let folder = tempfile::tempdir().unwrap();
    let (store, own) = with_session(&folder).await;
    store.append(own.clone(), word(), DAY_MS).await.unwrap();
    let (release, held) = mpsc::channel::<()>();
    let (started, starting) = mpsc::channel::<()>();
    let writing = tokio::spawn(store.run(move |_| {
        let _ = started.send(());
        Ok(held.recv().is_ok())
    }));
    tokio::task::spawn_blocking(move || starting.recv()).await.unwrap().unwrap();
    let reading = async {
        tokio::join!(store.after(own, 0, 9), store.get("a"), store.newest(), store.subscriptions("a"))
    };
    let (read, got, newest, listed) = timeout(PATIENCE, reading).await.expect("nobody waits");
    release.send(()).unwrap();
    assert!(writing.await.unwrap().unwrap());
    assert_eq!(read.unwrap().unwrap().events.len(), 1);
    assert!(got.unwrap().is_some() && newest.unwrap() == 1 && listed.unwrap().is_empty());
}

#[tokio::test]
async fn those_who_read_together_share_a_transaction_and_the_next_see_what_came_between() {
    let folder = tempfile::tempdir().unwrap();
    let (store, own) = with_session(&folder).await;
    let newest = || store.read(events::newest);
    let (release, held) = mpsc::channel::<()>();
    let (started, starting) = mpsc::channel::<()>();
    let holding = tokio::spawn(store.read(move |connection| {
        let before = events::newest(connection)?;
        let _ = started.send(());
        let _ = held.recv();
        Ok((before, events::newest(connection)?))
    }));
    tokio::task::spawn_blocking(move || starting.recv()).await.unwrap().unwrap();
    store.append(own.clone(), word(), DAY_MS).await.unwrap();
    let (writing, runtime) = (store.clone(), tokio::runtime::Handle::current());
    let between = store.read(move |connection| {
        let before = events::newest(connection)?;
        runtime.block_on(writing.append(own, word(), DAY_MS)).expect("it is written");
        Ok(before)
    });
    let (between, last, _) = tokio::join!(between, newest(), async { release.send(()).unwrap() });
    assert_eq!(holding.await.unwrap().unwrap(), (0, 0), "one state, whatever is written meanwhile");
    assert_eq!((between.unwrap(), last.unwrap()), (1, 1), "a newer one, which both share");
    assert_eq!(newest().await.unwrap(), 2);
}

#[tokio::test]
async fn a_read_that_fails_or_panics_does_not_disturb_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let (store, own) = with_session(&folder).await;
    let written = store.read(|connection| connection.execute_batch("DELETE FROM sessions")).await;
    assert!(written.unwrap_err().detail.contains("readonly"), "who reads cannot write");
    let panicked = store.read(|_| -> rusqlite::Result<()> { panic!("on purpose") }).await;
    assert_eq!(panicked.unwrap_err().detail, "storage: a job panicked");
    store.append(own.clone(), word(), DAY_MS).await.unwrap();
    assert_eq!(store.after(own, 0, 9).await.unwrap().unwrap().events.len(), 1);
}
