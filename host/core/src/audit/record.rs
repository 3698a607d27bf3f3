//! One record: its text, its place in the chain. Never decides what is recorded.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{bounded, rfc3339};
use crate::bundle::canonical::{self, NotCanonical};
use crate::bundle::sha256_hex;
use crate::ports::audit::{Entry, Event, Head, Kept};

/// A record as it is written. The fields stand in the order of canonical JSON, so that writing one sorts nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record<'a> {
    /// The bundle that was live, or that was pushed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bundle_sha256: Option<Cow<'a, str>>,
    /// Joins the records of one tool call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<Cow<'a, str>>,
    /// SHA-256 of the pushed envelope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub envelope_sha256: Option<Cow<'a, str>>,
    /// What was wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<Cow<'a, str>>,
    /// What kind of thing happened.
    pub event: Event,
    /// SHA-256 of the canonical JSON that went in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_hash: Option<Cow<'a, str>>,
    /// Whose signature the pushed envelope has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<Cow<'a, str>>,
    /// The operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<Cow<'a, str>>,
    /// What came of it.
    pub outcome: Cow<'a, str>,
    /// SHA-256 of the canonical JSON that came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_hash: Option<Cow<'a, str>>,
    /// SHA-256 of the record before.
    pub prev_hash: Cow<'a, str>,
    /// The pushed bundle's place in the order of bundles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The record's place in the log, from 1.
    pub sequence: u64,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Cow<'a, str>>,
    /// The skills.
    #[serde(skip_serializing_if = "no_skills", default)]
    pub skills: Cow<'a, [String]>,
    /// The upstream's HTTP status; 0 without an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Who asked.
    pub subject: Cow<'a, str>,
    /// How many like this one were not recorded before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<u64>,
    /// The last record that is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<u64>,
    /// When: RFC 3339, UTC, with milliseconds.
    pub timestamp: Cow<'a, str>,
    /// The tool that was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<Cow<'a, str>>,
}

fn no_skills(skills: &[String]) -> bool {
    skills.is_empty()
}

impl Record<'_> {
    /// Reads a record that is written as [`link`] writes one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Record<'static>, String> {
        canonical::check(text.as_bytes()).map_err(|error| error.to_string())?;
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

impl<'a> Record<'a> {
    fn new(head: &'a Head, entry: &'a Entry) -> Self {
        let text = |value: &'a Option<String>| value.as_deref().map(Cow::Borrowed);
        Self {
            bundle_sha256: text(&entry.bundle_sha256),
            call: text(&entry.call),
            envelope_sha256: text(&entry.envelope_sha256),
            error_message: entry.error.as_deref().map(bounded).map(Cow::Owned),
            event: entry.event,
            input_hash: text(&entry.input_sha256),
            kid: text(&entry.kid),
            operation: text(&entry.operation),
            outcome: Cow::Borrowed(&entry.outcome),
            output_hash: text(&entry.output_sha256),
            prev_hash: Cow::Borrowed(&head.hash),
            seq: entry.seq,
            sequence: head.sequence + 1,
            session: text(&entry.session),
            skills: Cow::Borrowed(&entry.skills),
            status: entry.status,
            subject: Cow::Borrowed(&entry.subject),
            suppressed: entry.suppressed,
            through: entry.through,
            timestamp: Cow::Owned(rfc3339(entry.at_ms)),
            tool: text(&entry.tool),
        }
    }
}

/// Gives an entry its place behind `head`. Answers the record and where the log ends with it.
///
/// # Errors
/// A number that no JSON number holds.
pub fn link(head: &Head, entry: &Entry) -> Result<(Kept, Head), NotCanonical> {
    let bytes = canonical::to_vec(&Record::new(head, entry))?;
    let hash = sha256_hex(&bytes);
    let text = String::from_utf8(bytes).expect("canonical JSON is UTF-8");
    Ok((Kept { hash: hash.clone(), text }, Head { sequence: head.sequence + 1, hash }))
}
