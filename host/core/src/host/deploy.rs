//! Pushed bundles over HTTP: `POST /_frontmcp/resync` and `PUT /_frontmcp/blobs/<sha256>`. The signature is the only
//! credential, so nothing here looks at who is calling.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::future::join;
use futures_util::lock::Mutex;
use http::request::Parts;
use http::{Method, Response, StatusCode, header};
use serde_json::Value;

use crate::auth::Principal;
use crate::bundle::envelope::Envelope;
use crate::bundle::{is_sha256_hex, sha256_hex};
use crate::flow::restore;
use crate::flow::resync::answer::Answer;
use crate::flow::resync::{self, Active, Admitted, Prepared, Stop};
use crate::host::Host;
use crate::host::audit::{Ration, counted};
use crate::host::live::Live;
use crate::host::sse;
use crate::manifest::Manifest;
use crate::ports::audit::{Entry, Event};
use crate::ports::bundles::Packed;
use crate::ports::{Pushed, Storage};
use crate::reject::Fault;
use crate::transport::Body;
use crate::transport::http as rules;

const RESYNC: &str = "/_frontmcp/resync";
const BLOBS: &str = "/_frontmcp/blobs/";
/// Who vouches for the subjects of pushes in the audit log.
const SIGNER: &str = "bundle-signer";

/// What pushes share.
#[derive(Default)]
pub(super) struct Deploys {
    /// One push at a time, from its nonce to its place in the history. The one lock that is held while others are
    /// awaited: requests never take it.
    turn: Mutex<()>,
    waiting: AtomicUsize,
    unsigned: Ration,
}

/// How much of a body to read, and a place in the queue for as long as it is held.
#[must_use]
pub struct Admission {
    /// Bytes the body may have.
    pub max_body_bytes: usize,
    /// Whether the answer must be worked out even if the client goes away meanwhile.
    pub runs_to_end: bool,
    queue: Option<Arc<Host>>,
}

impl Admission {
    /// The answer to a body that is larger.
    pub fn too_large(&self) -> Response<Body> {
        match self.queue {
            Some(_) => respond(&Answer::too_large(self.max_body_bytes)),
            None => rules::too_large(self.max_body_bytes),
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        if let Some(host) = &self.queue {
            host.deploys.waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// What was found in storage at start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restored {
    /// The digest of the bundle that is live now, if one is.
    pub bundle_sha256: Option<String>,
    /// Newer ones that cannot be served, each in a sentence, newest first.
    pub skipped: Vec<String>,
}

impl Host {
    /// Looks at a request's head before its body is read.
    ///
    /// # Errors
    /// The answer, if the body is not worth reading.
    pub async fn admit(self: &Arc<Self>, head: &Parts) -> Result<Admission, Response<Body>> {
        let limits = &self.settings().resync;
        let path = head.uri.path();
        let max_body_bytes = match path.strip_prefix(BLOBS) {
            Some(sha256) => {
                expected_blob(self, head, sha256).await.map_err(|stop| respond(&self.told(stop)))?;
                limits.max_blob_bytes
            }
            None if path == RESYNC => limits.max_packed_bytes,
            None => {
                if let Some(live) = self.live()
                    && (path == self.settings().mcp_path || sse::serves(path))
                {
                    self.authenticate(&live, &head.headers).await?;
                }
                let max_body_bytes = self.settings().max_body_bytes;
                return Ok(Admission { max_body_bytes, runs_to_end: false, queue: None });
            }
        };
        if self.deploys.waiting.fetch_add(1, Ordering::Relaxed) >= limits.max_waiting {
            self.deploys.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(respond(&Answer::busy()));
        }
        Ok(Admission { max_body_bytes, runs_to_end: true, queue: Some(Arc::clone(self)) })
    }

    /// Serves the newest good bundle in storage that can still be served. One made for another structure than
    /// `deployed`, the manifest this server was started with, is passed over.
    ///
    /// # Errors
    /// Storage is broken.
    pub async fn restore(&self, deployed: Option<&Manifest>) -> Result<Restored, Fault> {
        let Some(storage) = &self.resources.ports.storage else { return Ok(Restored::default()) };
        let found = restore::restore(&self.resources, storage, deployed).await?;
        let skipped = found.skipped.into_iter().map(|(good, reason)| {
            format!("bundle {} (seq {}) is passed over: {reason}", good.bundle_sha256, good.seq)
        });
        let skipped = skipped.collect();
        let bundle_sha256 = found.newest.map(|(snapshot, good)| {
            (self.swap(Live::of_bundle(snapshot, &good.bundle_sha256, self.settings())), good.bundle_sha256)
        });
        let bundle_sha256 = match bundle_sha256 {
            Some((told, sha256)) => {
                told.await;
                Some(sha256)
            }
            None => None,
        };
        Ok(Restored { bundle_sha256, skipped })
    }

    fn told(&self, stop: Stop) -> Answer {
        match stop {
            Stop::Answer(answer) => answer,
            Stop::Fault(fault) => Answer::fault(self.record(fault).to_string()),
        }
    }
}

/// Whether the path is one of ours.
pub(super) fn serves(path: &str) -> bool {
    path == RESYNC || path.starts_with(BLOBS)
}

/// Answers a push or an upload.
pub(super) async fn serve(host: &Arc<Host>, head: &Parts, body: Bytes) -> Response<Body> {
    match head.uri.path().strip_prefix(BLOBS) {
        Some(sha256) => {
            let stored = store_blob(host, head, sha256, body).await;
            respond(&stored.unwrap_or_else(|stop| host.told(stop)))
        }
        None => respond(&push(host, head, body).await),
    }
}

async fn push(host: &Arc<Host>, head: &Parts, body: Bytes) -> Answer {
    let started = host.resources.ports.clock.monotonic_us();
    if head.method != Method::POST {
        return Answer::wrong_method("POST");
    }
    let Some(storage) = host.resources.ports.storage.clone() else { return Answer::no_storage() };
    let manifest = host.live().and_then(|live| live.snapshot.manifest.clone());
    let (identity, applied) = match resync::admit(&host.resources, manifest.as_deref(), &head.headers, &body)
    {
        Err(answer) => (None, Err(answer.into())),
        Ok(admitted) => {
            let identity = Identity::of(&admitted);
            let applied = apply(host, &storage, &identity, admitted, |live| Some(live.active())).await;
            (Some(identity), applied)
        }
    };
    let (answer, on_record) = match applied {
        Ok(answer) => (answer, true),
        Err(stop) => (host.told(stop), false),
    };
    let answer = match &identity {
        Some(identity) => identity.complete(host, answer),
        None => answer,
    };
    let audited = if on_record { Ok(()) } else { audit(host, &storage, identity.as_ref(), &answer).await };
    let answer = audited.map_or_else(|fault| host.told(fault.into()), |()| answer);
    host.resources.ports.log.pushed(&Pushed {
        outcome: answer.outcome,
        message: answer.message(),
        bundle_sha256: identity.as_ref().map(|identity| identity.bundle_sha256.as_str()),
        seq: identity.as_ref().map(|identity| identity.seq),
        us: host.resources.ports.clock.monotonic_us().saturating_sub(started),
    });
    answer
}

/// Takes over a bundle that was shipped with the program and verified. It begins anew: what was live before has no say in
/// its structure. In the inner result, why it is not taken.
///
/// # Errors
/// Storage is broken.
pub(super) async fn install(
    host: &Arc<Host>,
    storage: &Storage,
    envelope: Envelope,
    packed: Packed,
) -> Result<Result<(), String>, Fault> {
    let admitted = Admitted::shipped(envelope, packed, host.resources.ports.clock.now_ms());
    let identity = Identity::of(&admitted);
    match apply(host, storage, &identity, admitted, |_| None).await {
        Ok(_) => Ok(Ok(())),
        Err(Stop::Answer(answer)) => Ok(Err(answer.message().to_owned())),
        Err(Stop::Fault(fault)) => Err(fault),
    }
}

/// From a signed envelope to its place in the history. The candidate is live before it is last-good; if it cannot be
/// made last-good, what was live before is live again. What this answers is on record already.
async fn apply(
    host: &Arc<Host>,
    storage: &Storage,
    identity: &Identity,
    admitted: Admitted,
    active: impl FnOnce(&Live) -> Option<Active<'_>>,
) -> Result<Answer, Stop> {
    let _turn = host.deploys.turn.lock().await;
    let before = host.live();
    let sha256 = admitted.envelope.payload_sha256.clone();
    let active = before.as_ref().and_then(|live| active(live));
    let Prepared { snapshot, is_live, candidate } =
        resync::prepare(&host.resources, storage, active, admitted).await?;
    if let (true, Some(live)) = (is_live, &before) {
        let answer = Answer::noop();
        candidate.settle(storage, identity.entry(host, answer.outcome)).await?;
        live.keep();
        return Ok(answer);
    }
    let told = host.swap(Live::of_bundle(snapshot, &sha256, host.settings()));
    // What sessions are told is on its way to storage first, so that it is there whenever the promotion is.
    match join(told, candidate.settle(storage, identity.entry(host, "applied"))).await.1 {
        Ok(answer) => Ok(answer),
        Err(fault) => {
            host.swap_back(before).await;
            Err(fault.into())
        }
    }
}

/// Which push it was, once the signature was verified.
struct Identity {
    bundle_sha256: String,
    envelope_sha256: String,
    seq: u64,
    kid: String,
}

impl Identity {
    fn of(admitted: &Admitted) -> Self {
        let envelope = &admitted.envelope;
        Self {
            bundle_sha256: envelope.payload_sha256.clone(),
            envelope_sha256: envelope.sha256.clone(),
            seq: envelope.header.seq,
            kid: envelope.header.kid.clone(),
        }
    }

    /// The record of this push.
    fn entry(&self, host: &Host, outcome: &str) -> Entry {
        let signer = Principal { issuer: SIGNER.to_owned(), subject: self.kid.clone(), tenant: None };
        Entry {
            at_ms: host.resources.ports.clock.now_ms(),
            subject: signer.key(),
            bundle_sha256: Some(self.bundle_sha256.clone()),
            envelope_sha256: Some(self.envelope_sha256.clone()),
            kid: Some(self.kid.clone()),
            seq: Some(self.seq),
            ..resync_entry(outcome)
        }
    }

    /// Tells a signer which bundle it was about, and which one is live.
    fn complete(&self, host: &Host, answer: Answer) -> Answer {
        let answer = answer.with("bundleSha256", self.bundle_sha256.as_str()).with("seq", self.seq);
        match host.live() {
            Some(live) => answer.with("activeSha256", live.bundle_sha256()),
            None => answer,
        }
    }
}

async fn audit(
    host: &Host,
    storage: &Storage,
    identity: Option<&Identity>,
    answer: &Answer,
) -> Result<(), Fault> {
    let at_ms = host.resources.ports.clock.now_ms();
    let entry = match identity {
        Some(identity) => identity.entry(host, answer.outcome),
        None => {
            let Some(suppressed) = host.deploys.unsigned.take(at_ms) else { return Ok(()) };
            let suppressed = counted(suppressed);
            Entry { at_ms, suppressed, subject: "|anonymous|".to_owned(), ..resync_entry(answer.outcome) }
        }
    };
    let error = Some(answer.message().to_owned()).filter(|message| !message.is_empty());
    storage.audit.append(vec![Entry { error, ..entry }]).await.map(drop)
}

fn resync_entry(outcome: &str) -> Entry {
    Entry { event: Event::Resync, outcome: outcome.to_owned(), ..Entry::default() }
}

/// Checks everything about an upload but its bytes.
async fn expected_blob(host: &Host, head: &Parts, sha256: &str) -> Result<Storage, Stop> {
    if head.method != Method::PUT {
        return Err(Answer::wrong_method("PUT").into());
    }
    let Some(storage) = host.resources.ports.storage.clone() else { return Err(Answer::no_storage().into()) };
    if !is_sha256_hex(sha256) {
        let message = "the path ends with a SHA-256 digest, 64 lower-case hexadecimal digits";
        return Err(Answer::blob_refused(StatusCode::NOT_FOUND, message).into());
    }
    if head.headers.contains_key(header::CONTENT_ENCODING) {
        let message = "artifacts are uploaded as they are, without Content-Encoding";
        return Err(Answer::blob_refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, message).into());
    }
    if !storage.blobs.is_expected(sha256, host.resources.ports.clock.now_ms()).await? {
        let message = "no accepted envelope names this artifact; push the envelope first";
        return Err(Answer::blob_refused(StatusCode::FORBIDDEN, message).into());
    }
    Ok(storage)
}

async fn store_blob(host: &Host, head: &Parts, sha256: &str, body: Bytes) -> Result<Answer, Stop> {
    let storage = expected_blob(host, head, sha256).await?;
    if body.len() > host.settings().resync.max_blob_bytes {
        return Err(Answer::too_large(host.settings().resync.max_blob_bytes).into());
    }
    if sha256_hex(&body) != sha256 {
        let message = "the bytes have another digest than the path says";
        return Err(Answer::blob_refused(StatusCode::UNPROCESSABLE_ENTITY, message).into());
    }
    storage.blobs.put(sha256, body).await?;
    Ok(Answer::stored().with("sha256", Value::from(sha256)))
}

fn respond(answer: &Answer) -> Response<Body> {
    let mut response = rules::document(answer.status, answer.document().into());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    if answer.status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    }
    if answer.status == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = answer.message().strip_prefix("use ").and_then(|verb| verb.parse().ok());
        headers.extend(allowed.map(|verb: header::HeaderValue| (header::ALLOW, verb)));
    }
    response
}
