//! `frontmcp-host audit tail`: the newest records, a line each. Never verifies them.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::mpsc;
use std::time::Duration;

use frontmcp_core::audit::Record;
use notify::{RecursiveMode, Watcher as _};

use super::Folder;
use crate::commands::deploy::harmless;
use crate::store::AuditReader;

/// How long to wait for a change before looking all the same: not every file system tells of changes.
const PATIENCE: Duration = Duration::from_secs(1);

/// Arguments of `audit tail`.
#[derive(Debug, clap::Args)]
pub struct TailArgs {
    #[command(flatten)]
    folder: Folder,
    /// How many records.
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 10)]
    lines: u64,
    /// Go on with records as they are written.
    #[arg(short, long)]
    follow: bool,
    /// Print the records as they are kept, one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Shows records until `again` says that it is enough; without --follow it is not asked.
///
/// # Errors
/// There is no log.
pub fn run(args: &TailArgs, out: &mut dyn Write, again: &mut dyn FnMut() -> bool) -> anyhow::Result<i32> {
    let reader = AuditReader::open(&args.folder.data)?;
    let mut behind = reader.last()?.saturating_sub(args.lines);
    loop {
        let records = reader.records(behind, 1_000)?;
        let more = !records.is_empty();
        for (sequence, kept) in records {
            behind = sequence;
            let line = if args.json { harmless(&kept.text) } else { line(sequence, &kept.text) };
            writeln!(out, "{line}")?;
        }
        out.flush()?;
        if more {
            continue;
        }
        if !args.follow || !again() {
            return Ok(0);
        }
        reader.refresh()?;
    }
}

/// Waits until something is written to the folder.
pub(super) fn changes(args: &TailArgs) -> impl FnMut() -> bool {
    let folder = args.folder.data.clone();
    let (changed, changes) = mpsc::channel();
    let mut watcher = None;
    move || {
        let changed = &changed;
        watcher.get_or_insert_with(|| {
            let changed = changed.clone();
            let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                if event.is_ok_and(|event| event.kind.is_modify()) {
                    let _ = changed.send(());
                }
            })?;
            watcher.watch(&folder, RecursiveMode::NonRecursive).map(|()| watcher)
        });
        // Whether it was a change or the end of our patience: both are reasons to look.
        let _ = changes.recv_timeout(PATIENCE);
        changes.try_iter().for_each(drop);
        true
    }
}

/// `sequence time event outcome what for whom`.
fn line(sequence: u64, text: &str) -> String {
    let Ok(record) = Record::parse(text) else {
        return format!("{sequence} is not readable; run audit verify");
    };
    let event = serde_json::to_value(record.event);
    let event = event.as_ref().ok().and_then(|event| event.as_str()).unwrap_or_default();
    let mut line = format!("{sequence} {} {event} {}", record.timestamp, record.outcome);
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            let _ = write!(line, " {name}={value}");
        }
    };
    add("operation", record.operation.as_deref());
    add("tool", record.tool.as_deref().filter(|_| record.operation.is_none()));
    add("status", record.status.map(|status| status.to_string()).as_deref());
    add("seq", record.seq.map(|seq| seq.to_string()).as_deref());
    add("through", record.through.map(|through| through.to_string()).as_deref());
    add("call", record.call.as_deref());
    add("subject", Some(&record.subject));
    add("error", record.error_message.as_deref());
    harmless(&line)
}
