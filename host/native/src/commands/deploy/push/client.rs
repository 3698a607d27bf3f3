//! Requests to a server, again where that is safe. Never follows a redirect, never reads more than the cap.
//!
//! An envelope is safe to send again: its nonce is taken once, so that a server which applied it says so the second
//! time. An artifact is stored under its digest, so it is the same every time.

use std::error::Error;
use std::time::Duration;

use anyhow::Context as _;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode, header};
use reqwest::{RequestBuilder, Response, redirect};
use serde_json::{Map, Value};
use url::{Host, Url};

/// Bytes of an answer.
const MAX_ANSWER: usize = 4 << 20;

/// How long to wait before another attempt.
pub(super) struct Pacing {
    /// Before the second attempt, the third, and so on; there is one attempt more than waits.
    pub(super) waits: Vec<Duration>,
    /// The longest wait that a server may ask for.
    pub(super) longest: Duration,
}

impl Default for Pacing {
    fn default() -> Self {
        Self { waits: [500, 1000, 2000].map(Duration::from_millis).into(), longest: Duration::from_secs(10) }
    }
}

impl Pacing {
    /// What the server asks for counts if it is longer than ours, but not without end.
    fn wait(&self, own: Duration, asked: Option<Duration>) -> Duration {
        asked.unwrap_or_default().min(self.longest).max(own)
    }
}

/// What a server of ours answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) document: Map<String, Value>,
    retry_after: Option<Duration>,
}

impl Answer {
    /// The outcome's stable name.
    pub(super) fn outcome(&self) -> &str {
        self.text("status").unwrap_or_default()
    }

    /// A member that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.document.get(name)?.as_str()
    }

    /// The digests of missing artifacts.
    pub(super) fn blobs(&self) -> Vec<String> {
        let blobs = self.document.get("blobs").and_then(Value::as_array);
        blobs.into_iter().flatten().filter_map(|digest| Some(digest.as_str()?.to_owned())).collect()
    }

    /// Whether asking again may be answered differently.
    fn is_busy(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS
            || self.status == StatusCode::SERVICE_UNAVAILABLE && self.outcome() != "no_storage"
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Gone {
    /// Nobody could be reached, or nobody had time.
    Unreachable(String),
    /// Somebody else answered.
    Foreign(String),
}

/// The end of all attempts.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) said: Result<Answer, Gone>,
    /// How many requests were sent.
    pub(super) attempts: u32,
    /// Whether a request may have been received whose answer was not.
    pub(super) lost: bool,
}

/// One attempt without an answer of ours.
enum Failure {
    /// The request never left.
    NotSent(String),
    /// It may have been received.
    Lost(String),
    /// There is no time for it now; possibly how long to wait.
    Busy(String, Option<Duration>),
    /// It was not understood, and will not be.
    Foreign(String),
}

/// Sends requests.
pub(super) struct Client<'a> {
    http: reqwest::Client,
    timeout: Duration,
    pacing: &'a Pacing,
}

impl<'a> Client<'a> {
    /// A client with the system's certificates, resolver and proxies. On loopback there is none in between.
    pub(super) fn new(url: &Url, timeout: Duration, pacing: &'a Pacing) -> anyhow::Result<Self> {
        // A provider that someone else installed is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            let builder = reqwest::Client::builder();
            let builder = if is_loopback(url) { builder.no_proxy() } else { builder };
            builder
                .redirect(redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .user_agent(concat!("frontmcp-host/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(Duration::from_secs(10))
                .timeout(timeout)
        };
        let http = builder().build().or_else(|error| {
            // Without a certificate store there is no https, but http still works.
            tracing::warn!(%error, "no system certificates; https servers will not be reachable");
            builder().tls_certs_only([]).build().context("setting up the HTTP client")
        })?;
        Ok(Self { http, timeout, pacing })
    }

    /// Pushes an envelope that was packed with gzip.
    pub(super) async fn post_envelope(
        &self,
        url: &Url,
        packed: &Bytes,
        note: &mut dyn FnMut(&str),
    ) -> anyhow::Result<Reply> {
        let request = self
            .http
            .post(url.clone())
            .header(header::CONTENT_TYPE, "application/jose+json")
            .header(header::CONTENT_ENCODING, "gzip")
            .body(packed.clone());
        self.persist(&request, note).await
    }

    /// Uploads an artifact.
    pub(super) async fn put_blob(
        &self,
        url: &Url,
        bytes: Bytes,
        note: &mut dyn FnMut(&str),
    ) -> anyhow::Result<Reply> {
        let request =
            self.http.put(url.clone()).header(header::CONTENT_TYPE, "application/octet-stream").body(bytes);
        self.persist(&request, note).await
    }

    async fn persist(&self, request: &RequestBuilder, note: &mut dyn FnMut(&str)) -> anyhow::Result<Reply> {
        let most = self.pacing.waits.len() + 1;
        let mut waits = self.pacing.waits.iter();
        let (mut attempts, mut lost) = (0, false);
        loop {
            let request = request.try_clone().context("a request with a body in memory can be sent again")?;
            attempts += 1;
            let (reason, asked) = match self.once(request).await {
                Ok(answer) if answer.is_busy() => {
                    (answer.text("message").unwrap_or("the server is busy").to_owned(), answer.retry_after)
                }
                Ok(answer) => return Ok(Reply { said: Ok(answer), attempts, lost }),
                Err(Failure::Foreign(reason)) => {
                    return Ok(Reply { said: Err(Gone::Foreign(reason)), attempts, lost });
                }
                Err(Failure::NotSent(reason)) => (reason, None),
                Err(Failure::Busy(reason, asked)) => (reason, asked),
                Err(Failure::Lost(reason)) => {
                    lost = true;
                    (reason, None)
                }
            };
            let Some(wait) = waits.next() else {
                return Ok(Reply { said: Err(Gone::Unreachable(reason)), attempts, lost });
            };
            let wait = self.pacing.wait(*wait, asked);
            note(&format!("attempt {attempts} of {most}: {reason}; again in {} s", wait.as_secs_f32()));
            tokio::time::sleep(wait).await;
        }
    }

    async fn once(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let response = request.send().await.map_err(|error| self.failure(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = self.body(response).await?;
        match serde_json::from_slice::<Map<String, Value>>(&body) {
            Ok(document) if document.get("status").is_some_and(Value::is_string) => {
                Ok(Answer { status, document, retry_after: retry_after(&headers) })
            }
            _ => Err(foreign(status, &headers)),
        }
    }

    async fn body(&self, response: Response) -> Result<Bytes, Failure> {
        let mut body = BytesMut::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| self.failure(&error))?;
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(Failure::Lost(format!("the answer has more than {MAX_ANSWER} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    fn failure(&self, error: &reqwest::Error) -> Failure {
        if error.is_connect() {
            return Failure::NotSent(format!("no connection: {}", cause(error)));
        }
        if error.is_timeout() {
            return Failure::Lost(format!("no answer within {} s", self.timeout.as_secs()));
        }
        Failure::Lost(format!("the answer broke off: {}", cause(error)))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// What is at the bottom of an error: the rest repeats the address.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// An answer that no server of ours gives.
fn foreign(status: StatusCode, headers: &HeaderMap) -> Failure {
    let location = headers.get(header::LOCATION).and_then(|location| location.to_str().ok());
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Failure::Busy(format!("answered {status}"), retry_after(headers))
        }
        // A gateway that lost what is behind it.
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => Failure::Lost(format!("answered {status}")),
        status if status.is_redirection() => {
            let place = location.unwrap_or("nowhere");
            Failure::Foreign(format!(
                "answered {status} and points to {place}; redirects are not followed: if that is the server, give its \
                 address"
            ))
        }
        status => Failure::Foreign(format!(
            "answered {status}, and not as a frontmcp-host does; is the address right, and can nothing in between \
             answer instead?"
        )),
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    Some(Duration::from_secs(seconds.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_may_ask_for_a_longer_wait_but_not_without_end() {
        let pacing = Pacing::default();
        let waits = |asked: Option<u64>| {
            let asked = asked.map(Duration::from_secs);
            pacing.waits.iter().map(|own| pacing.wait(*own, asked).as_millis()).collect::<Vec<_>>()
        };
        assert_eq!(waits(None), [500, 1000, 2000]);
        assert_eq!(waits(Some(1)), [1000, 1000, 2000]);
        assert_eq!(waits(Some(3600)), [10_000, 10_000, 10_000]);
    }

    #[test]
    fn only_seconds_are_read_from_retry_after() {
        for (text, seconds) in
            [("7", Some(7)), (" 0 ", Some(0)), ("-1", None), ("Fri, 31 Dec 1999 23:59:59 GMT", None)]
        {
            let headers = HeaderMap::from_iter([(header::RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(retry_after(&headers), seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn proxies_are_left_out_on_loopback_only() {
        for (url, loopback) in [
            ("http://localhost:1", true),
            ("http://a.localhost", true),
            ("http://127.9.9.9", true),
            ("http://[::1]/", true),
            ("http://localhost.example", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&url.parse().unwrap()), loopback, "{url}");
        }
    }
}
