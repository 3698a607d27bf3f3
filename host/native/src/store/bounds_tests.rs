//! Bounds of the log that only many sessions reach, and a file from before there were shares.

use frontmcp_core::ports::Events;
use frontmcp_core::ports::sessions::StreamId;
use rusqlite::Connection;

use crate::store::{FILE, Store, schema};

/// Sessions that each say something `times` times on their own streams, in turns.
fn talk(sessions: u32, times: u32) -> String {
    format!(
        "WITH n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {sessions})
           INSERT INTO sessions SELECT 's' || n, 'p', '', NULL, 1 FROM n;
         WITH n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < {sessions} * {times} - 1)
           INSERT INTO events (session, at_ms, message) SELECT 's' || (1 + n % {sessions}), 1, x'7b7d' FROM n;"
    )
}

fn own(session: &str) -> StreamId {
    StreamId { session: session.to_owned(), call: None }
}

#[tokio::test]
async fn where_everybody_holds_little_the_oldest_go_whosever_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 3).unwrap();
    store.run(|desk| desk.execute_batch(&talk(2_000, 51))).await.unwrap();
    while store.forget(0).await.unwrap() {}
    for session in ["s1", "s1000", "s2000"] {
        let page = store.after(own(session), 0, 99).await.unwrap().unwrap();
        assert_eq!((page.events.len(), page.has_gap), (50, true), "{session}");
    }
}

#[tokio::test]
async fn many_who_hold_alike_are_not_taken_from_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 3).unwrap();
    store.run(|desk| desk.execute_batch(&talk(2_000, 80))).await.unwrap();
    let mut steps = 0;
    while store.forget(0).await.unwrap() {
        steps += 1;
    }
    assert!(steps < 100, "{steps}");
    for session in ["s1", "s1000", "s2000"] {
        let kept = store.after(own(session), 0, 99).await.unwrap().unwrap().events.len();
        assert!((40..=65).contains(&kept), "{session}: {kept}");
    }
}

#[tokio::test]
async fn what_an_older_file_holds_is_counted_and_its_gaps_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(FILE);
    let connection = Connection::open(&file).unwrap();
    for migration in &schema::MIGRATIONS[..3] {
        connection.execute_batch(migration).unwrap();
    }
    connection.execute_batch(&talk(2, 5)).unwrap();
    connection
        .execute_batch(
            "PRAGMA application_id = 0x666d6370; PRAGMA user_version = 3; UPDATE forgotten SET position = 4;
             INSERT INTO streams (session, request, finished_ms) VALUES ('s1', '1', 1), ('s1', '2', 1);
             INSERT INTO events (session, stream, at_ms, message) VALUES ('s1', 2, 1, x'7b7d');",
        )
        .unwrap();
    connection.close().unwrap();
    let store = Store::open(folder.path(), 3).unwrap();
    let page = store.after(own("s1"), 3, 99).await.unwrap().unwrap();
    assert_eq!((page.events.len(), page.has_gap), (3, true));
    assert!(!store.after(own("s1"), 4, 99).await.unwrap().unwrap().has_gap);
    let emptied = StreamId { session: "s1".to_owned(), call: Some(1) };
    assert_eq!(store.after(emptied, 0, 9).await.unwrap(), None, "an empty stream would look finished");
    let call = StreamId { session: "s1".to_owned(), call: Some(2) };
    assert_eq!(store.after(call.clone(), 3, 9).await.unwrap(), None, "it may have lost its beginning");
    assert!(store.after(call, 4, 9).await.unwrap().unwrap().is_finished);
    let shares = store.run(|desk| {
        desk.query_row("SELECT group_concat(session || events || bytes, ' ') FROM shares", [], |row| {
            row.get(0)
        })
    });
    let shares: String = shares.await.unwrap();
    assert_eq!(shares, "00 s1612 s2510");
}
