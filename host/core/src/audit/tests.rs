//! The chain: what a record looks like, and that every kind of damage is found where it was done.

use ed25519_dalek::{Signer as _, SigningKey};
use proptest::prelude::*;
use serde_json::json;

use super::export::{Header, Line};
use super::verify::Extent;
use super::*;
use crate::auth::Principal;
use crate::bundle::keys::PublicKey;
use crate::ports::audit::{Checkpoint, Entry, Event, Kept};

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey::from_ed25519(key.verifying_key().as_bytes()).unwrap()
}

fn signed(head: &Head, key: &SigningKey) -> Checkpoint {
    Checkpoint::make(head, 7_000, &public(key).thumbprint(), |bytes| key.sign(bytes).to_bytes().to_vec())
}

fn entry(n: u64) -> Entry {
    Entry {
        at_ms: 1_790_000_000_000 + n,
        event: Event::OperationSuccess,
        outcome: "ok".to_owned(),
        subject: "|anonymous|".to_owned(),
        operation: Some("acme.getOrder".to_owned()),
        input_sha256: Some(digest(&json!({ "n": n }))),
        status: Some(200),
        ..Entry::default()
    }
}

/// What a log consists of, in its order.
type Log = Vec<Line>;

/// A log of so many records behind `head`, with a checkpoint behind every `every`th, and its end.
fn log_behind(mut head: Head, count: u64, every: u64) -> (Log, Head) {
    let mut log = Vec::new();
    for n in 1..=count {
        let (kept, next) = link(&head, &entry(n)).unwrap();
        head = next;
        log.push(Line::Record(kept));
        if n % every == 0 {
            log.push(Line::Checkpoint(signed(&head, &key())));
        }
    }
    (log, head)
}

fn log(count: u64, every: u64) -> (Log, Head) {
    log_behind(genesis(), count, every)
}

fn read(mut verifier: Verifier, log: &[Line]) -> Result<Report, Break> {
    for line in log {
        match line {
            Line::Record(kept) => verifier.record(kept)?,
            Line::Checkpoint(checkpoint) => verifier.checkpoint(checkpoint)?,
        }
    }
    verifier.finish()
}

fn verify(log: &[Line], head: &Head) -> Result<Report, Break> {
    read(Verifier::new(vec![public(&key())], Extent::Whole).expecting(head.clone()), log)
}

/// Where record `n` stands among the lines.
fn line_of(log: &[Line], n: u64) -> usize {
    let place = |line: &Line| match line {
        Line::Record(kept) => Record::parse(&kept.text).is_ok_and(|record| record.sequence == n),
        Line::Checkpoint(_) => false,
    };
    log.iter().position(place).unwrap()
}

fn record(log: &[Line], n: u64) -> Kept {
    match &log[line_of(log, n)] {
        Line::Record(kept) => kept.clone(),
        Line::Checkpoint(_) => unreachable!("a record was looked for"),
    }
}

#[test]
fn a_record_is_canonical_json_and_names_the_one_before() {
    let (first, head) = link(&genesis(), &entry(1)).unwrap();
    let input = digest(&json!({ "n": 1 }));
    assert_eq!(
        first.text,
        format!(
            r#"{{"event":"operation-success","inputHash":"{input}","operation":"acme.getOrder","outcome":"ok","prevHash":"{}","sequence":1,"status":200,"subject":"|anonymous|","timestamp":"2026-09-21T14:13:20.001Z"}}"#,
            "0".repeat(64)
        )
    );
    assert_eq!(head, Head { sequence: 1, hash: sha256_hex(first.text.as_bytes()) });
    let (second, _) = link(&head, &entry(2)).unwrap();
    assert_eq!(Record::parse(&second.text).unwrap().prev_hash, head.hash);
    canonical::check(second.text.as_bytes()).unwrap();
}

#[test]
fn every_field_is_written_in_canonical_order_and_read_again() {
    let text = || Some("x".to_owned());
    let entry = Entry {
        at_ms: 0,
        event: Event::Pruned,
        outcome: "o".to_owned(),
        subject: "s".to_owned(),
        session: text(),
        call: text(),
        tool: text(),
        operation: text(),
        skills: vec!["a".to_owned()],
        bundle_sha256: text(),
        input_sha256: text(),
        output_sha256: text(),
        status: Some(0),
        error: Some("é".repeat(501)),
        envelope_sha256: text(),
        kid: text(),
        seq: Some(1),
        through: Some(2),
        suppressed: Some(3),
    };
    let (kept, _) = link(&genesis(), &entry).unwrap();
    let read = Record::parse(&kept.text).unwrap();
    let members = serde_json::to_value(&read).unwrap();
    let written: Vec<&String> = members.as_object().unwrap().keys().collect();
    assert!(written.is_sorted() && written.len() == 21, "{written:?}");
    assert_eq!(read.error_message.unwrap(), "é".repeat(500) + "...");
}

#[test]
fn times_are_those_of_rfc_3339() {
    for (at_ms, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_798_761_599_001, "2026-12-31T23:59:59.001Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ] {
        assert_eq!(rfc3339(at_ms), text);
    }
    assert!(rfc3339(u64::MAX).ends_with('Z'));
}

#[test]
fn nobodys_name_is_somebody_elses() {
    let principal = |issuer: &str, subject: &str, tenant: Option<&str>| {
        let tenant = tenant.map(str::to_owned);
        Principal { issuer: issuer.to_owned(), subject: subject.to_owned(), tenant }.key()
    };
    assert_eq!(Principal::anonymous().key(), "|anonymous|");
    assert_eq!(principal("https://id.example.com", "ann", Some("acme")), "https://id.example.com|ann|acme");
    assert_ne!(principal("a|b", "c", None), principal("a", "b|c", None));
    assert_ne!(principal("a%7Cb", "c", None), principal("a|b", "c", None));
}

#[test]
fn any_value_has_a_digest_and_the_order_of_members_does_not_matter() {
    assert_eq!(digest(&json!({"a": 1, "b": 2})), digest(&json!({"b": 2, "a": 1.0})));
    assert_eq!(digest(&json!(9_007_199_254_740_993_u64)), digest(&json!(9_007_199_254_740_992_u64)));
    assert_eq!(digest(&Value::Null), sha256_hex(b"null"));
}

#[test]
fn a_sound_log_is_reported() {
    let (log, head) = log(7, 3);
    let report = verify(&log, &head).unwrap();
    let expected = Report {
        first: 1,
        last: 7,
        head_hash: head.hash,
        records: 7,
        checkpoints: 2,
        signed_through: 6,
        signed_at: Some(rfc3339(7_000)),
        begins_behind: 0,
    };
    assert_eq!(report, expected);
    assert_eq!(verify(&[], &genesis()).unwrap(), Report { head_hash: genesis().hash, ..Report::default() });
}

/// A log whose first six records were pruned, as it is kept.
fn pruned() -> (Log, Head) {
    let (mut log, mut head) = log(8, 3);
    let pruning = Entry { event: Event::Pruned, through: Some(6), ..entry(9) };
    let (kept, next) = link(&head, &pruning).unwrap();
    log.push(Line::Record(kept));
    log.push(Line::Checkpoint(signed(&next, &key())));
    head = next;
    let begin = line_of(&log, 6) + 1;
    (log.split_off(begin), head)
}

#[test]
fn a_pruned_log_verifies_from_the_checkpoint_it_begins_with() {
    let (log, head) = pruned();
    let report = verify(&log, &head).unwrap();
    assert_eq!((report.first, report.last, report.begins_behind), (7, 9, 6));
}

#[test]
fn a_beginning_that_is_gone_must_have_been_pruned() {
    let (log, head) = log(8, 3);
    let rest = &log[line_of(&log, 6) + 1..];
    let broken = verify(rest, &head).unwrap_err();
    assert_eq!((broken.sequence, broken.kind), (6, BreakKind::Beginning));
    // Whoever asks for no more gets no more.
    let suffix = Verifier::new(vec![public(&key())], Extent::Suffix);
    assert_eq!(read(suffix, rest).unwrap().first, 7);
    // What is said behind the last checkpoint could have been written by anybody.
    let (log, head) = pruned();
    let (_, unsigned) = log.split_last().unwrap();
    assert_eq!(verify(unsigned, &head).unwrap_err().kind, BreakKind::Beginning);
    let broken = verify(&log[1..], &head).unwrap_err();
    assert_eq!((broken.sequence, broken.kind), (1, BreakKind::Missing));
}

#[test]
fn a_checkpoint_counts_if_a_trusted_key_signed_it() {
    let (mut log, head) = log(4, 2);
    let other = SigningKey::from_bytes(&[8; 32]);
    let last = log.len() - 1;
    log[last] = Line::Checkpoint(signed(&head, &other));
    let broken = verify(&log, &head).unwrap_err();
    assert_eq!((broken.sequence, broken.kind), (4, BreakKind::Checkpoint));
    assert!(broken.message.contains("not trusted"), "{broken}");
    let both = Verifier::new(vec![public(&key()), public(&other)], Extent::Whole);
    assert!(read(both, &log).is_ok(), "after a change of keys both are given");
    let Line::Checkpoint(checkpoint) = &mut log[last] else { unreachable!() };
    checkpoint.key_id = public(&key()).thumbprint();
    let broken = verify(&log, &head).unwrap_err();
    assert!(broken.message.contains("signature does not match"), "{broken}");
}

#[test]
fn a_log_that_was_linked_anew_contradicts_a_checkpoint() {
    let (log, head) = log(6, 3);
    let (forged, _) = log_behind(Head { sequence: 0, ..genesis() }, 2, 9);
    let Line::Record(second) = &forged[1] else { unreachable!() };
    let before = Head { sequence: 2, hash: second.hash.clone() };
    let mut forged: Log = forged;
    let changed = Entry { outcome: "forged".to_owned(), ..entry(3) };
    let (kept, _) = link(&before, &changed).unwrap();
    forged.push(Line::Record(kept));
    forged.extend(log[3..].iter().cloned());
    let broken = verify(&forged, &head).unwrap_err();
    assert_eq!((broken.sequence, broken.kind), (1, BreakKind::Replaced));
    assert!(broken.message.contains("up to 3"), "{broken}");
}

#[test]
fn an_export_says_the_same_as_the_log() {
    let (log, head) = log(5, 2);
    let header = Header::new(public(&key()).to_pem(), false);
    assert_eq!(Header::parse(&header.line()).unwrap(), header);
    let lines: Vec<String> = log.iter().map(Line::line).collect();
    let again: Log = lines.iter().map(|line| Line::parse(line).unwrap()).collect();
    assert_eq!(again, log);
    assert!(verify(&again, &head).is_ok());
    for nonsense in ["", "{}", r#"{"hash":"x"}"#, r#"{"hash":"x","record":{},"more":1}"#, "[]"] {
        assert!(Line::parse(nonsense).is_err(), "{nonsense}");
    }
    let newer = header.line().replace("audit/1", "audit/2");
    assert!(Header::parse(&newer).unwrap_err().contains("frontmcp-audit/2"));
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_flipped_bit_is_found_in_its_record(
        (count, n) in (1_u64..20).prop_flat_map(|count| (Just(count), 1..=count)),
        every in 1_u64..6, at in any::<prop::sample::Index>(), bit in 0_u8..7, in_hash in any::<bool>(),
    ) {
        let (mut log, head) = log(count, every);
        let line = line_of(&log, n);
        let Line::Record(kept) = &mut log[line] else { unreachable!() };
        let text = if in_hash { &mut kept.hash } else { &mut kept.text };
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        *text = String::from_utf8_lossy(&bytes).into_owned();
        let broken = verify(&log, &head).unwrap_err();
        prop_assert_eq!((broken.sequence, broken.kind), (n, BreakKind::Altered));
    }

    #[test]
    fn a_changed_record_with_a_digest_of_its_own_is_found(
        (count, n) in (1_u64..20).prop_flat_map(|count| (Just(count), 1..=count)), every in 1_u64..6,
    ) {
        let (mut log, head) = log(count, every);
        let before = match n { 1 => genesis(), _ => Head { sequence: n - 1, hash: record(&log, n - 1).hash } };
        let (kept, _) = link(&before, &Entry { outcome: "forged".to_owned(), ..entry(n) }).unwrap();
        let line = line_of(&log, n);
        log[line] = Line::Record(kept);
        let broken = verify(&log, &head).unwrap_err();
        if n == count || n % every == 0 {
            // What was signed or known contradicts it before another record could, and says from where on.
            prop_assert_eq!(broken.kind, BreakKind::Replaced);
            prop_assert_eq!(broken.sequence, (n - 1) / every * every + 1);
        } else {
            prop_assert_eq!((broken.sequence, broken.kind), (n, BreakKind::Altered));
        }
    }

    #[test]
    fn a_dropped_record_is_missed(
        (count, n) in (1_u64..20).prop_flat_map(|count| (Just(count), 1..=count)), every in 1_u64..6,
    ) {
        let (mut log, head) = log(count, every);
        log.remove(line_of(&log, n));
        let broken = verify(&log, &head).unwrap_err();
        if n == 1 && every == 1 {
            // It then looks like a log that begins behind its first checkpoint.
            prop_assert_eq!((broken.sequence, broken.kind), (1, BreakKind::Beginning));
        } else {
            prop_assert_eq!((broken.sequence, broken.kind), (n, BreakKind::Missing));
        }
    }

    #[test]
    fn swapped_records_are_found_at_the_first_of_them(
        (n, m, count) in (3_u64..20).prop_flat_map(|count| (1..count, Just(count)))
            .prop_flat_map(|(n, count)| (Just(n), n + 1..=count, Just(count))),
        every in 1_u64..6,
    ) {
        let (mut log, head) = log(count, every);
        let (one, other) = (line_of(&log, n), line_of(&log, m));
        log.swap(one, other);
        let broken = verify(&log, &head).unwrap_err();
        prop_assert_eq!((broken.sequence, broken.kind), (n, BreakKind::Missing));
    }

    #[test]
    fn a_log_that_was_cut_off_is_too_short(
        (count, n) in (1_u64..20).prop_flat_map(|count| (Just(count), 1..=count)), every in 1_u64..6,
    ) {
        let (log, head) = log(count, every);
        let cut = &log[..line_of(&log, n)];
        let broken = verify(cut, &head).unwrap_err();
        prop_assert_eq!((broken.sequence, broken.kind), (n, BreakKind::Missing));
        // With nothing known from elsewhere, the newest checkpoint tells.
        let newest = log.iter().rfind(|line| matches!(line, Line::Checkpoint(_)));
        let kept: Log = cut.iter().chain(newest).cloned().collect();
        let told = read(Verifier::new(vec![public(&key())], Extent::Whole), &kept);
        if n <= count / every * every && n > 1 {
            prop_assert_eq!(told.unwrap_err().sequence, n);
        }
    }

    #[test]
    fn a_record_that_stands_twice_is_found(
        (count, n) in (1_u64..20).prop_flat_map(|count| (Just(count), 1..=count)),
        every in 1_u64..6, later in any::<prop::sample::Index>(),
    ) {
        let (mut log, head) = log(count, every);
        let line = line_of(&log, n);
        let twice = log[line].clone();
        let place = line + 1 + later.index(log.len() - line);
        log.insert(place, twice);
        let broken = verify(&log, &head).unwrap_err();
        prop_assert_eq!((broken.sequence, broken.kind), (n, BreakKind::Duplicate));
    }

    #[test]
    fn a_second_branch_is_found_where_it_joins(
        (count, n) in (2_u64..20).prop_flat_map(|count| (Just(count), 2..=count)), every in 1_u64..6,
    ) {
        let (mut log, head) = log(count, every);
        let before = Head { sequence: n - 1, hash: record(&log, n - 1).hash };
        let (other, _) = link(&before, &Entry { outcome: "other".to_owned(), ..entry(n) }).unwrap();
        log.insert(line_of(&log, n) + 1, Line::Record(other));
        let broken = verify(&log, &head).unwrap_err();
        prop_assert_eq!((broken.sequence, broken.kind), (n, BreakKind::Duplicate));
    }

    #[test]
    fn damage_to_a_checkpoint_is_found(
        every in 1_u64..6, rounds in 1_u64..4, at in any::<prop::sample::Index>(), which in 0..4_u8, bit in 0_u8..6,
    ) {
        let (mut log, head) = log(every * rounds + 1, every);
        let lines: Vec<usize> = (0..log.len()).filter(|at| matches!(log[*at], Line::Checkpoint(_))).collect();
        let line = lines[at.index(lines.len())];
        let Line::Checkpoint(checkpoint) = &mut log[line] else { unreachable!() };
        let sequence = checkpoint.sequence;
        let text = match which {
            0 => &mut checkpoint.hash,
            1 => &mut checkpoint.key_id,
            2 => &mut checkpoint.signature,
            _ => &mut checkpoint.timestamp,
        };
        let mut bytes = text.clone().into_bytes();
        let place = at.index(bytes.len());
        bytes[place] ^= 1 << bit;
        *text = String::from_utf8(bytes).unwrap();
        let broken = verify(&log, &head).unwrap_err();
        prop_assert_eq!((broken.sequence, broken.kind), (sequence, BreakKind::Checkpoint));
    }
}
