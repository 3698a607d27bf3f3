//! The rules of Streamable HTTP that no method sees: verbs, media types, size, `Host`, `Origin`, statuses.

use bytes::Bytes;
use futures_util::stream;
use http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, RETRY_AFTER,
};
use http::{Method, Request, Response, StatusCode};
use url::Url;

use crate::mcp::era::{self, VersionHeader};
use crate::mcp::jsonrpc::{self, Id, METHOD_NOT_FOUND, RpcError};
use crate::settings::Settings;
use crate::transport::headers::{self, Sent, single};
use crate::transport::{Body, ByteStream, sse};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");

/// Seconds after which somebody who was turned away may try again.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("5");

/// What the client can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepts {
    /// A JSON document.
    pub json: bool,
    /// An event stream, named as such.
    pub events: bool,
}

/// What a request to the MCP path is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// POST: a message.
    Message(Accepts),
    /// GET: the notification stream of the versions up to 2025-11-25.
    Stream,
    /// DELETE: the end of a session of those versions.
    End,
}

/// Checks everything about a request but its message, and who sends it.
///
/// # Errors
/// The response to send instead: 400, 403, 404, 405, 406, 413 or 415.
pub fn check(
    request: &Request<Bytes>,
    settings: &Settings,
    has_sessions: bool,
) -> Result<Purpose, Response<Body>> {
    check_reach(request, settings)?;
    match *request.method() {
        Method::POST => check_message(request, settings).map(Purpose::Message),
        Method::GET => check_stream(request.headers(), has_sessions).map(|()| Purpose::Stream),
        Method::DELETE if has_sessions => check_version(request.headers(), true).map(|()| Purpose::End),
        _ => Err(wrong_verb(request.headers(), has_sessions)),
    }
}

/// Whether the request is for this server, and not sent by a page of another site.
///
/// # Errors
/// 403.
pub fn check_reach(request: &Request<Bytes>, settings: &Settings) -> Result<(), Response<Body>> {
    if !settings.hosts_are_routed {
        check_host(request, settings)?;
    }
    check_origin(request, settings)
}

fn check_message(request: &Request<Bytes>, settings: &Settings) -> Result<Accepts, Response<Body>> {
    if !is_json(request.headers()) {
        let message = "Content-Type must be application/json, in UTF-8";
        return Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let accepts = accepts(request.headers());
    if !accepts.json && !accepts.events {
        let message = "Accept must name application/json and text/event-stream";
        return Err(refusal(StatusCode::NOT_ACCEPTABLE, message));
    }
    if request.body().len() > settings.max_body_bytes {
        return Err(too_large(settings.max_body_bytes));
    }
    Ok(accepts)
}

/// Without sessions there is one stream, and no session id that it could belong to.
fn check_stream(headers: &HeaderMap, has_sessions: bool) -> Result<(), Response<Body>> {
    check_version(headers, has_sessions)?;
    if !has_sessions && headers.contains_key("mcp-session-id") {
        return Err(refusal(StatusCode::NOT_FOUND, "no such session; this server keeps none"));
    }
    if !accepts(headers).events {
        return Err(refusal(StatusCode::NOT_ACCEPTABLE, "Accept must name text/event-stream"));
    }
    Ok(())
}

/// Whether a request without a message is of a version that has such.
fn check_version(headers: &HeaderMap, has_sessions: bool) -> Result<(), Response<Body>> {
    match headers::version(headers) {
        version if version.is_modern() => Err(wrong_verb(headers, has_sessions)),
        VersionHeader::Unknown(text) => {
            Err(rpc_refusal(StatusCode::BAD_REQUEST, None, &era::unknown_header(text)))
        }
        VersionHeader::Absent | VersionHeader::Known(_) => Ok(()),
    }
}

/// 405 with the verbs that the client's era has.
fn wrong_verb(headers: &HeaderMap, has_sessions: bool) -> Response<Body> {
    let (verbs, message) = if headers::version(headers).is_modern() {
        ("POST", "send messages with POST; subscriptions/listen opens a stream")
    } else if has_sessions {
        ("GET, POST, DELETE", "send messages with POST, open a stream with GET, end a session with DELETE")
    } else {
        ("GET, POST", "send messages with POST, open a stream with GET")
    };
    let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, message);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(verbs));
    response
}

/// 413, for shells that stop reading before the core sees the body.
pub fn too_large(limit: usize) -> Response<Body> {
    refusal(StatusCode::PAYLOAD_TOO_LARGE, &format!("the body is larger than {limit} bytes"))
}

/// A refusal outside JSON-RPC: an error without an id.
pub fn refusal(status: StatusCode, message: &str) -> Response<Body> {
    let error = RpcError::new(jsonrpc::INVALID_REQUEST, message.to_owned());
    document(status, jsonrpc::error(None, &error))
}

/// An error about a message, under a status of its own.
pub fn rpc_refusal(status: StatusCode, id: Option<&Id>, error: &RpcError) -> Response<Body> {
    document(status, jsonrpc::error(id, error))
}

/// 429 or 503: too many of something, and when to try again.
pub fn turned_away(status: StatusCode, id: Option<&Id>, message: &'static str) -> Response<Body> {
    let mut response = rpc_refusal(status, id, &RpcError::new(jsonrpc::INTERNAL_ERROR, message));
    response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_S);
    response
}

/// The status of an error that answers a modern request whose envelope was in order.
pub fn modern_status(error: &RpcError) -> StatusCode {
    if error.code == METHOD_NOT_FOUND { StatusCode::NOT_FOUND } else { StatusCode::OK }
}

/// A JSON answer.
pub fn document(status: StatusCode, body: Bytes) -> Response<Body> {
    with_body(status, JSON, Body::Full(body))
}

/// An answer in a form that the client reads: a document, else a stream of one event.
pub fn answer(accepts: Accepts, answer: Bytes) -> Response<Body> {
    if accepts.json {
        document(StatusCode::OK, answer)
    } else {
        events(Box::pin(stream::iter([sse::event(&answer)])))
    }
}

/// 202: taken, nothing to say.
pub fn accepted() -> Response<Body> {
    empty(StatusCode::ACCEPTED)
}

/// A status that says everything.
pub fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A stream of server-sent events.
pub fn events(stream: ByteStream) -> Response<Body> {
    let mut response = with_body(StatusCode::OK, EVENT_STREAM, Body::Stream(stream));
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

fn with_body(status: StatusCode, content_type: HeaderValue, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn is_json(headers: &HeaderMap) -> bool {
    let Sent::Once(value) = single(headers, CONTENT_TYPE.as_str()) else { return false };
    let mut parts = value.split(';').map(str::trim);
    let json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    json && parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    })
}

/// Streams must be asked for by name: whoever says `*/*` gets a document.
fn accepts(headers: &HeaderMap) -> Accepts {
    let mut accepts = Accepts { json: false, events: false };
    if !headers.contains_key(ACCEPT) {
        return Accepts { json: true, ..accepts };
    }
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for range in values.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
        if parts.any(is_zero_quality) {
            continue;
        }
        match essence.as_str() {
            "application/json" | "application/*" | "*/*" => accepts.json = true,
            "text/event-stream" | "text/*" => accepts.events = true,
            _ => {}
        }
    }
    accepts
}

fn is_zero_quality(parameter: &str) -> bool {
    parameter.split_once('=').is_some_and(|(name, value)| {
        name.trim().eq_ignore_ascii_case("q")
            && value.trim().parse::<f32>().is_ok_and(|quality| quality <= 0.0)
    })
}

fn check_host(request: &Request<Bytes>, settings: &Settings) -> Result<(), Response<Body>> {
    let known = addressed(request).is_some_and(|host| {
        is_loopback(host)
            || public_host(settings).is_some_and(|public| public.eq_ignore_ascii_case(host))
            || settings.allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host))
    });
    if known { Ok(()) } else { Err(refusal(StatusCode::FORBIDDEN, "this Host is not served here")) }
}

/// The host that a request was sent to, without its port.
fn addressed(request: &Request<Bytes>) -> Option<&str> {
    let authority = match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => match single(request.headers(), HOST.as_str()) {
            Sent::Once(host) => Some(host),
            Sent::Never | Sent::Unusable => None,
        },
    };
    authority.map(host_of)
}

/// Browsers send `Origin`; pages of other sites must not reach a server on this machine (DNS rebinding).
fn check_origin(request: &Request<Bytes>, settings: &Settings) -> Result<(), Response<Body>> {
    let known = match single(request.headers(), ORIGIN.as_str()) {
        Sent::Never => true,
        Sent::Unusable => false,
        Sent::Once(origin) => {
            settings.allowed_origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
                || Url::parse(origin).is_ok_and(|url| {
                    is_trusted_origin(&url, settings)
                        || settings.hosts_are_routed && is_own_page(&url, addressed(request))
                })
        }
    };
    if known { Ok(()) } else { Err(refusal(StatusCode::FORBIDDEN, "this Origin is not allowed")) }
}

/// A page that came from the host it calls, where nobody else can give a page that host's name.
fn is_own_page(origin: &Url, addressed: Option<&str>) -> bool {
    origin.scheme() == "https"
        && origin.host_str().zip(addressed).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
}

fn is_trusted_origin(origin: &Url, settings: &Settings) -> bool {
    let loopback = matches!(origin.scheme(), "http" | "https") && origin.host_str().is_some_and(is_loopback);
    loopback || settings.public_url.as_ref().is_some_and(|public| public.origin() == origin.origin())
}

fn public_host(settings: &Settings) -> Option<&str> {
    settings.public_url.as_ref().and_then(Url::host_str)
}

/// The host of an authority: port cut off, brackets kept.
fn host_of(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.find(']').map_or(authority, |end| &authority[..=end]);
    }
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host == "127.0.0.1" || host == "[::1]"
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
