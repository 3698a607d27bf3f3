//! The storage ports in memory, with the semantics of the durable store. Keeps nothing beyond its own life.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use ed25519_dalek::{Signer as _, SigningKey};
use frontmcp_core::Fault;
use frontmcp_core::audit::{Record, genesis, link};
use frontmcp_core::bundle::keys::PublicKey;
use frontmcp_core::ports::audit::{Checkpoint, Entry, Event, Head, Kept};
use frontmcp_core::ports::bundles::{Candidate, GoodBundle, Nonce, Packed, Standing};
use frontmcp_core::ports::{Audit, Blobs, BoxFuture, Bundles};

use crate::journal::Journal;

/// Good bundles a store keeps unless told otherwise.
const HISTORY: usize = 3;

/// Bundles, blobs and audit records of one test.
#[derive(Debug)]
pub struct MemoryStore {
    history: usize,
    state: Mutex<State>,
    pub(crate) journal: Mutex<Journal>,
}

#[derive(Debug, Default)]
struct State {
    high_water: u64,
    nonces: BTreeMap<String, Nonce>,
    staged: u64,
    /// Staged and not promoted, by id.
    candidates: BTreeMap<u64, Candidate>,
    /// Promoted and kept, newest first.
    good: Vec<(u64, Candidate)>,
    blobs: BTreeMap<String, Blob>,
    /// What is kept of the audit log, oldest first.
    audit: Vec<Kept>,
    /// Where it ends.
    head: Option<Head>,
    checkpoints: Vec<Checkpoint>,
}

#[derive(Debug)]
struct Blob {
    /// `None` while it is only expected.
    bytes: Option<Bytes>,
    expires_ms: u64,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_history(HISTORY)
    }
}

impl MemoryStore {
    /// An empty store that keeps `history` good bundles (at least one).
    pub fn with_history(history: usize) -> Self {
        Self { history: history.max(1), state: Mutex::default(), journal: Mutex::default() }
    }

    /// Everything that was appended, oldest first.
    pub fn audit_records(&self) -> Vec<Record<'static>> {
        let state = self.state();
        let records = state.audit.iter().map(|kept| Record::parse(&kept.text).expect("it was linked here"));
        records.collect()
    }

    /// The key that verifies the checkpoints of every store in memory.
    pub fn audit_key() -> PublicKey {
        PublicKey::from_ed25519(signing_key().verifying_key().as_bytes()).expect("a good key")
    }

    /// No method leaves a change half done, so that a panic elsewhere in a test does not matter here.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A nonce is new, or reserved for the same envelope.
    fn remember(&mut self, nonce: Nonce) -> Result<(), Fault> {
        match self.nonces.get(&nonce.id) {
            Some(seen) if !seen.reserved || seen.envelope != nonce.envelope => {
                Err(fault(format_args!("the nonce {} was seen", nonce.id)))
            }
            _ => {
                self.nonces.insert(nonce.id.clone(), nonce);
                Ok(())
            }
        }
    }

    fn stage(&mut self, nonce: Nonce, candidate: Candidate) -> Result<u64, Fault> {
        self.remember(nonce)?;
        self.staged += 1;
        self.candidates.insert(self.staged, candidate);
        Ok(self.staged)
    }

    fn promote(&mut self, id: u64, history: usize, entry: Entry) -> Result<(), Fault> {
        if !self.candidates.contains_key(&id) && !self.good.iter().any(|(good, _)| *good == id) {
            return Err(fault(format_args!("there is no bundle {id}")));
        }
        // First, since nothing happens that is not on record.
        self.append(vec![entry])?;
        let candidate = match self.good.iter().position(|(good, _)| *good == id) {
            Some(position) => self.good.remove(position).1,
            None => {
                self.candidates.remove(&id).ok_or_else(|| fault(format_args!("there is no bundle {id}")))?
            }
        };
        let now_ms = candidate.received_ms;
        self.high_water = self.high_water.max(candidate.seq);
        self.good.insert(0, (id, candidate));
        self.good.truncate(history);
        self.candidates.clear();
        self.forget(now_ms);
        Ok(())
    }

    fn head(&self) -> Head {
        self.head.clone().unwrap_or_else(genesis)
    }

    fn append(&mut self, entries: Vec<Entry>) -> Result<Head, Fault> {
        let (mut head, before) = (self.head(), self.audit.len());
        for entry in entries {
            match link(&head, &entry) {
                Ok((kept, next)) => {
                    self.audit.push(kept);
                    head = next;
                }
                Err(error) => {
                    self.audit.truncate(before);
                    return Err(fault(error));
                }
            }
        }
        self.head = Some(head.clone());
        Ok(head)
    }

    fn sign(&mut self, now_ms: u64) {
        let head = self.head();
        if self.checkpoints.last().map_or(0, |newest| newest.sequence) < head.sequence {
            let sign = |bytes: &[u8]| signing_key().sign(bytes).to_bytes().to_vec();
            let key_id = MemoryStore::audit_key().thumbprint();
            self.checkpoints.push(Checkpoint::make(&head, now_ms, &key_id, sign));
        }
    }

    fn prune(&mut self, keep: u64, now_ms: u64) -> Result<Option<u64>, Fault> {
        let gone = self.head().sequence - self.audit.len() as u64;
        let through = self.head().sequence.saturating_sub(keep);
        let pruned = |checkpoint: &&Checkpoint| (gone + 1..=through).contains(&checkpoint.sequence);
        let Some(through) = self.checkpoints.iter().rfind(pruned).map(|newest| newest.sequence) else {
            return Ok(None);
        };
        self.append(vec![Entry {
            at_ms: now_ms,
            event: Event::Pruned,
            outcome: "ok".to_owned(),
            subject: "frontmcp-host||".to_owned(),
            through: Some(through),
            ..Entry::default()
        }])?;
        self.sign(now_ms);
        self.audit.drain(..usize::try_from(through - gone).unwrap_or(usize::MAX));
        self.checkpoints.retain(|checkpoint| checkpoint.sequence >= through);
        Ok(Some(through))
    }

    fn forget(&mut self, now_ms: u64) {
        self.nonces.retain(|_, nonce| nonce.expires_ms >= now_ms);
        let Self { good, candidates, blobs, .. } = self;
        let bundles = || good.iter().map(|(_, bundle)| bundle).chain(candidates.values());
        let named = |sha256: &String| bundles().any(|bundle| bundle.blobs.contains(sha256));
        blobs.retain(|sha256, blob| blob.expires_ms >= now_ms || named(sha256));
    }

    fn blob(&self, sha256: &str) -> Option<Bytes> {
        self.blobs.get(sha256).and_then(|blob| blob.bytes.clone())
    }
}

impl Bundles for MemoryStore {
    fn standing(&self, nonce: &str) -> BoxFuture<'_, Result<Standing, Fault>> {
        let state = self.state();
        answer(Ok(Standing { high_water: state.high_water, seen: state.nonces.get(nonce).cloned() }))
    }

    fn spend(&self, nonce: Nonce, seq: Option<u64>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        let mut state = self.state();
        let remembered = state.remember(nonce);
        if let (Ok(()), Some(seq)) = (&remembered, seq) {
            state.high_water = state.high_water.max(seq);
        }
        if remembered.is_ok() {
            state.forget(now_ms);
        }
        answer(remembered)
    }

    fn stage(&self, nonce: Nonce, candidate: Candidate) -> BoxFuture<'_, Result<u64, Fault>> {
        answer(self.state().stage(nonce, candidate))
    }

    fn promote(&self, id: u64, entry: Entry) -> BoxFuture<'_, Result<(), Fault>> {
        answer(self.state().promote(id, self.history, entry))
    }

    fn history(&self) -> BoxFuture<'_, Result<Vec<GoodBundle>, Fault>> {
        let listed = |(id, bundle): &(u64, Candidate)| GoodBundle {
            id: *id,
            bundle_sha256: bundle.bundle_sha256.clone(),
            seq: bundle.seq,
            kid: bundle.kid.clone(),
            received_ms: bundle.received_ms,
        };
        answer(Ok(self.state().good.iter().map(listed).collect()))
    }

    fn envelope(&self, id: u64) -> BoxFuture<'_, Result<Option<Packed>, Fault>> {
        let state = self.state();
        let found = state.good.iter().find(|(good, _)| *good == id);
        answer(Ok(found.map(|(_, bundle)| bundle.envelope.clone())))
    }
}

impl Blobs for MemoryStore {
    fn missing(&self, mut sha256s: Vec<String>) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        let state = self.state();
        sha256s.retain(|sha256| state.blob(sha256).is_none());
        answer(Ok(sha256s))
    }

    fn expect(&self, sha256s: Vec<String>, expires_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        let mut state = self.state();
        for sha256 in sha256s {
            let blob = state.blobs.entry(sha256).or_insert(Blob { bytes: None, expires_ms });
            blob.expires_ms = blob.expires_ms.max(expires_ms);
        }
        answer(Ok(()))
    }

    fn is_expected(&self, sha256: &str, now_ms: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        let state = self.state();
        let blob = state.blobs.get(sha256);
        answer(Ok(blob.is_some_and(|blob| blob.bytes.is_some() || blob.expires_ms >= now_ms)))
    }

    fn put(&self, sha256: &str, bytes: Bytes) -> BoxFuture<'_, Result<(), Fault>> {
        answer(match self.state().blobs.get_mut(sha256) {
            Some(blob) => {
                blob.bytes = Some(bytes);
                Ok(())
            }
            None => Err(fault(format_args!("{sha256} is not expected"))),
        })
    }

    fn get(&self, sha256: &str) -> BoxFuture<'_, Result<Option<Bytes>, Fault>> {
        answer(Ok(self.state().blob(sha256)))
    }
}

impl Audit for MemoryStore {
    fn append(&self, entries: Vec<Entry>) -> BoxFuture<'_, Result<Head, Fault>> {
        answer(self.state().append(entries))
    }

    fn records(&self, from: u64, limit: usize) -> BoxFuture<'_, Result<Vec<Kept>, Fault>> {
        let state = self.state();
        let gone = state.head().sequence - state.audit.len() as u64;
        let skipped = usize::try_from(from.saturating_sub(gone + 1)).unwrap_or(usize::MAX);
        answer(Ok(state.audit.iter().skip(skipped).take(limit).cloned().collect()))
    }

    fn head(&self) -> BoxFuture<'_, Result<Head, Fault>> {
        answer(Ok(self.state().head()))
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Vec<Checkpoint>, Fault>> {
        answer(Ok(self.state().checkpoints.clone()))
    }

    fn checkpoint(&self, now_ms: u64) -> BoxFuture<'_, Result<Option<Checkpoint>, Fault>> {
        let mut state = self.state();
        state.sign(now_ms);
        answer(Ok(state.checkpoints.last().cloned()))
    }

    fn prune(&self, keep: u64, now_ms: u64) -> BoxFuture<'_, Result<Option<u64>, Fault>> {
        answer(self.state().prune(keep, now_ms))
    }
}

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[42; 32])
}

pub(crate) fn answer<'a, T: Send + 'a>(result: Result<T, Fault>) -> BoxFuture<'a, Result<T, Fault>> {
    Box::pin(ready(result))
}

fn fault(detail: impl Display) -> Fault {
    Fault::new(format!("storage: {detail}"))
}
