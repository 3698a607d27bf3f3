//! The answers to a push, in one table: outcome, HTTP status, text. Never decides which one is due.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::findings::Finding;
use crate::registry::diff::Changes;

/// What a push is answered with: a JSON object whose `status` names the outcome.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The outcome's stable name.
    pub(crate) outcome: &'static str,
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// Everything else that is said.
    pub(crate) members: Map<String, Value>,
}

impl Answer {
    fn new(outcome: &'static str, status: StatusCode) -> Self {
        Self { outcome, status, members: Map::new() }
    }

    fn refusal(outcome: &'static str, status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(outcome, status).with("message", message.into())
    }

    /// The same answer that says more.
    #[must_use]
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.members.insert(key.to_owned(), value.into());
        self
    }

    /// The document that goes out.
    pub(crate) fn document(&self) -> Vec<u8> {
        let mut document = Map::from_iter([("status".to_owned(), Value::from(self.outcome))]);
        document.extend(self.members.clone());
        serde_json::to_vec(&document).expect("a map of plain values is JSON")
    }

    /// What was wrong, in words.
    pub(crate) fn message(&self) -> &str {
        self.members.get("message").and_then(Value::as_str).unwrap_or_default()
    }

    /// The bundle is live.
    pub(crate) fn applied(changes: &Changes, warnings: &[Finding]) -> Self {
        let answer = Self::new("applied", StatusCode::OK).with("changes", json!(changes));
        if warnings.is_empty() { answer } else { answer.with("findings", json!(warnings)) }
    }

    /// The bundle was live already.
    pub(crate) fn noop() -> Self {
        Self::new("noop", StatusCode::OK)
    }

    /// A running server cannot take these changes.
    pub(crate) fn redeploy_required(changes: &Changes) -> Self {
        let message = format!(
            "{} can only be changed by deploying the server itself anew; nothing was changed",
            changes.structural.join(", ")
        );
        Self::refusal("redeploy_required", StatusCode::CONFLICT, message).with("changes", json!(changes))
    }

    /// Artifacts must be uploaded first.
    pub(crate) fn blobs_missing(digests: &[String]) -> Self {
        let message =
            "upload these artifacts with PUT /_frontmcp/blobs/<sha256>, then send the same envelope again";
        Self::refusal("blobs_missing", StatusCode::CONFLICT, message).with("blobs", json!(digests))
    }

    /// The bundle contradicts itself or this server.
    pub(crate) fn invalid(findings: &[Finding]) -> Self {
        let errors =
            findings.iter().filter(|finding| finding.severity == crate::findings::Severity::Error).count();
        let message = format!("the bundle has {errors} error{}", if errors == 1 { "" } else { "s" });
        Self::refusal("invalid", StatusCode::UNPROCESSABLE_ENTITY, message).with("findings", json!(findings))
    }

    /// The nonce was used before.
    pub(crate) fn replayed() -> Self {
        Self::refusal(
            "replayed",
            StatusCode::CONFLICT,
            "this envelope, or another with its nonce, was sent before",
        )
    }

    /// An older bundle without the signer's word that going back is meant.
    pub(crate) fn rollback_refused(high_water: u64) -> Self {
        let message = format!(
            "seq must be above {high_water}, the highest ever accepted; to go back on purpose, sign with `rollback`"
        );
        Self::refusal("rollback_refused", StatusCode::CONFLICT, message).with("highWater", high_water)
    }

    /// No envelope.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::refusal("malformed", StatusCode::BAD_REQUEST, message)
    }

    /// Too long ago, too far ahead, or past its end.
    pub(crate) fn untimely(message: impl Into<String>) -> Self {
        Self::refusal("untimely", StatusCode::UNAUTHORIZED, message)
    }

    /// The signature does not match.
    pub(crate) fn bad_signature() -> Self {
        Self::refusal("bad_signature", StatusCode::UNAUTHORIZED, "the signature does not match the envelope")
    }

    /// Signed by nobody we trust, or in a way we don't.
    pub(crate) fn untrusted(message: impl Into<String>) -> Self {
        Self::refusal("untrusted", StatusCode::FORBIDDEN, message)
    }

    /// Too many bytes, packed or unpacked.
    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("the body is, or unpacks to, more than {limit} bytes");
        Self::refusal("too_large", StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// An unknown content coding.
    pub(crate) fn unsupported_coding() -> Self {
        let message = "Content-Encoding must be gzip, zstd or identity";
        Self::refusal("unsupported_encoding", StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
    }

    /// Another verb.
    pub(crate) fn wrong_method(allowed: &'static str) -> Self {
        Self::refusal("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED, format!("use {allowed}"))
    }

    /// This server keeps nothing, so it accepts nothing.
    pub(crate) fn no_storage() -> Self {
        let message = "this server keeps no bundles; start it with --data DIR";
        Self::refusal("no_storage", StatusCode::SERVICE_UNAVAILABLE, message)
    }

    /// Others are waiting already.
    pub(crate) fn busy() -> Self {
        let message = "other bundles are being applied; try again";
        Self::refusal("busy", StatusCode::SERVICE_UNAVAILABLE, message)
    }

    /// Our own fault.
    pub(crate) fn fault(message: String) -> Self {
        Self::refusal("fault", StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// An artifact is here.
    pub(crate) fn stored() -> Self {
        Self::new("stored", StatusCode::OK)
    }

    /// An artifact that no accepted envelope names, or that is not what its name says.
    pub(crate) fn blob_refused(status: StatusCode, message: &'static str) -> Self {
        Self::refusal("blob_refused", status, message)
    }
}
