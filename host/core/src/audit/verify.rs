//! The verifier: reads a log from its start and names the first record that is not what was written. Streaming: holds
//! one record at a time, whatever the length. Never trusts what no link and no checkpoint vouches for.

use std::fmt;

use serde::Serialize;

use super::{Record, genesis};
use crate::bundle::keys::PublicKey;
use crate::bundle::sha256_hex;
use crate::ports::audit::{Checkpoint, Event, Head, Kept};

/// What is wrong, and where first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Break {
    /// The first record that is changed, missing or too many; for a bad checkpoint the record it is about.
    pub sequence: u64,
    /// What kind of damage it is.
    pub kind: BreakKind,
    /// In words.
    pub message: String,
}

/// Kinds of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BreakKind {
    /// A record's text is not what was written.
    Altered,
    /// A record is not where it should be.
    Missing,
    /// A record stands where another did already.
    Duplicate,
    /// Records agree with each other and not with what was signed.
    Replaced,
    /// A checkpoint is not signed by anybody who is trusted, or stands in the wrong place.
    Checkpoint,
    /// The log begins later than it says it does.
    Beginning,
}

impl fmt::Display for Break {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "record {}: {}", self.sequence, self.message)
    }
}

impl std::error::Error for Break {}

/// What a sound log consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The first record that was read; 0 if there was none.
    pub first: u64,
    /// Where the log ends.
    pub last: u64,
    /// The digest of its last record.
    pub head_hash: String,
    /// Records that were read.
    pub records: u64,
    /// Checkpoints that were read, each signed by a trusted key.
    pub checkpoints: u64,
    /// The last record that a checkpoint vouches for; what stands behind it is linked, but could have been cut off.
    pub signed_through: u64,
    /// When that was signed.
    pub signed_at: Option<String>,
    /// The record that it begins behind: pruned, or not asked for, and vouched for by a checkpoint. 0 for none.
    pub begins_behind: u64,
}

/// Which part of a log there is to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All that is kept: what is gone from its beginning must have been pruned.
    Whole,
    /// From some checkpoint on, because somebody asked for no more.
    Suffix,
}

/// Reads records and checkpoints in the order of their sequence: a checkpoint behind the record it is about.
pub struct Verifier {
    keys: Vec<PublicKey>,
    extent: Extent,
    expected: Option<Head>,
    /// The last record that was read, or what the log begins behind.
    position: Head,
    /// Whether anything was read.
    begun: bool,
    suspect: bool,
    /// Records that say what was pruned: the record's own sequence and the last one that is gone.
    pruned: Option<(u64, u64)>,
    report: Report,
}

impl Verifier {
    /// A verifier that trusts these keys.
    pub fn new(keys: Vec<PublicKey>, extent: Extent) -> Self {
        let position = genesis();
        let report = Report { head_hash: position.hash.clone(), ..Report::default() };
        let (begun, suspect) = (false, false);
        Self { keys, extent, expected: None, position, begun, suspect, pruned: None, report }
    }

    /// The same, that also wants a record known from elsewhere to be there: the head of an earlier run, say.
    #[must_use]
    pub fn expecting(mut self, head: Head) -> Self {
        self.expected = Some(head);
        self
    }

    /// Reads the next record.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn record(&mut self, kept: &Kept) -> Result<(), Break> {
        let next = self.position.sequence + 1;
        let hash = sha256_hex(kept.text.as_bytes());
        let record = match Record::parse(&kept.text) {
            Ok(record) if hash == kept.hash => record,
            parsed => {
                self.settle(None)?;
                let why = parsed.err().unwrap_or_else(|| "its text has another digest".to_owned());
                return Err(Break::new(next, BreakKind::Altered, format!("it was changed: {why}")));
            }
        };
        self.settle((record.sequence == next).then_some(&*record.prev_hash))?;
        if record.sequence > next {
            let message = format!("it is missing; record {} stands in its place", record.sequence);
            return Err(Break::new(next, BreakKind::Missing, message));
        }
        if record.sequence < next {
            let message = "it stands in the log more than once, or in the wrong place";
            return Err(Break::new(record.sequence, BreakKind::Duplicate, message));
        }
        if record.prev_hash != self.position.hash {
            if self.is_vouched_for() {
                let message = "it does not follow the record before it";
                return Err(Break::new(next, BreakKind::Altered, message));
            }
            // Either of the two was changed: what comes next knows which.
            self.suspect = true;
        }
        if record.event == Event::Pruned {
            self.pruned = record.through.map(|through| (record.sequence, through)).or(self.pruned);
        }
        if self.report.records == 0 {
            self.report.first = next;
        }
        self.report.records += 1;
        self.begun = true;
        self.position = Head { sequence: next, hash };
        match &self.expected {
            Some(expected) if expected.sequence == next => self.agrees(&expected.hash.clone(), "is known"),
            _ => Ok(()),
        }
    }

    /// Reads the next checkpoint.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), Break> {
        let Checkpoint { sequence, hash, .. } = checkpoint;
        let wrong = |message: &str| Err(Break::new(*sequence, BreakKind::Checkpoint, message));
        match self.keys.iter().find(|key| key.thumbprint() == checkpoint.key_id) {
            None => {
                return wrong(&format!(
                    "its checkpoint is signed with the key {}, which is not trusted",
                    checkpoint.key_id
                ));
            }
            Some(key) if !checkpoint.is_signed_by(key) => {
                return wrong("its checkpoint was changed: the signature does not match");
            }
            Some(_) => {}
        }
        if !self.begun {
            self.position = checkpoint.head();
            self.report.begins_behind = *sequence;
        }
        self.begun = true;
        let next = self.position.sequence + 1;
        if *sequence >= next {
            self.settle(None)?;
            let message = format!("it is missing, and so is all up to record {sequence}, which was signed");
            return Err(Break::new(next, BreakKind::Missing, message));
        }
        if *sequence + 1 < next {
            self.settle(None)?;
            return wrong("its checkpoint stands in the wrong place");
        }
        self.agrees(hash, "was signed")?;
        self.report.checkpoints += 1;
        self.report.signed_through = *sequence;
        self.report.signed_at = Some(checkpoint.timestamp.clone());
        Ok(())
    }

    /// What comes next cannot even be read.
    pub fn unreadable(&mut self, why: &str) -> Break {
        let next = self.position.sequence + 1;
        self.settle(None).err().unwrap_or_else(|| Break::new(next, BreakKind::Altered, why))
    }

    /// The log ends here.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn finish(mut self) -> Result<Report, Break> {
        self.settle(None)?;
        let Head { sequence, hash } = self.position.clone();
        if let Some(expected) = self.expected.take()
            && expected.sequence > sequence
        {
            let message =
                format!("it is missing, and so is all up to record {}, which is known", expected.sequence);
            return Err(Break::new(sequence + 1, BreakKind::Missing, message));
        }
        let gone = self.report.begins_behind;
        let told =
            self.pruned.is_some_and(|(at, through)| through == gone && at <= self.report.signed_through);
        if self.extent == Extent::Whole && gone > 0 && !told {
            let message = "all up to it is gone, and no signed record says that it was pruned";
            return Err(Break::new(gone, BreakKind::Beginning, message));
        }
        Ok(Report { last: sequence, head_hash: hash, ..self.report })
    }

    /// Whether somebody other than the next record says that the last one is good.
    fn is_vouched_for(&self) -> bool {
        self.report.records == 0 || self.report.signed_through == self.position.sequence
    }

    /// Says which of two records that do not fit was changed: the later one is good if `digest`, what stands behind it,
    /// is its own.
    fn settle(&mut self, digest: Option<&str>) -> Result<(), Break> {
        if !self.suspect {
            return Ok(());
        }
        let later = self.position.sequence;
        Err(if digest == Some(&self.position.hash) {
            Break::new(later - 1, BreakKind::Altered, "it was replaced: the next record follows another")
        } else {
            Break::new(later, BreakKind::Altered, "it does not follow the record before it")
        })
    }

    /// Compares the last record with what is known of it.
    fn agrees(&mut self, hash: &str, how: &str) -> Result<(), Break> {
        self.settle(Some(hash))?;
        if self.position.hash == hash {
            return Ok(());
        }
        let (since, last) =
            (self.report.signed_through.max(self.report.begins_behind) + 1, self.position.sequence);
        let message = if since == last {
            format!("it was replaced: another {how}")
        } else {
            format!("it or a later one up to {last} was replaced: for {last} another digest {how}")
        };
        Err(Break::new(since, BreakKind::Replaced, message))
    }
}

impl Break {
    fn new(sequence: u64, kind: BreakKind, message: impl Into<String>) -> Self {
        Self { sequence, kind, message: message.into() }
    }
}
