//! What became of a push, for people or as JSON. Never lets a server's words steer the terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use frontmcp_core::bundle::envelope::Header;
use frontmcp_core::findings::Location;
use serde_json::{Map, Value, json};
use url::Url;

use super::super::{Console, counted, harmless};
use super::client::{Answer, Gone};
use crate::render::{self, Told};

/// Names in one line.
const MAX_NAMES: usize = 20;

/// A push and its end.
pub(super) struct Pushed {
    url: Url,
    bundle_sha256: String,
    seq: u64,
    /// How often the envelope was sent.
    pub(super) attempts: u32,
    /// Whether a server may have received it without our hearing of it.
    pub(super) lost: bool,
    said: Option<Result<Answer, Gone>>,
}

/// Exit codes.
const DONE: i32 = 0;
const REFUSED: i32 = 1;
const NOT_REACHABLE: i32 = 3;
const REDEPLOY: i32 = 4;

impl Pushed {
    pub(super) fn new(url: &Url, header: &Header, bundle_sha256: &str) -> Self {
        let (url, bundle_sha256) = (url.clone(), bundle_sha256.to_owned());
        Self { url, bundle_sha256, seq: header.seq, attempts: 0, lost: false, said: None }
    }

    #[must_use]
    pub(super) fn ended(mut self, said: Result<Answer, Gone>) -> Self {
        self.said = Some(said);
        self
    }

    /// Whether the server took the envelope at an attempt whose answer was lost.
    fn was_applied(&self, answer: &Answer) -> bool {
        self.lost
            && answer.outcome() == "replayed"
            && answer.text("activeSha256") == Some(self.bundle_sha256.as_str())
    }

    fn code(&self) -> i32 {
        match &self.said {
            Some(Ok(answer)) if self.was_applied(answer) => DONE,
            Some(Ok(answer)) => match answer.outcome() {
                "applied" | "noop" => DONE,
                "redeploy_required" => REDEPLOY,
                _ => REFUSED,
            },
            Some(Err(_)) | None => NOT_REACHABLE,
        }
    }

    /// The server's document, and what only the sender knows.
    fn document(&self) -> Map<String, Value> {
        let mut document = match &self.said {
            Some(Ok(answer)) => answer.document.clone(),
            _ => Map::from_iter([
                ("status".to_owned(), "unreachable".into()),
                ("message".to_owned(), self.trouble().into()),
            ]),
        };
        // A server does not say which bundle it was about before it trusts the signature.
        document.entry("bundleSha256").or_insert_with(|| self.bundle_sha256.as_str().into());
        document.entry("seq").or_insert_with(|| self.seq.into());
        if let Some(Ok(answer)) = &self.said
            && self.was_applied(answer)
        {
            document.insert("earlierAttemptApplied".to_owned(), true.into());
        }
        document.insert("url".to_owned(), self.url.as_str().into());
        document.insert("attempts".to_owned(), self.attempts.into());
        document
    }

    /// Why there is no answer.
    fn trouble(&self) -> String {
        let reason = match &self.said {
            Some(Err(Gone::Unreachable(reason) | Gone::Foreign(reason))) => reason,
            _ => "no answer",
        };
        let mut text = format!("{}: {}", self.url, harmless(reason));
        if self.lost {
            text.push_str("; the server may have taken the bundle all the same: push again to find out");
        }
        text
    }

    /// `bundle 3f2a1b4c5d6e… seq 17`.
    fn name(&self) -> String {
        format!("bundle {}… seq {}", &self.bundle_sha256[..12], self.seq)
    }
}

/// Prints the end of a push and answers the exit code.
pub(super) fn print(as_json: bool, pushed: &Pushed, console: &mut Console<'_>) -> anyhow::Result<i32> {
    let code = pushed.code();
    if as_json {
        serde_json::to_writer_pretty(&mut *console.out, &json!(pushed.document()))?;
        writeln!(console.out)?;
        return Ok(code);
    }
    match &pushed.said {
        Some(Ok(answer)) => {
            let findings = findings(&answer.document);
            let text = if code == DONE { done(pushed, answer) } else { refused(pushed, answer) };
            let stream: &mut dyn std::io::Write =
                if code == DONE { &mut *console.out } else { &mut *console.err };
            stream.write_all(text.as_bytes())?;
            console.err.write_all(findings.as_bytes())?;
        }
        _ => writeln!(console.err, "frontmcp-host: {}", pushed.trouble())?,
    }
    Ok(code)
}

fn done(pushed: &Pushed, answer: &Answer) -> String {
    let name = pushed.name();
    match answer.outcome() {
        "noop" => format!("{name} is live already; nothing was changed\n"),
        "replayed" => format!("applied {name} at an earlier attempt, whose answer was lost\n"),
        _ => {
            let changes = answer.document.get("changes").unwrap_or(&Value::Null);
            format!("applied {name}: {}\n{}", summary(changes), details(changes))
        }
    }
}

fn refused(pushed: &Pushed, answer: &Answer) -> String {
    let message = harmless(answer.text("message").unwrap_or("the server does not say why"));
    let mut text = format!("refused {} ({}): {message}\n", pushed.name(), harmless(answer.outcome()));
    let changes = answer.document.get("changes").unwrap_or(&Value::Null);
    let structural = texts(changes, "structural");
    if !structural.is_empty() {
        let _ = writeln!(text, "  structural settings: {}", some(&structural));
    }
    let active = answer.text("activeSha256");
    match answer.outcome() {
        "replayed" if active == Some(&pushed.bundle_sha256) => {
            text.push_str("  It is the bundle that is live.\n");
        }
        "replayed" if pushed.lost => {
            text.push_str("  An earlier attempt was received, but this bundle is not what is live.\n");
        }
        "untimely" => text.push_str("  Build and sign it again, or set the clocks right.\n"),
        _ => {}
    }
    text
}

/// `2 skills changed, 1 operation added`.
fn summary(changes: &Value) -> String {
    let mut parts = Vec::new();
    for (kind, noun) in [("skills", "skill"), ("operations", "operation")] {
        for what in ["added", "changed", "removed"] {
            let count = changes[kind][what].as_array().map_or(0, Vec::len);
            if count > 0 {
                parts.push(format!("{} {what}", counted(count, noun)));
            }
        }
    }
    let settings = texts(changes, "settings").len();
    if settings > 0 {
        parts.push(format!("{} changed", counted(settings, "setting")));
    }
    if parts.is_empty() { "nothing that clients see was changed".to_owned() } else { parts.join(", ") }
}

fn details(changes: &Value) -> String {
    let mut text = String::new();
    let mut line = |what: String, names: &[String]| {
        if !names.is_empty() {
            let _ = writeln!(text, "  {what}: {}", some(names));
        }
    };
    for kind in ["skills", "operations"] {
        line(format!("{kind} added"), &texts(&changes[kind], "added"));
        let changed = changes[kind]["changed"].as_array().into_iter().flatten();
        let changed: Vec<String> = changed
            .map(|each| {
                let name = harmless(each["name"].as_str().unwrap_or_default());
                format!("{name} ({})", texts(each, "aspects").join(", "))
            })
            .collect();
        line(format!("{kind} changed"), &changed);
        line(format!("{kind} removed"), &texts(&changes[kind], "removed"));
    }
    line("settings changed".to_owned(), &texts(changes, "settings"));
    text
}

fn texts(value: &Value, name: &str) -> Vec<String> {
    value[name].as_array().into_iter().flatten().filter_map(|text| Some(harmless(text.as_str()?))).collect()
}

fn some(names: &[String]) -> String {
    let shown = names[..names.len().min(MAX_NAMES)].join(", ");
    match names.len().saturating_sub(MAX_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The server's findings as `check` prints them; nothing if there are none.
fn findings(document: &Map<String, Value>) -> String {
    let given = document.get("findings").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read: Vec<_> = given
        .iter()
        .map(|finding| {
            let text = |name: &str| finding[name].as_str().map(harmless);
            let number = |name: &str| {
                finding["location"][name]
                    .as_u64()
                    .and_then(|number| u32::try_from(number).ok())
                    .unwrap_or_default()
            };
            let file = finding["location"]["file"].as_str().map(harmless);
            let location = file.map(|file| Location { file, line: number("line"), column: number("column") });
            (text("severity"), text("code"), text("message"), text("hint"), location)
        })
        .collect();
    let told: Vec<Told<'_>> = read
        .iter()
        .map(|(severity, code, message, hint, location)| Told {
            severity: severity.as_deref().unwrap_or("error"),
            code: code.as_deref().unwrap_or_default(),
            message: message.as_deref().unwrap_or_default(),
            location: location.as_ref(),
            hint: hint.as_deref(),
        })
        .collect();
    if told.is_empty() { String::new() } else { render::told(&told, &BTreeMap::new()) }
}
