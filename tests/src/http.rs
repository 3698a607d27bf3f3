//! One way to post to a server under test, with a bounded wait. Never reaches beyond loopback.

use std::time::Duration;

use serde_json::Value;

/// Posts a body as an MCP client would; answers status and body.
pub async fn post(url: &str, body: impl Into<reqwest::Body>) -> (u16, Vec<u8>) {
    // A second installation is refused, which is fine: the first one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = reqwest::Client::new()
        .post(url)
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .body(body)
        .timeout(Duration::from_secs(60));
    let response = request.send().await.expect("an answer");
    (response.status().as_u16(), response.bytes().await.expect("a whole answer").to_vec())
}

/// Pushes an envelope; answers status and document.
///
/// # Panics
/// If there is no answer.
pub async fn push(origin: &str, envelope: impl Into<reqwest::Body>) -> (u16, Value) {
    try_push(origin, envelope).await.expect("an answer")
}

/// Pushes an envelope to a server that may be gone.
///
/// # Errors
/// There was no answer.
pub async fn try_push(origin: &str, envelope: impl Into<reqwest::Body>) -> reqwest::Result<(u16, Value)> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = reqwest::Client::new()
        .post(format!("{origin}/_frontmcp/resync"))
        .header("content-type", "application/json")
        .body(envelope)
        .timeout(Duration::from_secs(60));
    let response = request.send().await?;
    let status = response.status().as_u16();
    let document = serde_json::from_slice(&response.bytes().await?).expect("JSON");
    Ok((status, document))
}
