//! One push, from bytes to a snapshot that is ready to be swapped in. Checks in a fixed order, cheapest and least
//! trusting first; a refusal changes nothing but the nonce it spends. Never swaps: its caller does.
//!
//! ```text
//! admit:    size → unpack → envelope → kid, alg → signature → time
//! prepare:  nonce → seq → shape → artifacts → cross-checks → structure → readiness → persisted as a candidate
//! (swap, notify)
//! settle:   the candidate becomes the newest good bundle
//! ```

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, header};

use crate::bundle::document::Received;
use crate::bundle::envelope::{self, Envelope, Header, Malformed, Refused};
use crate::bundle::open;
use crate::bundle::packing::{self, Coding, Unpack};
use crate::findings::{Finding, has_errors};
use crate::flow::Resources;
use crate::manifest::Manifest;
use crate::openapi::operation::Operation;
use crate::ports::Storage;
use crate::ports::audit::Entry;
use crate::ports::bundles::{Candidate, Nonce, Packed};
use crate::registry::apply::{Deployment, apply};
use crate::registry::diff::Changes;
use crate::registry::readiness;
use crate::registry::snapshot::Snapshot;
use crate::reject::Fault;

use answer::Answer;
use trust::Trust;

pub(crate) mod answer;
pub(crate) mod trust;

/// Nonces are remembered for this long after they could last be used: twice the largest window a manifest may set.
const NONCE_MEMORY_MS: u64 = 2 * 3600 * 1000;

/// Why there is no snapshot to swap in.
pub(crate) enum Stop {
    /// The sender is told why.
    Answer(Answer),
    /// Our own fault.
    Fault(Fault),
}

impl From<Answer> for Stop {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// An envelope that somebody we trust signed just now.
pub(crate) struct Admitted {
    pub(crate) envelope: Envelope,
    packed: Packed,
    now_ms: u64,
}

/// A snapshot that passed every check and is persisted as a candidate.
pub(crate) struct Prepared {
    pub(crate) snapshot: Snapshot,
    /// Whether just this is live already, from local files. It is kept all the same: what was acknowledged is what a
    /// restart serves, whatever the files say by then.
    pub(crate) is_live: bool,
    pub(crate) candidate: StagedCandidate,
}

/// What is left to do once the snapshot is live.
pub(crate) struct StagedCandidate {
    changes: Changes,
    warnings: Vec<Finding>,
    id: u64,
}

/// What is live while a push is judged.
#[derive(Clone, Copy)]
pub(crate) struct Active<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) bundle_sha256: &'a str,
    /// Whether a restart would serve it: it came from storage, not from local files.
    pub(crate) is_kept: bool,
}

/// Everything that needs no storage.
///
/// # Errors
/// The refusal, safe for anybody to read.
pub(crate) fn admit(
    resources: &Resources,
    manifest: Option<&Manifest>,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Admitted, Answer> {
    let limits = &resources.settings.resync;
    if body.len() > limits.max_packed_bytes {
        return Err(Answer::too_large(limits.max_packed_bytes));
    }
    let coding = coding(headers).ok_or_else(Answer::unsupported_coding)?;
    let text = packing::unpack(coding, body, limits.max_bytes).map_err(|problem| match problem {
        Unpack::TooLarge => Answer::too_large(limits.max_bytes),
        Unpack::Broken(reason) => Answer::malformed(format!("the body does not unpack: {reason}")),
    })?;
    let unverified = envelope::parse(&text).map_err(|problem| match problem {
        Malformed::Algorithm => Answer::untrusted(problem.to_string()),
        _ => Answer::malformed(problem.to_string()),
    })?;
    let trust = Trust::new(resources, manifest);
    let key = trust.key(&unverified.header().kid).map_err(Answer::untrusted)?;
    let envelope = unverified.verify(&key).map_err(|refused| match refused {
        Refused::Algorithm { .. } => Answer::untrusted(refused.to_string()),
        Refused::Signature => Answer::bad_signature(),
    })?;
    let now_ms = resources.ports.clock.now_ms();
    timely(&envelope.header, now_ms / 1000, trust.window_s()).map_err(Answer::untimely)?;
    let packed = Packed { encoding: coding.as_str().to_owned(), bytes: body.clone() };
    Ok(Admitted { envelope, packed, now_ms })
}

fn coding(headers: &HeaderMap) -> Option<Coding> {
    let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
    match (values.next(), values.next()) {
        (None, _) => Coding::parse(None),
        (Some(value), None) => Coding::parse(Some(value.to_str().ok()?)),
        (Some(_), Some(_)) => None,
    }
}

fn timely(header: &Header, now_s: u64, window_s: u64) -> Result<(), String> {
    let Header { iat, exp, .. } = *header;
    if iat + window_s < now_s {
        return Err(format!("signed {} s ago; at most {window_s} s are accepted", now_s - iat));
    }
    if iat > now_s + window_s {
        return Err(format!("signed {} s in the future; at most {window_s} s are accepted", iat - now_s));
    }
    match exp {
        Some(exp) if exp <= now_s => Err(format!("expired {} s ago", now_s - exp)),
        _ => Ok(()),
    }
}

/// Everything that needs storage, up to a persisted candidate. One push at a time.
pub(crate) async fn prepare(
    resources: &Resources,
    storage: &Storage,
    active: Option<Active<'_>>,
    admitted: Admitted,
) -> Result<Prepared, Stop> {
    let Header { jti, seq, rollback, .. } = &admitted.envelope.header;
    let now_ms = admitted.now_ms;
    let standing = storage.bundles.standing(jti).await?;
    if let Some(seen) = &standing.seen
        && !(seen.reserved && seen.envelope == admitted.envelope.sha256)
    {
        return Err(Answer::replayed().into());
    }
    let nonce = admitted.nonce();
    if *seq <= standing.high_water && !rollback {
        storage.bundles.spend(nonce, None, now_ms).await?;
        return Err(Answer::rollback_refused(standing.high_water).into());
    }
    let is_live = active.is_some_and(|active| active.bundle_sha256 == admitted.envelope.payload_sha256);
    if is_live && active.is_some_and(|active| active.is_kept) {
        storage.bundles.spend(nonce, Some(*seq), now_ms).await?;
        return Err(Answer::noop().into());
    }
    let judged = judge(resources, storage, active, &admitted).await;
    match judged {
        Ok((bundle_blobs, verdict)) => {
            let candidate = admitted.candidate(bundle_blobs);
            let id = storage.bundles.stage(nonce, candidate).await?;
            let Verdict { snapshot, changes, warnings } = verdict;
            Ok(Prepared { snapshot, is_live, candidate: StagedCandidate { changes, warnings, id } })
        }
        Err(Stop::Answer(answer)) => {
            let reserved = answer.outcome == "blobs_missing";
            storage.bundles.spend(Nonce { reserved, ..nonce }, None, now_ms).await?;
            Err(answer.into())
        }
        Err(fault) => Err(fault),
    }
}

struct Verdict {
    snapshot: Snapshot,
    changes: Changes,
    warnings: Vec<Finding>,
}

async fn judge(
    resources: &Resources,
    storage: &Storage,
    active: Option<Active<'_>>,
    admitted: &Admitted,
) -> Result<(Vec<String>, Verdict), Stop> {
    let bundle = open::read(&admitted.envelope.payload).map_err(|findings| Answer::invalid(&findings))?;
    let names = bundle.blobs();
    let blobs = match load_blobs(storage, &names).await? {
        Ok(blobs) => blobs,
        Err(missing) => {
            storage.blobs.expect(missing.clone(), admitted.nonce().expires_ms).await?;
            return Err(Answer::blobs_missing(&missing).into());
        }
    };
    let (snapshot, warnings) = assemble(bundle, &blobs, active.map(|active| active.snapshot))
        .map_err(|findings| Answer::invalid(&findings))?;
    let changes = Changes::between(active.map(|active| active.snapshot), &snapshot);
    if !changes.structural.is_empty() {
        return Err(Answer::redeploy_required(&changes).into());
    }
    let unmet = unmet(resources, &snapshot);
    if !unmet.is_empty() {
        return Err(Answer::invalid(&unmet).into());
    }
    Ok((names, Verdict { snapshot, changes, warnings }))
}

/// The artifacts that travelled beside a bundle, or those that are not here yet.
pub(crate) async fn load_blobs(
    storage: &Storage,
    names: &[String],
) -> Result<Result<BTreeMap<String, Bytes>, Vec<String>>, Fault> {
    let missing = storage.blobs.missing(names.to_vec()).await?;
    if !missing.is_empty() {
        return Ok(Err(missing));
    }
    let mut blobs = BTreeMap::new();
    for name in names {
        blobs.extend(storage.blobs.get(name).await?.map(|bytes| (name.clone(), bytes)));
    }
    Ok(Ok(blobs))
}

/// The snapshot of a bundle. Operations that `active` has unchanged are taken from there, so that their schemas stay
/// compiled and are held once.
///
/// # Errors
/// Everything that is wrong with the bundle.
pub(crate) fn assemble(
    bundle: Received<'_>,
    blobs: &BTreeMap<String, Bytes>,
    active: Option<&Snapshot>,
) -> Result<(Snapshot, Vec<Finding>), Vec<Finding>> {
    let live = active.iter().flat_map(|active| active.operations.values());
    let live: HashMap<[u8; 32], &Arc<Operation>> =
        live.filter_map(|operation| Some((operation.fingerprint?, operation))).collect();
    let known = |fingerprint: &[u8; 32]| live.get(fingerprint).map(|live| Arc::clone(live));
    let (opened, mut findings) = open::open_over(bundle, blobs, &known)?;
    let (snapshot, more) = apply(Deployment::from(opened));
    findings.extend(more);
    match snapshot {
        Some(mut snapshot) if !has_errors(&findings) => {
            if let Some(active) = active {
                keep_unchanged(&mut snapshot, active);
            }
            Ok((snapshot, findings))
        }
        _ => Err(findings),
    }
}

fn keep_unchanged(snapshot: &mut Snapshot, active: &Snapshot) {
    for (name, operation) in &mut snapshot.operations {
        if let Some(known) = active
            .operations
            .get(name)
            .filter(|known| !Arc::ptr_eq(known, operation) && known.is_same(operation))
        {
            *operation = Arc::clone(known);
        }
    }
}

/// What keeps this server from serving the snapshot.
pub(crate) fn unmet(resources: &Resources, snapshot: &Snapshot) -> Vec<Finding> {
    let Some(manifest) = &snapshot.manifest else { return Vec::new() };
    let bound = |name: &str| resources.ports.secrets.get(name).is_some_and(|value| !value.is_empty());
    let mut findings = readiness::unmet(manifest, &bound);
    findings.extend(Trust::new(resources, Some(manifest)).lockout(manifest));
    findings
}

impl Admitted {
    /// An envelope that was shipped with the program: verified, and whoever shipped it says that it is time.
    pub(crate) fn shipped(envelope: Envelope, packed: Packed, now_ms: u64) -> Self {
        Self { envelope, packed, now_ms }
    }

    fn nonce(&self) -> Nonce {
        let latest = self.now_ms.max(self.envelope.header.iat.saturating_mul(1000));
        Nonce {
            id: self.envelope.header.jti.clone(),
            envelope: self.envelope.sha256.clone(),
            expires_ms: latest.saturating_add(NONCE_MEMORY_MS),
            reserved: false,
        }
    }

    fn candidate(&self, blobs: Vec<String>) -> Candidate {
        Candidate {
            bundle_sha256: self.envelope.payload_sha256.clone(),
            seq: self.envelope.header.seq,
            kid: self.envelope.header.kid.clone(),
            received_ms: self.now_ms,
            envelope: self.packed.clone(),
            blobs,
        }
    }
}

impl StagedCandidate {
    /// Makes the candidate the newest good bundle, on record: from here on a restart serves it.
    pub(crate) async fn settle(&self, storage: &Storage, entry: Entry) -> Result<Answer, Fault> {
        storage.bundles.promote(self.id, entry).await?;
        Ok(Answer::applied(&self.changes, &self.warnings))
    }
}
