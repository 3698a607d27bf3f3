//! Remembers what checking a script said, by its digest and scope, within bounds. Has no clock.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};

use super::check::{Checked, Refusal, ScopeNames, check};

/// Most outcomes kept.
const MAX_ENTRIES: usize = 1_024;
/// Most bytes of outcomes kept.
const MAX_BYTES: usize = 8 * 1_024 * 1_024;
/// What an entry costs besides its texts, in bytes.
const ENTRY_BYTES: usize = 256;

/// What checking a script said.
pub type Outcome = Arc<Result<Checked, Refusal>>;

type Digest = [u8; 32];

/// The outcomes of the scripts checked last: at most 1,024 of them and 8 MiB, the least recently used go first.
#[derive(Default)]
pub struct CheckCache {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    outcomes: HashMap<Digest, Entry>,
    /// By last use, oldest first.
    order: BTreeMap<u64, Digest>,
    uses: u64,
    bytes: usize,
}

struct Entry {
    outcome: Outcome,
    used: u64,
    bytes: usize,
}

impl CheckCache {
    /// An empty cache.
    pub fn new() -> Self {
        Self::default()
    }

    /// What [`check`] says of this script, from memory if the same script was checked for the same scope and limit.
    pub fn check(&self, source: &str, scope: &ScopeNames, max_bytes: usize) -> Outcome {
        if source.len() > max_bytes {
            return Arc::new(check(source, scope, max_bytes));
        }
        let digest = digest(source, scope);
        if let Some(outcome) = self.lock().recall(&digest) {
            return outcome;
        }
        let outcome = Arc::new(check(source, scope, max_bytes));
        self.lock().remember(digest, Arc::clone(&outcome));
        outcome
    }

    /// How many outcomes are kept.
    pub fn len(&self) -> usize {
        self.lock().outcomes.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A cache stays usable after a panic elsewhere: its entries are whole at every point.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn recall(&mut self, digest: &Digest) -> Option<Outcome> {
        let entry = self.outcomes.get_mut(digest)?;
        self.uses += 1;
        self.order.remove(&entry.used);
        self.order.insert(self.uses, *digest);
        entry.used = self.uses;
        Some(Arc::clone(&entry.outcome))
    }

    fn remember(&mut self, digest: Digest, outcome: Outcome) {
        let bytes = size(&outcome);
        if bytes > MAX_BYTES / 8 {
            return;
        }
        self.forget(&digest);
        self.uses += 1;
        self.bytes += bytes;
        self.order.insert(self.uses, digest);
        self.outcomes.insert(digest, Entry { outcome, used: self.uses, bytes });
        while self.outcomes.len() > MAX_ENTRIES || self.bytes > MAX_BYTES {
            let Some((_, oldest)) = self.order.first_key_value() else { break };
            let oldest = *oldest;
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, digest: &Digest) {
        if let Some(entry) = self.outcomes.remove(digest) {
            self.order.remove(&entry.used);
            self.bytes -= entry.bytes;
        }
    }
}

/// Names are separated by a byte that no name contains, so that no two scopes look alike.
fn digest(source: &str, scope: &ScopeNames) -> Digest {
    let mut hash = Sha256::new();
    for name in &scope.namespaces {
        hash.update(name.as_bytes());
        hash.update([0]);
    }
    hash.update([0]);
    hash.update(source.as_bytes());
    hash.finalize().into()
}

fn size(outcome: &Result<Checked, Refusal>) -> usize {
    let texts = match outcome {
        Ok(checked) => checked.code.len() + checked.mentions.size(),
        Err(Refusal::TooLarge { .. }) => 0,
        Err(Refusal::Syntax { message, frame, .. }) => message.len() + frame.len(),
        Err(Refusal::Illegal { findings, .. }) => {
            findings.iter().map(|finding| finding.message.len() + finding.hint.len() + 64).sum()
        }
    };
    texts + ENTRY_BYTES
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
