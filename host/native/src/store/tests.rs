//! The store over its lifetime: what survives, what is refused, and what one job may do to others.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::mpsc;

use bytes::Bytes;
use frontmcp_core::audit::verify::{Extent, Report, Verifier};
use frontmcp_core::audit::{Break, Record};
use frontmcp_core::bundle::keys::PublicKey;
use frontmcp_core::ports::audit::{Entry, Head};
use frontmcp_core::ports::bundles::{Candidate, Nonce, Packed};
use frontmcp_core::ports::{Audit, Blobs, Bundles};
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

/// The outcomes on record, oldest first.
async fn audited(store: &Store) -> Vec<String> {
    let records = store.records(0, usize::MAX).await.unwrap();
    records.iter().map(|kept| Record::parse(&kept.text).unwrap().outcome.into_owned()).collect()
}

fn entry(outcome: &str) -> Entry {
    Entry { at_ms: 7, outcome: outcome.to_owned(), ..Entry::default() }
}

async fn note(store: &Store, outcome: &str) -> Result<(), Fault> {
    store.append(vec![entry(outcome)]).await.map(drop)
}

/// Verifies the audit log with the public key that lies in the folder.
async fn verified(store: &Store, folder: &Path) -> Result<Report, Break> {
    let pem = fs::read_to_string(folder.join(AUDIT_PUBLIC_KEY)).unwrap();
    let mut verifier = Verifier::new(vec![PublicKey::parse(&pem).unwrap()], Extent::Whole);
    let mut checkpoints = store.checkpoints().await.unwrap().into_iter().peekable();
    for kept in store.records(0, usize::MAX).await.unwrap() {
        let sequence = Record::parse(&kept.text).unwrap().sequence;
        while let Some(checkpoint) = checkpoints.next_if(|next| next.sequence < sequence) {
            verifier.checkpoint(&checkpoint)?;
        }
        verifier.record(&kept)?;
    }
    checkpoints.try_for_each(|checkpoint| verifier.checkpoint(&checkpoint))?;
    verifier.finish()
}

/// Everything there is to keep.
async fn fill(store: &Store) -> u64 {
    store.expect(vec!["here".to_owned(), "awaited".to_owned()], 3 * DAY_MS).await.unwrap();
    store.put("here", Bytes::from_static(b"artifact")).await.unwrap();
    let id = store.stage(nonce("staged"), candidate(7, b"packed".to_vec())).await.unwrap();
    store.promote(id, entry("applied")).await.unwrap();
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
    assert_eq!(audited(store).await, ["applied", "push"]);
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
    let known = schema::MIGRATIONS.len();
    let reason = format!(
        "was made by a newer version (tables of version 99, this one knows {known}); upgrade, or restore a backup"
    );
    assert_refused(&fs::read(&file).unwrap(), &reason);
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
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(mode(&path) == 0o600 || name == AUDIT_PUBLIC_KEY, "{name}");
        names.push(name);
    }
    names.sort();
    let (shm, wal) = (format!("{FILE}-shm"), format!("{FILE}-wal"));
    assert_eq!(names, [signing::KEY, AUDIT_PUBLIC_KEY, FILE, &shm, &wal, LOCK]);
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
        audit::append(connection, &[entry("a mark")])?;
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
    let store = Store::open(folder.path(), 3).unwrap();
    assert_eq!(audited(&store).await, ["first", "second", "third", "fourth"]);
    assert_eq!(verified(&store, folder.path()).await.unwrap().last, 4, "and the chain has no gap");
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
        store.promote(id, entry("applied")).await.unwrap();
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

#[tokio::test]
async fn a_store_that_closes_signs_where_its_log_ends() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 3).unwrap();
    note(&store, "one").await.unwrap();
    assert_eq!(store.checkpoints().await.unwrap(), []);
    drop(store);
    let store = Store::open(folder.path(), 3).unwrap();
    let report = verified(&store, folder.path()).await.unwrap();
    assert_eq!((report.last, report.signed_through), (1, 1));
    drop(store);
    let store = Store::open(folder.path(), 3).unwrap();
    assert_eq!(store.checkpoints().await.unwrap().len(), 1, "and does not sign it again");
    note(&store, "two").await.unwrap();
    assert_eq!(verified(&store, folder.path()).await.unwrap().last, 2);
}

#[tokio::test]
async fn an_audit_log_is_signed_as_it_grows_and_keeps_to_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_keeping(folder.path(), 3, 1_500).unwrap();
    let mut head = Head { sequence: 0, hash: String::new() };
    for _ in 0..60 {
        head = store.append(vec![entry("ok"); 100]).await.unwrap();
    }
    let report = verified(&store, folder.path()).await.unwrap();
    assert_eq!((report.last, &report.head_hash), (head.sequence, &head.hash));
    assert!(head.sequence > 6_000, "pruning is on record");
    assert!((1_500..3_600).contains(&report.records), "{report:?}");
    assert!(head.sequence - report.signed_through < 1_100, "{report:?}");
}

#[tokio::test]
async fn a_log_over_its_bound_shrinks() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 3).unwrap();
    for _ in 0..12 {
        store.append(vec![entry("ok"); 1_000]).await.unwrap();
    }
    drop(store);
    let store = Store::open_keeping(folder.path(), 3, 1_000).unwrap();
    for _ in 0..6 {
        store.append(vec![entry("ok"); 1_000]).await.unwrap();
    }
    let report = verified(&store, folder.path()).await.unwrap();
    assert!(report.records < 3_100 && report.last > 18_000, "{report:?}");
}

#[tokio::test]
async fn a_record_that_was_changed_in_the_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 3).unwrap();
    store.append(vec![entry("ok"); 9]).await.unwrap();
    store.checkpoint(7).await.unwrap();
    let change = "UPDATE audit SET record = replace(record, '\"ok\"', '\"no\"') WHERE sequence = 4";
    store.run(|desk| desk.execute_batch(change)).await.unwrap();
    assert_eq!(verified(&store, folder.path()).await.unwrap_err().sequence, 4);
    store.run(|desk| desk.execute_batch("DELETE FROM audit WHERE sequence = 4")).await.unwrap();
    assert_eq!(
        verified(&store, folder.path()).await.unwrap_err().to_string(),
        "record 4: it is missing; record 5 stands in its place"
    );
}

#[tokio::test]
async fn a_log_that_was_cut_off_while_nobody_wrote_is_found_whatever_is_written_then() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 3).unwrap();
    store.append(vec![entry("ok"); 9]).await.unwrap();
    drop(store);
    let connection = Connection::open(folder.path().join(FILE)).unwrap();
    connection.execute("DELETE FROM audit WHERE sequence > 6", []).unwrap();
    connection.close().unwrap();
    let store = Store::open(folder.path(), 3).unwrap();
    assert_eq!(verified(&store, folder.path()).await.unwrap_err().sequence, 7);
    store.append(vec![entry("later"); 9]).await.unwrap();
    let broken = verified(&store, folder.path()).await.unwrap_err();
    assert!(broken.message.contains("up to 9"), "{broken}");
}

#[test]
fn the_audit_key_is_made_once_and_a_private_key_that_is_none_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path(), 3).unwrap());
    let file = folder.path().join(signing::KEY);
    let key = fs::read(&file).unwrap();
    drop(Store::open(folder.path(), 3).unwrap());
    assert_eq!(fs::read(&file).unwrap(), key);
    fs::write(&file, "no key").unwrap();
    let refusal = refusal(folder.path());
    assert!(refusal.starts_with(&format!("reading {}", file.display())), "{refusal}");
    assert_eq!(fs::read(&file).unwrap(), b"no key");
}

#[tokio::test]
async fn a_file_of_version_1_is_upgraded() {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(folder.path().join(FILE)).unwrap();
    connection.execute_batch(include_str!("migrations/001-bundles.sql")).unwrap();
    let signature =
        "PRAGMA application_id = 0x666d6370; PRAGMA user_version = 1; UPDATE high_water SET seq = 5;";
    connection.execute_batch(signature).unwrap();
    connection.close().unwrap();
    let store = Store::open(folder.path(), 3).unwrap();
    assert_eq!(store.standing("any").await.unwrap().high_water, 5);
    note(&store, "first").await.unwrap();
    assert_eq!(verified(&store, folder.path()).await.unwrap().first, 1);
}
