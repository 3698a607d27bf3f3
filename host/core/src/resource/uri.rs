//! A resource URI taken apart: segments and query, strictly. Accepts one spelling of everything; never guesses.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::openapi::classify::SCHEME;

/// Longest URI that is looked at, in bytes.
const MAX_BYTES: usize = 16 << 10;

/// The parts of a `mcp+op://` URI.
#[derive(Debug, PartialEq)]
pub(super) struct Uri<'a> {
    /// The id of the spec.
    pub(super) spec: &'a str,
    /// The path below it, cut at `/`, as written.
    pub(super) segments: Vec<&'a str>,
    /// Names and values of the query in order, decoded.
    pub(super) query: Vec<(String, String)>,
}

impl<'a> Uri<'a> {
    /// Reads a URI; `None` if it is malformed, of another scheme, or has a fragment.
    pub(super) fn parse(uri: &'a str) -> Option<Self> {
        let below = uri.strip_prefix(SCHEME).filter(|_| uri.len() <= MAX_BYTES && is_well_formed(uri))?;
        let (path, query) = match below.split_once('?') {
            Some((path, query)) => (path, query.split('&').map(pair).collect::<Option<_>>()?),
            None => (below, Vec::new()),
        };
        let (spec, path) = path.split_once('/')?;
        Some(Self { spec, segments: path.split('/').collect(), query })
    }
}

/// A percent-encoded text; `None` if it is not UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned)
}

fn pair(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    Some((decode(name).filter(|name| !name.is_empty())?, decode(value)?))
}

/// Only characters that RFC 3986 lets a URI without a fragment have, and only whole `%XX`.
fn is_well_formed(uri: &str) -> bool {
    let bytes = uri.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'%' => bytes.get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)),
        byte => byte.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(byte),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_read_in_one_way_only() {
        let uri = Uri::parse("mcp+op://s/a%2Fb/c?x=1&x=%C3%BC&y=").unwrap();
        let query = [("x", "1"), ("x", "ü"), ("y", "")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(uri, Uri { spec: "s", segments: vec!["a%2Fb", "c"], query: query.into() });
    }

    #[test]
    fn what_is_not_well_formed_is_no_uri() {
        for uri in [
            "",
            "mcp+op://",
            "mcp+op://s",
            "MCP+OP://s/a",
            "mcp+op:/s/a",
            "skill://s/a",
            "mcp+op://s/a#b",
            "mcp+op://s/a b",
            "mcp+op://s/%",
            "mcp+op://s/%2",
            "mcp+op://s/%zz",
            "mcp+op://s/{id}",
            "mcp+op://s/a\\b",
            "mcp+op://s/ü",
            "mcp+op://s/a?",
            "mcp+op://s/a?x",
            "mcp+op://s/a?=1",
            "mcp+op://s/a?x=1&",
            "mcp+op://s/a?x=%FF",
        ] {
            assert_eq!(Uri::parse(uri), None, "{uri}");
        }
        assert_eq!(Uri::parse(&format!("mcp+op://s/{}", "a".repeat(MAX_BYTES))), None);
    }
}
