//! Input object → HTTP request, by the operation's inputs. Never leaves the declared base URL.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderName, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value};
use url::Url;

use super::body::{self, Payload};
use super::credentials::Proof;
use super::style::{Escape, escape, pairs, single};
use super::{Terms, ToolError, guard};
use crate::openapi::classify::{Part, parts};
use crate::openapi::operation::{Input, Operation, Place};
use crate::openapi::{responses, scalar};
use crate::ports::Outbound;

/// Longest URL sent, in bytes.
const MAX_URL: usize = 16 << 10;
/// Largest request body sent, in bytes.
const MAX_BODY: usize = 10 << 20;
/// What the fixed text of a path template needs escaped; everything else stays as the author wrote it.
const PATH_TEXT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'^')
    .add(b'\\')
    .add(b'|');
const AGENT: &str = concat!("frontmcp-host/", env!("CARGO_PKG_VERSION"));

/// Builds the request. `input` fits the operation's schema already.
pub(super) fn build(
    operation: &Operation,
    input: &Map<String, Value>,
    proof: Proof,
    terms: &Terms<'_>,
) -> Result<Outbound, ToolError> {
    let url = url(operation, input, &proof, terms)?;
    let payload = payload(operation, input, terms)?;
    let headers = headers(operation, input, proof, payload.as_ref())?;
    Ok(Outbound {
        method: operation.method.clone(),
        allow_private: terms.allows_private(&url),
        url,
        headers,
        body: payload.map(|payload| Bytes::from(payload.bytes)).unwrap_or_default(),
        timeout_ms: terms.settings.timeout_ms,
        max_response_bytes: terms.settings.max_response_bytes,
    })
}

fn url(
    operation: &Operation,
    input: &Map<String, Value>,
    proof: &Proof,
    terms: &Terms<'_>,
) -> Result<Url, ToolError> {
    let broken = |reason: String| {
        ToolError::new("CONFIGURATION", format!("`{}` cannot be called: {reason}", operation.tool()))
    };
    let base = Url::parse(&operation.base_url)
        .map_err(|error| broken(format!("its base URL is invalid ({error})")))?;
    let mut text = format!("{}{}", base.as_str().trim_end_matches('/'), path(operation, input)?);
    let path_end = text.len();
    let mut query = query(operation, input)?;
    query.extend(proof.query.iter().map(|(name, value)| format!("{name}={value}")));
    if !query.is_empty() {
        text.push('?');
        text.push_str(&query.join("&"));
    }
    if text.len() > MAX_URL {
        return Err(invalid(operation, &format!("the URL is longer than {MAX_URL} bytes")));
    }
    let url = Url::parse(&text).map_err(|error| broken(format!("its URL is invalid ({error})")))?;
    if url[..url::Position::AfterPath] != text[..path_end] {
        return Err(broken("its path is not in normal form".to_owned()));
    }
    guard::check_url(&url, &base, terms.allows_private(&url)).map_err(|refusal| {
        ToolError::new("FORBIDDEN_DESTINATION", format!("`{}` was not called: {refusal}", operation.tool()))
    })?;
    Ok(url)
}

/// The path below the base URL, escaped. Every segment that holds a parameter must be a segment of its own.
fn path(operation: &Operation, input: &Map<String, Value>) -> Result<String, ToolError> {
    let mut path = String::new();
    for segment in operation.path.strip_prefix('/').unwrap_or(&operation.path).split('/') {
        let mut text = String::new();
        let mut filled = false;
        for part in parts(segment) {
            match part {
                Part::Text(fixed) => text.extend(utf8_percent_encode(fixed, PATH_TEXT)),
                Part::Placeholder(name) => {
                    text.push_str(&path_value(operation, input, name)?);
                    filled = true;
                }
            }
        }
        if filled && matches!(text.as_str(), "" | "." | "..") {
            return Err(invalid(
                operation,
                &format!("the path segment `{segment}` must not become `{text}`"),
            ));
        }
        path.push('/');
        path.push_str(&text);
    }
    Ok(path)
}

fn path_value(operation: &Operation, input: &Map<String, Value>, name: &str) -> Result<String, ToolError> {
    let declared = operation.inputs.iter().find(|each| each.place == Place::Path && each.name == name);
    let value = declared.and_then(|each| Some((each, present(input, each)?)));
    let Some((declared, value)) = value else {
        return Err(invalid(operation, &format!("the path parameter `{name}` is missing")));
    };
    let text = match &declared.content {
        Some(media) => escape(&content(value, media), Escape::Percent),
        None => single(name, value, declared.style, declared.explode, Escape::Percent)
            .map_err(|reason| unfit(operation, declared, &reason))?,
    };
    Ok(text)
}

fn query(operation: &Operation, input: &Map<String, Value>) -> Result<Vec<String>, ToolError> {
    let written = written_pairs(operation, input, Place::Query)?;
    Ok(written.into_iter().map(|(name, value)| format!("{name}={value}")).collect())
}

fn written_pairs(
    operation: &Operation,
    input: &Map<String, Value>,
    place: Place,
) -> Result<Vec<(String, String)>, ToolError> {
    let mut written = Vec::new();
    for declared in operation.inputs.iter().filter(|each| each.place == place) {
        let Some(value) = present(input, declared) else { continue };
        let how = if declared.allow_reserved { Escape::Reserved } else { Escape::Percent };
        match &declared.content {
            Some(media) => {
                written.push((escape(&declared.name, Escape::Percent), escape(&content(value, media), how)));
            }
            None => written.extend(
                pairs(&declared.name, value, declared.style, declared.explode, how)
                    .map_err(|reason| unfit(operation, declared, &reason))?,
            ),
        }
    }
    Ok(written)
}

fn payload(
    operation: &Operation,
    input: &Map<String, Value>,
    terms: &Terms<'_>,
) -> Result<Option<Payload>, ToolError> {
    if matches!(operation.method, Method::GET | Method::HEAD) {
        return Ok(None);
    }
    let boundary =
        terms.nonce.iter().fold("frontmcp-".to_owned(), |text, byte| text + &format!("{byte:02x}"));
    let payload = body::build(operation, input, &boundary)
        .map_err(|reason| invalid(operation, &format!("the request body {reason}")))?;
    match payload {
        Some(payload) if payload.bytes.len() > MAX_BODY => {
            Err(invalid(operation, &format!("the request body is larger than {MAX_BODY} bytes")))
        }
        payload => Ok(payload),
    }
}

fn headers(
    operation: &Operation,
    input: &Map<String, Value>,
    proof: Proof,
    payload: Option<&Payload>,
) -> Result<HeaderMap, ToolError> {
    let mut headers = HeaderMap::new();
    for declared in operation.inputs.iter().filter(|each| each.place == Place::Header) {
        let Some(value) = present(input, declared) else { continue };
        let text = match &declared.content {
            Some(media) => content(value, media),
            None => single(&declared.name, value, declared.style, declared.explode, Escape::Raw)
                .map_err(|reason| unfit(operation, declared, &reason))?,
        };
        let name =
            HeaderName::try_from(&declared.name).map_err(|_| unfit(operation, declared, "invalid name"))?;
        headers.insert(name, header_value(operation, declared, &text)?);
    }
    let mut cookies: Vec<String> = written_pairs(operation, input, Place::Cookie)?
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    cookies.extend(proof.cookies.iter().map(|(name, value)| format!("{name}={value}")));
    if !cookies.is_empty() {
        let mut value = HeaderValue::try_from(cookies.join("; "))
            .map_err(|_| invalid(operation, "a cookie is invalid"))?;
        value.set_sensitive(true);
        headers.insert(COOKIE, value);
    }
    if let Some(payload) = payload {
        let value = HeaderValue::try_from(&payload.content_type);
        headers.insert(CONTENT_TYPE, value.map_err(|_| invalid(operation, "the content type is invalid"))?);
    }
    headers.insert(ACCEPT, HeaderValue::from_static("application/json, application/*+json;q=0.9, */*;q=0.5"));
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(AGENT));
    // Last, so that nothing a script sends replaces a credential.
    headers.extend(proof.headers);
    Ok(headers)
}

fn header_value(operation: &Operation, declared: &Input, text: &str) -> Result<HeaderValue, ToolError> {
    HeaderValue::try_from(text).map_err(|_| {
        unfit(
            operation,
            declared,
            "a header value is printable ASCII, without line breaks or control characters",
        )
    })
}

/// The input's value, unless it is absent or null.
fn present<'a>(input: &'a Map<String, Value>, declared: &Input) -> Option<&'a Value> {
    input.get(&declared.key).filter(|value| !value.is_null())
}

/// A value serialised by media type; a text type carries scalars as they are.
fn content(value: &Value, media: &str) -> String {
    match scalar::text(value) {
        Some(text) if !responses::is_json(media) => text,
        _ => value.to_string(),
    }
}

fn unfit(operation: &Operation, declared: &Input, reason: &str) -> ToolError {
    invalid(operation, &format!("`{}`: {reason}", declared.key))
}

fn invalid(operation: &Operation, reason: &str) -> ToolError {
    ToolError::new("VALIDATION", format!("`{}` was not called: {reason}", operation.tool()))
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
