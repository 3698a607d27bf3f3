//! The protocol's own headers: the version's, and the standard ones of 2026-07-28, `Mcp-Method` and `Mcp-Name`, which
//! must repeat what the body says. Never looks at a header of HTTP itself.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;

use crate::mcp::era::VersionHeader;
use crate::mcp::jsonrpc::{HEADER_MISMATCH, Request, RpcError, clip};

/// Stands in for a version header that cannot be read.
const UNREADABLE: &str = "(repeated or unreadable)";

/// A header's value, if it was sent once and is text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent<'a> {
    /// Not there.
    Never,
    /// There once, optional whitespace stripped.
    Once(&'a str),
    /// Repeated, or not visible ASCII.
    Unusable,
}

/// Reads a header that may appear once.
pub fn single<'a>(headers: &'a HeaderMap, name: &str) -> Sent<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Sent::Never,
        (Some(value), None) => {
            value.to_str().map_or(Sent::Unusable, |text| Sent::Once(text.trim_matches([' ', '\t'])))
        }
        (Some(_), Some(_)) => Sent::Unusable,
    }
}

/// Reads `MCP-Protocol-Version`.
pub fn version(headers: &HeaderMap) -> VersionHeader<'_> {
    VersionHeader::read(match single(headers, "mcp-protocol-version") {
        Sent::Never => None,
        Sent::Once(text) => Some(text),
        Sent::Unusable => Some(UNREADABLE),
    })
}

/// Compares the standard headers with the body.
///
/// # Errors
/// `-32020` naming the header that is missing, malformed or different.
pub fn check(headers: &HeaderMap, request: &Request) -> Result<(), RpcError> {
    let method = required(headers, "Mcp-Method")?;
    if method != request.method {
        return Err(differs("Mcp-Method", method, &request.method));
    }
    let member = match request.method.as_str() {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        _ => return Ok(()),
    };
    let sent = required(headers, "Mcp-Name")?;
    let name = decode(sent).ok_or_else(|| mismatch("Mcp-Name is not valid Base64 of UTF-8".to_owned()))?;
    let wanted = request.params.get(member).and_then(|value| value.as_str());
    match wanted {
        Some(wanted) if wanted == name => Ok(()),
        Some(wanted) => Err(differs("Mcp-Name", &name, wanted)),
        None => Err(mismatch(format!("Mcp-Name is sent, but params.{member} is no string"))),
    }
}

/// Plain text, or standard padded Base64 between `=?base64?` and `?=`. One marker alone is plain text.
fn decode(value: &str) -> Option<Cow<'_, str>> {
    let encoded = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="));
    match encoded {
        None => Some(Cow::Borrowed(value)),
        Some(encoded) => String::from_utf8(STANDARD.decode(encoded).ok()?).ok().map(Cow::Owned),
    }
}

fn required<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, RpcError> {
    match single(headers, name) {
        Sent::Once(value) => Ok(value),
        Sent::Never => Err(mismatch(format!("the {name} header is missing"))),
        Sent::Unusable => Err(mismatch(format!("the {name} header is repeated or not ASCII"))),
    }
}

fn differs(name: &str, sent: &str, wanted: &str) -> RpcError {
    mismatch(format!("the {name} header says {}, the body says {}", clip(sent), clip(wanted)))
}

fn mismatch(message: String) -> RpcError {
    RpcError::new(HEADER_MISMATCH, message)
}
