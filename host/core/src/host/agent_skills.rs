//! Skills for clients without MCP: `/.well-known/agent-skills/`, the discovery draft 0.2.0. Shows what discovery shows,
//! and never looks at a disk: a path is looked up among the files of the snapshot.

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::bundle::sha256_hex;
use crate::host::Host;
use crate::mcp::jsonrpc::json as text;
use crate::registry::snapshot::Snapshot;
use crate::resource;
use crate::skill::markdown::SKILL_FILE;
use crate::transport::Body;
use crate::transport::http as rules;

const PREFIX: &str = "/.well-known/agent-skills/";
const SCHEMA: &str = "https://schemas.agentskills.io/discovery/0.2.0/schema.json";
/// A change is seen at once by whoever asks again, and asking again costs next to nothing.
const CACHE: HeaderValue = HeaderValue::from_static("no-cache");
/// The same for what not everybody may see.
const CACHE_OF_ONE: HeaderValue = HeaderValue::from_static("private, no-cache");
/// Files are somebody's content under this server's origin: nothing in them may run there.
const INERT: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// The index of one snapshot, written out once.
#[derive(Debug)]
pub(super) struct AgentSkills {
    index: Bytes,
    digest: String,
}

impl AgentSkills {
    /// Lists the visible skills.
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let skills = snapshot.catalog.skills.values().filter(|skill| !skill.hide_from_discovery);
        let listed = skills.filter_map(|skill| {
            let file = skill.files.get(SKILL_FILE)?;
            Some(json!({
                "name": skill.name,
                "type": "skill-md",
                "description": skill.description,
                "url": format!("{PREFIX}{}/{SKILL_FILE}", skill.name),
                "digest": format!("sha256:{}", file.sha256),
            }))
        });
        let index = text(&json!({"$schema": SCHEMA, "skills": listed.collect::<Vec<Value>>()}));
        Self { digest: sha256_hex(index.as_bytes()), index: index.into() }
    }
}

/// Whether a path belongs here, if the operator wants it to.
pub(super) fn serves(host: &Host, path: &str) -> bool {
    host.settings().agent_skills && path.starts_with(PREFIX)
}

/// Answers GET and HEAD, to whoever may use the endpoint.
pub(super) async fn serve(host: &Host, request: &Request<Bytes>) -> Response<Body> {
    if let Err(refusal) = rules::check_reach(request, host.settings()) {
        return refusal;
    }
    let Some(live) = host.live() else {
        return super::plain(StatusCode::SERVICE_UNAVAILABLE, "no deployment is loaded yet\n");
    };
    let principal = match host.authenticate(&live, request.headers()).await {
        Ok(principal) => principal,
        Err(refusal) => return refusal,
    };
    let cache = if principal.is_anonymous() { CACHE } else { CACHE_OF_ONE };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = super::plain(StatusCode::METHOD_NOT_ALLOWED, "GET or HEAD\n");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let below = request.uri().path().strip_prefix(PREFIX).unwrap_or_default();
    if below == "index.json" {
        let skills = &*live.agent_skills;
        return respond(request, cache, "application/json", &skills.digest, skills.index.clone());
    }
    match visible_file(&live.snapshot, below) {
        Some((path, file)) => {
            respond(request, cache, resource::media_type(path), &file.sha256, file.bytes.clone())
        }
        None => super::plain(StatusCode::NOT_FOUND, "not found\n"),
    }
}

fn visible_file<'a>(
    snapshot: &'a Snapshot,
    below: &str,
) -> Option<(&'a str, &'a crate::skill::catalog::SkillFile)> {
    let (name, _) = below.split_once('/')?;
    snapshot.catalog.skills.get(name).filter(|skill| !skill.hide_from_discovery)?;
    resource::file_of(&snapshot.catalog, below)
}

fn respond(
    request: &Request<Bytes>,
    cache: HeaderValue,
    media: &'static str,
    digest: &str,
    bytes: Bytes,
) -> Response<Body> {
    let tag = format!("\"{digest}\"");
    let is_known = is_known(request.headers(), &tag);
    let length = bytes.len();
    let empty = is_known || request.method() == Method::HEAD;
    let mut response = Response::new(if empty { Body::empty() } else { Body::Full(bytes) });
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, cache);
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(ETAG, tag);
    }
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(CONTENT_SECURITY_POLICY, INERT);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// RFC 9110 section 13.1.2, by weak comparison.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let sent = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    sent.flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|each| each == "*" || each.strip_prefix("W/").unwrap_or(each) == tag)
}

#[cfg(test)]
#[path = "agent_skills_tests.rs"]
mod tests;
