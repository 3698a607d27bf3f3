//! What the host itself puts into the audit log, and how much of it anybody can cause. Never looks into a request.

use std::sync::{Mutex, PoisonError};

use super::Host;
use super::live::Live;
use crate::ports::audit::{Entry, Event};
use crate::reject::Fault;

/// Records of one kind in one minute that need nobody's signature or name; more are only counted. Anybody can send
/// rubbish, and the log must not grow by it.
const MAX_UNPROVEN_RECORDS: u32 = 60;

/// Lets so many records through in a minute, and counts the others.
#[derive(Default)]
pub(super) struct Ration(Mutex<Minute>);

#[derive(Default)]
struct Minute {
    minute: u64,
    seen: u32,
    suppressed: u64,
}

impl Ration {
    /// `None` if there were enough records in this minute; else how many were left out since the last one.
    pub(super) fn take(&self, now_ms: u64) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now_ms / 60_000;
        if state.minute != minute {
            (state.minute, state.seen) = (minute, 0);
        }
        if state.seen == MAX_UNPROVEN_RECORDS {
            state.suppressed = state.suppressed.saturating_add(1);
            return None;
        }
        state.seen += 1;
        Some(std::mem::take(&mut state.suppressed))
    }
}

impl Host {
    /// Records that somebody did not prove who they are, e.g. `expired` with the reason. At most so many a minute; the
    /// next record says how many were left out. Does nothing without storage.
    ///
    /// # Errors
    /// The record could not be written: then nothing that depends on it may go out.
    pub async fn record_auth_failure(&self, outcome: &'static str, reason: &str) -> Result<(), Fault> {
        let ports = &self.resources.ports;
        let Some(storage) = &ports.storage else { return Ok(()) };
        let at_ms = ports.clock.now_ms();
        let Some(suppressed) = self.auth_failures.take(at_ms) else { return Ok(()) };
        let entry = Entry {
            at_ms,
            event: Event::AuthFailure,
            outcome: outcome.to_owned(),
            subject: "|anonymous|".to_owned(),
            error: Some(reason.to_owned()).filter(|reason| !reason.is_empty()),
            suppressed: counted(suppressed),
            ..Entry::default()
        };
        storage.audit.append(vec![entry]).await.map(drop)
    }

    /// The digest of the bundle that is live, if there is a log that names it.
    pub(super) fn audited_bundle(&self, live: &Live) -> Option<String> {
        let sha256 = self.resources.ports.storage.as_ref().map(|_| live.bundle_sha256())?;
        Some(sha256.to_owned()).filter(|sha256| !sha256.is_empty())
    }
}

/// A number that is only said if there is something to count.
pub(super) fn counted(number: u64) -> Option<u64> {
    Some(number).filter(|number| *number > 0)
}
