//! Which protocol era a message belongs to, and what to answer when that cannot be told.
//!
//! The order of checks is part of the protocol: claim and header must agree before the version is looked up, the
//! version must be known before the rest of the envelope matters, and legacy rules come last. Clients choose their
//! era by the error's body, so a legacy request never gets a modern code and a modern one never a bare 400.

use serde_json::{Map, Value, json};

use crate::mcp::jsonrpc::{self, Malformed, Message, Request, RpcError, clip};
use crate::mcp::version::Version;

/// The `_meta` key that claims a modern version.
pub const PROTOCOL_VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";

/// The `MCP-Protocol-Version` header, as far as it is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionHeader<'a> {
    /// Not sent.
    Absent,
    /// A version of the closed set.
    Known(Version),
    /// Anything else, repeated headers included.
    Unknown(&'a str),
}

impl<'a> VersionHeader<'a> {
    /// Reads the header's value.
    pub fn read(value: Option<&'a str>) -> Self {
        match value {
            None => Self::Absent,
            Some(text) => Version::parse(text).map_or(Self::Unknown(text), Self::Known),
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Absent => None,
            Self::Known(version) => Some(version.as_str()),
            Self::Unknown(text) => Some(text),
        }
    }

    /// Whether it names a version without `initialize` and sessions.
    pub fn is_modern(&self) -> bool {
        matches!(self, Self::Known(version) if version.is_modern())
    }
}

/// How a request is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// Stateless; the envelope and the standard headers are still to be checked.
    Modern,
    /// By the rules of this version.
    Legacy(Version),
}

/// An answer given before any method is looked at: always HTTP 400.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused(pub RpcError);

/// The version a request or notification claims in its `_meta`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim<'a> {
    /// No such key.
    None,
    /// The key is there, its value is no string.
    Malformed,
    /// This version.
    Of(&'a str),
}

/// Reads the claim from a message's parameters.
pub fn claim(params: &Map<String, Value>) -> Claim<'_> {
    match params.get("_meta").and_then(|meta| meta.get(PROTOCOL_VERSION_KEY)) {
        None => Claim::None,
        Some(Value::String(version)) => Claim::Of(version),
        Some(_) => Claim::Malformed,
    }
}

/// The era of a request that came over HTTP.
pub fn of_request(request: &Request, header: VersionHeader<'_>) -> Result<Era, Refused> {
    match (claim(&request.params), header) {
        (Claim::Malformed, _) => Err(Refused(malformed_claim())),
        (Claim::Of(claimed), header) => modern_era(claimed, header),
        (Claim::None, header) if header.is_modern() => Err(Refused(unclaimed(request))),
        (Claim::None, VersionHeader::Absent) if request.method == "server/discover" => {
            Err(Refused(missing_claim()))
        }
        (Claim::None, VersionHeader::Unknown(text)) => Err(Refused(unknown_header(text))),
        (Claim::None, VersionHeader::Absent) => Ok(Era::Legacy(Version::ASSUMED)),
        (Claim::None, VersionHeader::Known(version)) => Ok(Era::Legacy(version)),
    }
}

fn modern_era(claimed: &str, header: VersionHeader<'_>) -> Result<Era, Refused> {
    match header.text() {
        None => Err(Refused(mismatch(format!(
            "the MCP-Protocol-Version header is missing; the body claims {}",
            clip(claimed)
        )))),
        Some(sent) if sent != claimed => Err(Refused(mismatch(format!(
            "the MCP-Protocol-Version header says {}, the body claims {}",
            clip(sent),
            clip(claimed)
        )))),
        Some(_) => known_modern(claimed).map(|_| Era::Modern).map_err(Refused),
    }
}

/// Whether a message without an id is one of the versions with sessions.
pub fn is_legacy(params: &Map<String, Value>, header: VersionHeader<'_>) -> bool {
    claim(params) == Claim::None && !header.is_modern()
}

/// Whether a notification that came over HTTP is accepted (202) or refused.
pub fn of_notification(params: &Map<String, Value>, header: VersionHeader<'_>) -> Result<(), Refused> {
    match (claim(params), header) {
        (Claim::None, VersionHeader::Unknown(text)) => Err(Refused(unknown_header(text))),
        _ => Ok(()),
    }
}

/// Whether a batch that came over HTTP may be processed. It then is by the rules of 2025-03-26.
pub fn of_batch(batch: &[Result<Message, Malformed>], header: VersionHeader<'_>) -> Result<Version, Refused> {
    let claimed = batch.iter().flatten().any(|message| match message {
        Message::Request(request) => claim(&request.params) != Claim::None,
        Message::Notification(notification) => claim(&notification.params) != Claim::None,
        Message::Response => false,
    });
    let version = match header {
        VersionHeader::Absent => Some(Version::ASSUMED),
        VersionHeader::Known(version) => Some(version),
        VersionHeader::Unknown(_) => None,
    };
    version.filter(|version| !claimed && version.has_batches()).ok_or_else(no_batches)
}

/// `-32600` for an array where there are none.
pub fn no_batches() -> Refused {
    Refused(RpcError::new(jsonrpc::INVALID_REQUEST, "batches exist in protocol version 2025-03-26 only"))
}

/// The claimed version if this server speaks it statelessly, else `-32022`.
pub fn known_modern(claimed: &str) -> Result<Version, RpcError> {
    let known = Version::parse(claimed).filter(|version| version.is_modern());
    known.ok_or_else(|| unsupported(claimed))
}

/// `-32022` with the data that lets a client choose again.
pub fn unsupported(requested: &str) -> RpcError {
    let supported: Vec<&str> = Version::MODERN.iter().map(|version| version.as_str()).collect();
    RpcError::new(jsonrpc::UNSUPPORTED_VERSION, format!("unsupported protocol version {}", clip(requested)))
        .data(json!({"supported": supported, "requested": requested}))
}

/// `-32602` for a claim that is no string.
pub fn malformed_claim() -> RpcError {
    RpcError::invalid_params(format!("params._meta[\"{PROTOCOL_VERSION_KEY}\"] must be a string"))
}

/// `-32602` for a request that must claim a version and does not.
pub fn missing_claim() -> RpcError {
    RpcError::invalid_params(format!("params._meta[\"{PROTOCOL_VERSION_KEY}\"] is missing"))
}

/// `-32600` for a version header that names no version.
pub fn unknown_header(text: &str) -> RpcError {
    let message = format!("unknown MCP-Protocol-Version {}", clip(text));
    RpcError::new(jsonrpc::INVALID_REQUEST, message)
}

fn unclaimed(request: &Request) -> RpcError {
    if request.method == "initialize" {
        return mismatch("the MCP-Protocol-Version header names a version without `initialize`".to_owned());
    }
    missing_claim()
}

fn mismatch(message: String) -> RpcError {
    RpcError::new(jsonrpc::HEADER_MISMATCH, message)
}
