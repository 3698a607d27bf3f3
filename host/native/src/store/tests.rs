//! The store over its lifetime: what survives, what is refused, and what one job may do to others.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::mpsc;

use bytes::Bytes;
use frontmcp_core::ports::bundles::{AuditRecord, Candidate, Nonce, Packed};
use frontmcp_core::ports::{Audit, Blobs, Bundles};
use serde_json::json;
use tempfile::TempDir;

use super::*;

const DAY_MS: u64 = 86_400_000;

fn nonce(id: &str) -> Nonce {
    Nonce { id: id.to_owned(), envelope: format!("envelope-{id}"), expires_ms: 2 * DAY_MS, reserved: false }
}

fn candidate(seq: u64, bytes: Vec<u8>) -> Candidate {
    Candidate {
        bundle_sha256: format!("bundle-{seq}"),
        seq,
        kid: "release".to_owned(),
        received_ms: DAY_MS,
        envelope: Packed { encoding: "zstd".to_owned(), bytes: Bytes::from(bytes) },
        blobs: Vec::new(),
    }
}

/// Bytes that look compressed, and differ from seed to seed.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

/// A folder whose file is `content`.
fn folder_with(content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(FILE);
    fs::write(&file, content).unwrap();
    (folder, file)
}

/// The file another program made with these statements.
fn database(statements: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.sqlite3");
    let connection = Connection::open(&file).unwrap();
    connection.execute_batch(statements).unwrap();
    connection.close().unwrap();
    fs::read(file).unwrap()
}

fn refusal(folder: &Path) -> String {
    format!("{:#}", Store::open(folder, 3).unwrap_err())
}

/// Asserts that this content is refused for this reason, and left alone.
#[track_caller]
fn assert_refused(content: &[u8], reason: &str) {
    let (folder, file) = folder_with(content);
    let refusal = refusal(folder.path());
    assert!(refusal.starts_with(&format!("{} {reason}", file.display())), "{refusal}");
    assert!(fs::read(&file).unwrap() == content, "the file was changed");
}

async fn audited(store: &Store) -> Vec<String> {
    let records = store.run(|connection| {
        let mut statement =
            connection.prepare("SELECT action || ' ' || outcome || ' ' || details FROM audit ORDER BY id")?;
        statement.query_map([], |row| row.get(0))?.collect()
    });
    records.await.unwrap()
}

async fn note(store: &Store, action: &'static str) -> Result<(), Fault> {
    store.append(AuditRecord { at_ms: 7, action, outcome: "applied", details: json!({"seq": 3}) }).await
}

/// Everything there is to keep.
async fn fill(store: &Store) -> u64 {
    store.expect(vec!["here".to_owned(), "awaited".to_owned()], 3 * DAY_MS).await.unwrap();
    store.put("here", Bytes::from_static(b"artifact")).await.unwrap();
    let id = store.stage(nonce("staged"), candidate(7, b"packed".to_vec())).await.unwrap();
    store.promote(id).await.unwrap();
    store.spend(nonce("spent"), Some(9), 0).await.unwrap();
    store.spend(Nonce { reserved: true, ..nonce("reserved") }, None, 0).await.unwrap();
    note(store, "push").await.unwrap();
    id
}

async fn assert_filled(store: &Store, id: u64) {
    let history = Bundles::history(store).await.unwrap();
    let newest = &history[0];
    assert_eq!(history.len(), 1);
    assert_eq!((newest.id, newest.seq, newest.received_ms), (id, 7, DAY_MS));
    assert_eq!((newest.bundle_sha256.as_str(), newest.kid.as_str()), ("bundle-7", "release"));
    assert_eq!(store.envelope(id).await.unwrap(), Some(candidate(7, b"packed".to_vec()).envelope));
    for expected in [nonce("staged"), nonce("spent"), Nonce { reserved: true, ..nonce("reserved") }] {
        let standing = store.standing(&expected.id).await.unwrap();
        assert_eq!((standing.high_water, standing.seen), (9, Some(expected)));
    }
    assert_eq!(store.get("here").await.unwrap(), Some(Bytes::from_static(b"artifact")));
    assert!(store.is_expected("awaited", 3 * DAY_MS).await.unwrap());
    assert_eq!(audited(store).await, [r#"push applied {"seq":3}"#]);
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 3).unwrap();
    let id = fill(&store).await;
    drop(store);
    let store = Store::open(folder.path(), 3).unwrap();
    assert_filled(&store, id).await;
    let next = store.stage(nonce("next"), candidate(10, Vec::new())).await.unwrap();
    assert!(next > id, "ids are not given twice");
}

#[tokio::test]
async fn what_was_acknowledged_is_in_the_files_before_the_store_closes() {
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = Store::open(folder.path(), 3).unwrap();
    let id = fill(&store).await;
    for file in [FILE.to_owned(), format!("{FILE}-wal")] {
        fs::copy(folder.path().join(&file), copy.path().join(&file)).unwrap();
    }
    assert_filled(&Store::open(copy.path(), 3).unwrap(), id).await;
}

#[tokio::test]
async fn what_is_queued_is_written_before_the_store_closes() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 3).unwrap();
    let (release, held) = mpsc::channel::<()>();
    let holding = tokio::spawn(store.run(move |_| Ok(held.recv().is_ok())));
    let noting = tokio::spawn({
        let store = store.clone();
        async move { note(&store, "push").await }
    });
    drop(store);
    release.send(()).unwrap();
    assert!(holding.await.unwrap().unwrap());
    noting.await.unwrap().unwrap();
    assert_eq!(audited(&Store::open(folder.path(), 3).unwrap()).await.len(), 1);
}

#[tokio::test]
async fn a_folder_has_one_store_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = Store::open(folder.path(), 3).unwrap();
    let clone = first.clone();
    drop(first);
    let refusal = refusal(folder.path());
    assert!(refusal.contains("another frontmcp-host uses the data folder"), "{refusal}");
    assert!(refusal.contains("give --data another folder"), "{refusal}");
    note(&clone, "push").await.unwrap();
    drop(clone);
    assert!(Store::open(folder.path(), 3).is_ok());
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_left_alone() {
    let ours = tempfile::tempdir().unwrap();
    drop(Store::open(ours.path(), 3).unwrap());
    let file = ours.path().join(FILE);
    let connection = Connection::open(&file).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    connection.close().unwrap();
    let reason =
        "was made by a newer version (tables of version 99, this one knows 2); upgrade, or restore a backup";
    assert_refused(&fs::read(&file).unwrap(), reason);
}

#[tokio::test]
async fn the_log_beside_a_refused_file_is_left_alone_too() {
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = Store::open(folder.path(), 3).unwrap();
    store.run(|connection| connection.pragma_update(None, "user_version", 99)).await.unwrap();
    let files = [FILE.to_owned(), format!("{FILE}-wal")];
    for file in &files {
        fs::copy(folder.path().join(file), copy.path().join(file)).unwrap();
    }
    let refusal = refusal(copy.path());
    assert!(refusal.contains("newer version"), "{refusal}");
    for file in &files {
        let [before, after] = [&folder, &copy].map(|place| fs::read(place.path().join(file)).unwrap());
        assert!(!before.is_empty() && before == after, "{file} was changed");
    }
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let reason = "is damaged or no database; move it away, or restore a backup";
    assert_refused(b"not a database", reason);
    assert_refused(&noise(1, 50_000), reason);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let reason = "is not a file of frontmcp-host; move it away, or give --data another folder";
    let table = "CREATE TABLE letters (text TEXT); INSERT INTO letters VALUES ('dear');";
    assert_refused(&database(table), reason);
    assert_refused(&database(&format!("PRAGMA application_id = 77; {table}")), reason);
    assert_refused(&database(&format!("PRAGMA user_version = -1; {table}")), reason);
    assert_refused(&database(&format!("PRAGMA journal_mode = WAL; {table}")), reason);
    assert_refused(&database("PRAGMA application_id = 77;"), reason);
}

#[test]
fn an_empty_file_is_a_new_store() {
    let (folder, _) = folder_with(b"");
    assert!(Store::open(folder.path(), 3).is_ok());
}

#[test]
fn a_place_that_cannot_be_written_to_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "content").unwrap();
    for place in [file.join("data"), file.clone()] {
        let refusal = refusal(&place);
        assert!(refusal.starts_with(&format!("creating the data folder {}: ", place.display())), "{refusal}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"content");

    let taken = folder.path().join(FILE);
    fs::create_dir(&taken).unwrap();
    let refusal = refusal(folder.path());
    let expected = format!("{} cannot be written to; check its owner and mode: ", taken.display());
    assert!(refusal.starts_with(&expected), "{refusal}");
    assert!(taken.is_dir());
}

#[tokio::test]
async fn only_the_owner_may_read_what_is_stored() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("new").join("data");
    let store = Store::open(&folder, 3).unwrap();
    fill(&store).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        names.push(path.file_name().unwrap().to_string_lossy().into_owned());
    }
    names.sort();
    assert_eq!(names, [FILE, &format!("{FILE}-shm"), &format!("{FILE}-wal"), LOCK]);
}

/// Holds the storage thread until all of `jobs` wait together, and answers what came of them.
macro_rules! grouped {
    ($store:expr, $($job:expr),+ $(,)?) => {{
        let (release, held) = mpsc::channel::<()>();
        let (started, starting) = mpsc::channel::<()>();
        let holding = tokio::spawn($store.run(move |_| {
            let _ = started.send(());
            Ok(held.recv().is_ok())
        }));
        tokio::task::spawn_blocking(move || starting.recv()).await.unwrap().unwrap();
        // Polled in order, so that all are queued before the thread is let go.
        let answers = tokio::join!($($job),+, async { release.send(()).unwrap() });
        assert!(holding.await.unwrap().unwrap());
        answers
    }};
}

/// A job that leaves a mark before `end`.
fn marked(
    store: &Store,
    end: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
) -> BoxFuture<'static, Result<(), Fault>> {
    store.run(move |connection| {
        connection
            .execute_batch("INSERT INTO audit (at_ms, action, outcome, details) VALUES (1, 'a', 'b', 'c')")?;
        end(connection)
    })
}

#[tokio::test]
async fn a_job_that_fails_or_panics_leaves_no_trace_and_does_not_disturb_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 3).unwrap();
    let (first, failed, second, panicked, third, ()) = grouped!(
        store,
        note(&store, "first"),
        marked(&store, |connection| connection.execute_batch("INSERT INTO high_water VALUES (1, 5)")),
        note(&store, "second"),
        marked(&store, |_| panic!("on purpose")),
        note(&store, "third"),
    );
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert!(failed.unwrap_err().detail.contains("UNIQUE constraint failed"));
    assert_eq!(panicked.unwrap_err().detail, "storage: a job panicked");
    note(&store, "fourth").await.unwrap();
    drop(store);
    let kept = audited(&Store::open(folder.path(), 3).unwrap()).await;
    let actions: Vec<&str> = kept.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(actions, ["first", "second", "third", "fourth"]);
}

#[tokio::test]
async fn nobody_of_a_group_is_told_that_it_is_durable_when_its_transaction_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 3).unwrap();
    let (before, ending, after, ()) = grouped!(
        store,
        note(&store, "before"),
        marked(&store, |connection| connection.execute_batch("ROLLBACK")),
        note(&store, "after"),
    );
    assert!(before.is_err() && ending.is_err() && after.is_err());
    assert!(audited(&store).await.is_empty(), "and nothing of it is");
    note(&store, "next").await.unwrap();
    assert_eq!(audited(&store).await.len(), 1);
}

#[tokio::test]
async fn the_file_does_not_grow_with_the_number_of_pushes() {
    const ROUNDS: u64 = 1_000;
    const ENVELOPE: usize = 100_000;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 3).unwrap();
    for seq in 1..=ROUNDS {
        let id = store.stage(nonce(&seq.to_string()), candidate(seq, noise(seq, ENVELOPE))).await.unwrap();
        store.promote(id).await.unwrap();
        let size = |file: &str| fs::metadata(folder.path().join(file)).unwrap().len();
        assert!(size(FILE) < 20 * ENVELOPE as u64, "the file has {} bytes after {seq} rounds", size(FILE));
        let log = size(&format!("{FILE}-wal"));
        assert!(log < 8 << 20, "the log has {log} bytes after {seq} rounds");
    }
    let kept: Vec<u64> = Bundles::history(&store).await.unwrap().iter().map(|bundle| bundle.seq).collect();
    assert_eq!(kept, [ROUNDS, ROUNDS - 1, ROUNDS - 2]);
    let check = store.run(|connection| connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)));
    let verdict: String = check.await.unwrap();
    assert_eq!(verdict, "ok");
}
