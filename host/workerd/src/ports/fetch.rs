//! Outbound HTTP by the platform's `fetch`. Never follows a redirect. Addresses cannot be looked up or pinned here; the
//! platform keeps Workers out of private networks.

use bytes::Bytes;
use frontmcp_core::ports::{BoxFuture, Fetch, FetchError, Inbound, Outbound};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use super::{Shared, here};
use crate::platform::words;

/// The platform's `fetch`.
pub(super) struct PlatformFetch(pub(super) Shared);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    method: &'a str,
    url: &'a str,
    headers: Vec<(&'a str, String)>,
    #[serde(with = "serde_bytes")]
    body: &'a [u8],
    timeout_ms: f64,
    max_bytes: f64,
}

#[derive(Deserialize)]
struct Answered {
    status: u16,
    headers: Vec<(String, String)>,
    #[serde(with = "serde_bytes")]
    body: Vec<u8>,
}

impl Fetch for PlatformFetch {
    fn fetch(&self, request: Outbound) -> BoxFuture<'_, Result<Inbound, FetchError>> {
        here(async move {
            let asked = serde_wasm_bindgen::to_value(&asked(&request)).map_err(JsValue::from);
            let answered = match asked {
                Ok(asked) => self.0.fetch(asked).await,
                Err(thrown) => Err(thrown),
            };
            let answered = answered.map_err(|thrown| failure(&words(&thrown), request.max_response_bytes))?;
            inbound(answered).ok_or_else(|| FetchError::Unreachable("the answer is no HTTP".to_owned()))
        })
    }
}

fn asked(request: &Outbound) -> Asked<'_> {
    Asked {
        method: request.method.as_str(),
        url: request.url.as_str(),
        headers: request
            .headers
            .iter()
            // JavaScript's headers are Latin-1, byte for byte.
            .map(|(name, value)| (name.as_str(), value.as_bytes().iter().copied().map(char::from).collect()))
            .collect(),
        body: &request.body,
        timeout_ms: request.timeout_ms as f64,
        max_bytes: request.max_response_bytes as f64,
    }
}

/// `js/platform.js` names the kinds.
fn failure(kind: &str, max_bytes: usize) -> FetchError {
    match kind {
        "timeout" => FetchError::Timeout,
        "too-large" => FetchError::TooLarge(max_bytes),
        "unresolved" => FetchError::Unresolved,
        _ => FetchError::Unreachable("the connection failed".to_owned()),
    }
}

fn inbound(answered: JsValue) -> Option<Inbound> {
    let answered: Answered = serde_wasm_bindgen::from_value(answered).ok()?;
    let mut headers = HeaderMap::new();
    for (name, value) in answered.headers {
        let value: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
        headers.append(HeaderName::try_from(name).ok()?, HeaderValue::from_bytes(&value?).ok()?);
    }
    let status = StatusCode::from_u16(answered.status).ok()?;
    Some(Inbound { status, headers, body: Bytes::from(answered.body) })
}
