//! Outbound HTTP: every address is checked before it is connected to, and only checked addresses are.
//!
//! Never follows a redirect, never uses a proxy, never retries, never reads more than the cap.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use bytes::{Bytes, BytesMut};
use frontmcp_core::ports::{BoxFuture, Fetch, FetchError, Inbound, Outbound};
use frontmcp_core::upstream::guard::{Refusal, check_address, check_host};
use futures_util::StreamExt as _;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Response, redirect};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use url::{Host, Url};

/// Requests to one host and port that run at once; more wait their turn.
const MAX_PER_HOST: usize = 16;
/// Hosts whose turns are remembered before idle ones are forgotten.
const MAX_IDLE_HOSTS: usize = 256;

/// Addresses of a name.
type Lookup =
    Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> + Send + Sync>;

/// `ports::Fetch` over reqwest. Two clients, so that a connection opened under one rule never serves the other.
pub struct HttpFetch {
    strict: Client,
    private: Client,
    turns: Mutex<HashMap<(String, u16), Arc<Semaphore>>>,
}

impl HttpFetch {
    /// A client with the system's resolver and certificate store.
    pub fn new() -> anyhow::Result<Self> {
        let lookup: Lookup = Arc::new(|name| Box::pin(system_lookup(name)));
        Self::with_lookup(&lookup)
    }

    fn with_lookup(lookup: &Lookup) -> anyhow::Result<Self> {
        // A provider that someone else installed is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = |allow_private| client(lookup, allow_private);
        Ok(Self { strict: client(false)?, private: client(true)?, turns: Mutex::default() })
    }

    async fn exchange(&self, request: Outbound) -> Result<Inbound, FetchError> {
        check_destination(&request.url, request.allow_private)?;
        let limit = Duration::from_millis(request.timeout_ms);
        let turns = self.turns(&request.url);
        let _turn = timeout(limit, turns.acquire()).await.map_err(|_| FetchError::Timeout)?;
        timeout(limit, self.send(request)).await.map_err(|_| FetchError::Timeout)?
    }

    async fn send(&self, request: Outbound) -> Result<Inbound, FetchError> {
        let client = if request.allow_private { &self.private } else { &self.strict };
        let mut builder = client.request(request.method.clone(), request.url).headers(request.headers);
        // An empty body is announced as such, except where a body means nothing.
        if !request.body.is_empty() || !request.method.is_safe() {
            builder = builder.body(request.body);
        }
        let response = builder.send().await.map_err(|error| kind_of(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read(response, request.max_response_bytes).await?;
        Ok(Inbound { status, headers, body })
    }

    fn turns(&self, url: &Url) -> Arc<Semaphore> {
        let key =
            (url.host_str().unwrap_or_default().to_owned(), url.port_or_known_default().unwrap_or_default());
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.len() >= MAX_IDLE_HOSTS {
            turns.retain(|_, turns| Arc::strong_count(turns) > 1);
        }
        Arc::clone(turns.entry(key).or_insert_with(|| Arc::new(Semaphore::new(MAX_PER_HOST))))
    }
}

impl Fetch for HttpFetch {
    fn fetch(&self, request: Outbound) -> BoxFuture<'_, Result<Inbound, FetchError>> {
        Box::pin(self.exchange(request))
    }
}

fn client(lookup: &Lookup, allow_private: bool) -> anyhow::Result<Client> {
    let builder = || {
        Client::builder()
            .dns_resolver(CheckedResolver { lookup: Arc::clone(lookup), allow_private })
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(MAX_PER_HOST)
    };
    builder().build().or_else(|error| {
        // Without a certificate store every https upstream is refused, but http ones on loopback still work.
        tracing::warn!(%error, "no system certificates; https upstreams will not be reachable");
        builder().tls_certs_only([]).build().context("setting up the HTTP client")
    })
}

/// IP literals never reach a resolver, so they are checked here; names that are refused by name as well.
fn check_destination(url: &Url, allow_private: bool) -> Result<(), FetchError> {
    check_host(url, allow_private).map_err(|refusal| match (refusal, url.host()) {
        (Refusal::Address, Some(Host::Ipv4(address))) => FetchError::ForbiddenAddress(address.into()),
        (Refusal::Address, Some(Host::Ipv6(address))) => FetchError::ForbiddenAddress(address.into()),
        (refusal, _) => FetchError::Unreachable(refusal.to_string()),
    })
}

async fn read(response: Response, limit: usize) -> Result<Bytes, FetchError> {
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(FetchError::TooLarge(limit));
    }
    let mut body = BytesMut::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| kind_of(&error))?;
        if body.len() + chunk.len() > limit {
            return Err(FetchError::TooLarge(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Resolves names and hands out addresses only if every one of them is acceptable. Connections go to exactly these.
struct CheckedResolver {
    lookup: Lookup,
    allow_private: bool,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (found, allow_private) = ((self.lookup)(name.as_str().to_owned()), self.allow_private);
        Box::pin(async move {
            let addresses = found.await.unwrap_or_default();
            if addresses.is_empty() {
                return Err(Refused(FetchError::Unresolved).into());
            }
            if let Some(address) = addresses.iter().find(|address| !check_address(**address, allow_private)) {
                return Err(Refused(FetchError::ForbiddenAddress(*address)).into());
            }
            // Port 0 leaves the port to the URL; any other would win over the scheme's default.
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

async fn system_lookup(name: String) -> io::Result<Vec<IpAddr>> {
    Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.map(|address| address.ip()).collect())
}

/// Carries the resolver's verdict through the client's own error types.
#[derive(Debug)]
struct Refused(FetchError);

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the resolver refused")
    }
}

impl Error for Refused {}

/// The kind of failure only: the client's own texts name URLs, which may carry credentials.
fn kind_of(error: &reqwest::Error) -> FetchError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(Refused(verdict)) = inner.downcast_ref() {
            return verdict.clone();
        }
        if let Some(inner) = inner.downcast_ref::<rustls::Error>() {
            return FetchError::Unreachable(tls_kind(inner).to_owned());
        }
        if let Some(kind) = inner.downcast_ref::<io::Error>().and_then(io_kind) {
            return FetchError::Unreachable(kind.to_owned());
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        return FetchError::Timeout;
    }
    let kind =
        if error.is_connect() { "the connection failed" } else { "the answer broke off or is no valid HTTP" };
    FetchError::Unreachable(kind.to_owned())
}

/// An I/O error hides what it wraps from `source`, and TLS errors come wrapped twice.
fn io_kind(error: &io::Error) -> Option<&'static str> {
    if let Some(inner) = error.get_ref() {
        let wrapped = inner.downcast_ref::<rustls::Error>().map(tls_kind);
        return wrapped.or_else(|| io_kind(inner.downcast_ref()?));
    }
    Some(match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused",
        io::ErrorKind::ConnectionReset => "connection reset",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "no route to the host",
        _ => return None,
    })
}

fn tls_kind(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidCertificate(_) => "the TLS certificate is not valid",
        _ => "the TLS handshake failed",
    }
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
