//! OAuth2 client credentials (RFC 6749 section 4.4): token requests as values, and the tokens they brought.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{Plan, Redactions, Terms, ToolError, guard};
use crate::openapi::operation::SecurityUse;
use crate::ports::{FetchError, Inbound, Outbound};

/// Milliseconds before its expiry from which a token is no longer used.
const SKEW_MS: u64 = 30_000;
/// Lifetime of a token whose server names none.
const DEFAULT_LIFETIME_MS: u64 = 300_000;
/// Tokens kept at most.
const MAX_TOKENS: usize = 1_000;
/// Largest accepted token response, in bytes.
const MAX_RESPONSE: usize = 64 << 10;

/// A token that must be fetched before the call.
#[derive(Debug)]
pub struct TokenRequest {
    /// The token request, for `ports::Fetch`.
    pub outbound: Outbound,
    key: TokenKey,
    redactions: Redactions,
}

/// Who asked whom for what. Holds a digest of the secret, so that a rotated secret gets a new token.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TokenKey {
    spec: String,
    scheme: String,
    url: String,
    scopes: Vec<String>,
    secret: [u8; 32],
}

impl TokenKey {
    pub(super) fn new(spec: &str, used: &SecurityUse, url: &str, secret: &str) -> Self {
        Self {
            spec: spec.to_owned(),
            scheme: used.scheme.clone(),
            url: url.to_owned(),
            scopes: used.scopes.clone(),
            secret: Sha256::digest(secret).into(),
        }
    }
}

/// The request that brings a token for `key`.
pub(super) fn request(
    key: TokenKey,
    (client, password): (&str, &str),
    redactions: &Redactions,
    terms: &Terms<'_>,
) -> Result<TokenRequest, ToolError> {
    let url = Url::parse(&key.url).map_err(|_| failed(&key, "its token URL is invalid"))?;
    let allow_private = terms.allows_private(&url);
    guard::check_host(&url, allow_private).map_err(|refusal| failed(&key, &refusal.to_string()))?;
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let basic = STANDARD.encode(format!("{}:{}", encode(client), encode(password)));
    let mut redactions = redactions.clone();
    redactions.add(&basic);
    let mut authorization = HeaderValue::try_from(format!("Basic {basic}"))
        .map_err(|_| failed(&key, "its secret is malformed"))?;
    authorization.set_sensitive(true);
    let mut body = Serializer::new(String::new());
    body.append_pair("grant_type", "client_credentials");
    if !key.scopes.is_empty() {
        body.append_pair("scope", &key.scopes.join(" "));
    }
    let headers = HeaderMap::from_iter([
        (AUTHORIZATION, authorization),
        (ACCEPT, HeaderValue::from_static("application/json")),
        (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
    ]);
    let outbound = Outbound {
        method: Method::POST,
        url,
        headers,
        body: Bytes::from(body.finish()),
        allow_private,
        timeout_ms: terms.settings.timeout_ms,
        max_response_bytes: MAX_RESPONSE,
    };
    Ok(TokenRequest { outbound, key, redactions })
}

/// Access tokens by who asked for what. Shared by all calls of a host; survives reloads.
#[derive(Default)]
pub struct Tokens {
    tokens: Mutex<BTreeMap<TokenKey, Token>>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Tokens({})", self.lock().len())
    }
}

struct Token {
    value: String,
    /// Milliseconds since the Unix epoch.
    until_ms: u64,
}

impl Tokens {
    /// Keeps the token that answers `request`, or says why there is none.
    pub fn accept(
        &self,
        request: &TokenRequest,
        answer: Result<Inbound, FetchError>,
        now_ms: u64,
    ) -> Result<(), ToolError> {
        let answer =
            answer.map_err(|error| failed(&request.key, &super::response::unreachable(&error).message))?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        if !answer.status.is_success() {
            let reason = text("error").map(|error| request.redactions.scrub(error)).unwrap_or_default();
            let reason: String = reason.chars().take(100).collect();
            return Err(failed(
                &request.key,
                &format!("the token endpoint answered {} {reason}", answer.status.as_u16()),
            ));
        }
        let value = text("access_token").filter(|token| !token.is_empty());
        let value = value.ok_or_else(|| failed(&request.key, "the token endpoint sent no access_token"))?;
        if !text("token_type").is_none_or(|kind| kind.eq_ignore_ascii_case("bearer")) {
            return Err(failed(&request.key, "the token endpoint sent a token that is no bearer token"));
        }
        let lifetime =
            body.get("expires_in").and_then(Value::as_u64).map(|seconds| seconds.saturating_mul(1_000));
        let lifetime = lifetime.unwrap_or(DEFAULT_LIFETIME_MS);
        // A token that lives shorter than the skew is used for half its life, and at least for the call at hand.
        let usable = if lifetime > 2 * SKEW_MS { lifetime - SKEW_MS } else { (lifetime / 2).max(1_000) };
        self.keep(
            request.key.clone(),
            Token { value: value.to_owned(), until_ms: now_ms.saturating_add(usable) },
            now_ms,
        );
        Ok(())
    }

    /// Forgets the tokens that `plan` used. For an answer of 401: the next plan fetches new ones.
    pub fn discard(&self, plan: &Plan) {
        let mut tokens = self.lock();
        for key in &plan.tokens {
            tokens.remove(key);
        }
    }

    pub(super) fn get(&self, key: &TokenKey, now_ms: u64) -> Option<String> {
        self.lock().get(key).filter(|token| now_ms < token.until_ms).map(|token| token.value.clone())
    }

    fn keep(&self, key: TokenKey, token: Token, now_ms: u64) {
        let mut tokens = self.lock();
        tokens.retain(|_, token| now_ms < token.until_ms);
        if tokens.len() >= MAX_TOKENS {
            let first = tokens.iter().min_by_key(|(_, token)| token.until_ms).map(|(key, _)| key.clone());
            first.and_then(|key| tokens.remove(&key));
        }
        tokens.insert(key, token);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<TokenKey, Token>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(key: &TokenKey, reason: &str) -> ToolError {
    let message =
        format!("no access token for security scheme `{}` of spec `{}`: {reason}", key.scheme, key.spec);
    ToolError::new("CREDENTIALS", message)
}
