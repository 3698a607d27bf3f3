//! The audit log seen from outside: what is shown, what verifies, and what a damaged one is told apart by.

use std::fs;
use std::path::PathBuf;

use clap::Parser as _;
use frontmcp_core::ports::Audit as _;
use frontmcp_core::ports::audit::{Entry, Event};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::cli::{Cli, Command};
use crate::store::{AUDIT_PUBLIC_KEY, Store};

/// A data folder that a server has open.
struct Log {
    folder: TempDir,
    store: Store,
}

impl Log {
    /// A log of three records, a checkpoint and two records more.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), 3).unwrap();
        let log = Self { folder, store };
        log.append(&["one", "two", "three"]);
        log.wait(log.store.checkpoint(1_790_000_000_000)).unwrap();
        log.append(&["four", "five"]);
        log
    }

    fn append(&self, outcomes: &[&str]) {
        let entry = |outcome: &&str| Entry {
            at_ms: 1_790_000_000_000,
            event: Event::OperationSuccess,
            outcome: outcome.to_string(),
            subject: "|anonymous|".to_owned(),
            operation: Some("acme.getOrder".to_owned()),
            status: Some(200),
            ..Entry::default()
        };
        self.wait(self.store.append(outcomes.iter().map(entry).collect())).unwrap();
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Somebody with a database tool.
    fn tamper(&self, statements: &str) {
        let connection = Connection::open(self.path("frontmcp.sqlite3")).unwrap();
        connection.execute_batch(statements).unwrap();
    }

    /// Runs a command on this folder; answers its exit code and output.
    fn said(&self, words: &[&str]) -> (i32, String) {
        said(&[words, &["--data", self.folder.path().to_str().unwrap()]].concat())
    }

    fn export(&self, words: &[&str]) -> String {
        let (code, text) = self.said(&[&["export"], words].concat());
        assert_eq!(code, 0);
        text
    }

    /// Verifies this export.
    fn verify_export(&self, text: &str, words: &[&str]) -> (i32, String) {
        let file = self.path("export.jsonl");
        fs::write(&file, text).unwrap();
        said(&[&["verify", "--file", file.to_str().unwrap()], words].concat())
    }

    fn head(&self) -> String {
        let head = self.wait(self.store.head()).unwrap();
        format!("{}:{}", head.sequence, head.hash)
    }

    fn key(&self) -> String {
        let pem = fs::read_to_string(self.path(AUDIT_PUBLIC_KEY)).unwrap();
        frontmcp_core::bundle::keys::PublicKey::parse(&pem).unwrap().thumbprint()
    }
}

fn said(words: &[&str]) -> (i32, String) {
    let all = ["frontmcp-host", "audit"].iter().chain(words);
    let Command::Audit(command) = Cli::try_parse_from(all).unwrap().command else {
        unreachable!("audit was asked for")
    };
    let mut out = Vec::new();
    let code = run(&command, &mut out).unwrap();
    (code, String::from_utf8(out).unwrap())
}

#[test]
fn a_sound_log_is_told_apart_from_its_unsigned_end_while_a_server_writes() {
    let log = Log::new();
    let expected = format!(
        "ok: records 1 to 5, 1 checkpoints\n\
         head     {}\n\
         signed   through 3, at 2026-09-21T14:13:20.000Z; what follows is linked only\n\
         key      {}, from the data folder: compare it with a copy kept elsewhere\n",
        log.head(),
        log.key()
    );
    assert_eq!(log.said(&["verify"]), (0, expected));
    log.append(&["six"]);
    assert!(log.said(&["verify"]).1.starts_with("ok: records 1 to 6,"));
}

#[test]
fn a_sound_log_is_told_to_machines() {
    let log = Log::new();
    let (code, text) = log.said(&["verify", "--json"]);
    let told: Value = serde_json::from_str(&text).unwrap();
    let head = log.head();
    let expected = json!({
        "status": "ok",
        "report": {
            "first": 1, "last": 5, "headHash": &head[2..], "records": 5, "checkpoints": 1,
            "signedThrough": 3, "signedAt": "2026-09-21T14:13:20.000Z", "beginsBehind": 0,
        },
        "keys": [log.key()],
        "keysFrom": "data-folder",
    });
    assert_eq!((code, told), (0, expected));
}

#[test]
fn the_first_broken_record_is_named() {
    let log = Log::new();
    log.tamper("UPDATE audit SET record = replace(record, '200', '201') WHERE sequence >= 2");
    let (code, text) = log.said(&["verify"]);
    assert_eq!((code, text.as_str()), (1, "broken: record 2: it was changed: its text has another digest\n"));
    let (code, text) = log.said(&["verify", "--json"]);
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &told["status"], &told["broken"]["sequence"]), (1, &json!("broken"), &json!(2)));
    assert_eq!(told["broken"]["kind"], "altered");
}

#[test]
fn damage_of_any_kind_is_found() {
    for (statements, words) in [
        ("DELETE FROM audit WHERE sequence = 4", "record 4: it is missing"),
        ("DELETE FROM audit WHERE sequence > 2", "record 3: it is missing"),
        ("DELETE FROM audit WHERE sequence <= 3", "record 3: all up to it is gone"),
        ("UPDATE audit SET hash = 'x' WHERE sequence = 5", "record 5: it was changed"),
        ("UPDATE audit_checkpoints SET checkpoint = 'x'", "record 4: a checkpoint is not readable"),
        (
            "UPDATE audit_checkpoints SET checkpoint = replace(checkpoint, '2026', '2027')",
            "record 3: its checkpoint was changed",
        ),
        ("UPDATE audit SET sequence = 12 - sequence WHERE sequence > 3", "record 4: it is missing"),
    ] {
        let log = Log::new();
        log.tamper(statements);
        let (code, text) = log.said(&["verify"]);
        assert!(code == 1 && text.starts_with(&format!("broken: {words}")), "{statements}: {text}");
    }
}

#[test]
fn an_end_that_was_cut_off_is_missed_by_whoever_remembers_it() {
    let log = Log::new();
    let head = log.head();
    assert_eq!(log.said(&["verify", "--head", &head]).0, 0);
    log.append(&["six"]);
    assert_eq!(log.said(&["verify", "--head", &head]).0, 0);
    log.tamper("DELETE FROM audit WHERE sequence > 4");
    assert_eq!(log.said(&["verify"]).0, 0, "nothing that is left contradicts it");
    let (code, text) = log.said(&["verify", "--head", &head]);
    assert!(code == 1 && text.starts_with("broken: record 5: it is missing"), "{text}");
}

#[test]
fn a_part_is_verified_from_the_checkpoint_before_it() {
    let log = Log::new();
    let (code, text) = log.said(&["verify", "--from", "5"]);
    assert!(code == 0 && text.starts_with("ok: records 4 to 5, 1 checkpoints\n"), "{text}");
    log.tamper("UPDATE audit SET hash = 'x' WHERE sequence = 2");
    assert_eq!(log.said(&["verify", "--from", "4"]).0, 0);
    assert_eq!(log.said(&["verify", "--from", "3"]).0, 1);
    assert_eq!(log.said(&["verify", "--from", "6"]).0, 3);
}

#[test]
fn a_pruned_log_verifies() {
    let log = Log::new();
    log.wait(log.store.prune(2, 1_790_000_000_000)).unwrap();
    let (code, text) = log.said(&["verify"]);
    assert!(code == 0 && text.starts_with("ok: records 4 to 6, 2 checkpoints\n"), "{text}");
    assert!(text.contains("begins   behind the signed record 3\n"), "{text}");
    let (code, text) = log.verify_export(&log.export(&[]), &[]);
    assert!(code == 0 && text.starts_with("ok: records 4 to 6, 2 checkpoints\n"), "{text}");
}

#[test]
fn only_a_trusted_key_counts() {
    let log = Log::new();
    let other = Log::new();
    let (own, others) = (log.path(AUDIT_PUBLIC_KEY), other.path(AUDIT_PUBLIC_KEY));
    let (own, others) = (own.to_str().unwrap(), others.to_str().unwrap());
    assert!(log.said(&["verify", "--public-key", own]).1.contains(", as given\n"));
    let (code, text) = log.said(&["verify", "--public-key", others]);
    assert!(code == 1 && text.contains("which is not trusted"), "{text}");
    assert_eq!(log.said(&["verify", "--public-key", others, "--public-key", own]).0, 0);
    let (code, text) = log.verify_export(&other.export(&[]), &["--public-key", own]);
    assert!(code == 1 && text.contains("which is not trusted"), "{text}");
}

#[test]
fn an_export_verifies_without_the_server() {
    let log = Log::new();
    let export = log.export(&[]);
    assert_eq!(export.lines().count(), 7, "a header, five records, a checkpoint");
    let (code, text) = log.verify_export(&export, &[]);
    assert!(code == 0 && text.contains("from the export itself: compare it with the server's"), "{text}");
    assert!(text.contains(&log.head()), "{text}");

    let part = log.export(&["--from", "4"]);
    assert_eq!(part.lines().count(), 4);
    let (code, text) = log.verify_export(&part, &[]);
    assert!(code == 0 && text.starts_with("ok: records 4 to 5, 1 checkpoints\n"), "{text}");

    for (from, to, sequence) in [("four", "fore", 4), ("\"record\":{\"event", "\"recorx\":{\"event", 1)] {
        let (code, text) = log.verify_export(&export.replacen(from, to, 1), &[]);
        assert!(code == 1 && text.starts_with(&format!("broken: record {sequence}: ")), "{text}");
    }
    let mut lines: Vec<&str> = export.lines().collect();
    lines.swap(1, 2);
    let (code, text) = log.verify_export(&(lines.join("\n") + "\n"), &[]);
    assert!(code == 1 && text.starts_with("broken: record 1: it is missing"), "{text}");
    assert_eq!(log.verify_export("no export\n", &[]).0, 3);
}

#[test]
fn the_newest_records_are_shown() {
    let log = Log::new();
    let line = |n: u64, outcome: &str| {
        format!(
            "{n} 2026-09-21T14:13:20.000Z operation-success {outcome} operation=acme.getOrder status=200 subject=|anonymous|\n"
        )
    };
    assert_eq!(log.said(&["tail", "-n", "2"]), (0, line(4, "four") + &line(5, "five")));
    let (_, text) = log.said(&["tail", "-n", "1", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["outcome"], "five");
    assert_eq!(log.said(&["tail"]).1.lines().count(), 5);
}

#[test]
fn records_are_shown_as_they_are_written() {
    let log = Log::new();
    let data = log.folder.path().to_str().unwrap();
    let words = ["frontmcp-host", "audit", "tail", "--data", data, "-n", "0", "--follow"];
    let Command::Audit(AuditCommand::Tail(args)) = Cli::try_parse_from(words).unwrap().command else {
        unreachable!("tail was asked for")
    };
    let mut out = Vec::new();
    let mut coming = ["six", "seven"].iter();
    let mut again = || {
        coming.next().is_some_and(|outcome| {
            log.append(&[*outcome]);
            true
        })
    };
    assert_eq!(tail::run(&args, &mut out, &mut again).unwrap(), 0);
    let text = String::from_utf8(out).unwrap();
    let outcomes: Vec<&str> = text.lines().map(|line| line.split(' ').nth(3).unwrap()).collect();
    assert_eq!(outcomes, ["six", "seven"]);
}

#[test]
fn what_a_record_says_does_nothing_to_a_terminal() {
    let log = Log::new();
    log.append(&["\u{1b}[2J\nfake line"]);
    for words in [&["tail", "-n", "1"][..], &["tail", "-n", "1", "--json"]] {
        let (_, text) = log.said(words);
        assert!(!text.contains('\u{1b}') && text.lines().count() == 1, "{text:?}");
    }
}

#[test]
fn a_folder_without_a_log_is_told_by_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    for command in ["verify", "tail", "export"] {
        assert_eq!(said(&[command, "--data", data]), (3, String::new()));
        assert!(Cli::try_parse_from(["frontmcp-host", "audit", command]).is_err());
    }
    assert!(fs::read_dir(&folder).unwrap().next().is_none(), "and nothing is made there");
}
