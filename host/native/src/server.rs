//! The listener: connections, time and size limits, draining. Every request goes to the core as it is.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use frontmcp_core::transport::Body;
use frontmcp_core::transport::http as rules;
use frontmcp_core::{Fault, Host};
use futures_util::FutureExt;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinHandle;

use crate::server::body::{Outgoing, ReadError};

mod body;

/// What a connection may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Open connections; more wait to be accepted.
    pub max_connections: usize,
    /// Time for a request's head to arrive.
    pub head_timeout: Duration,
    /// Time for a request's body to arrive.
    pub body_timeout: Duration,
    /// Time for which what was sent may stay unread.
    pub send_timeout: Duration,
    /// Time for running calls to end once the server drains.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 4096,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            send_timeout: Duration::from_secs(60),
            drain_timeout: Duration::from_secs(10),
        }
    }
}

/// A server that accepts connections. Dropping it lets it run on; [`Running::drain`] ends it.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    /// Where it listens; the real port if port 0 was asked for.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Stops accepting, ends notification streams, lets running calls end within [`Limits::drain_timeout`], then
    /// closes what is left.
    pub async fn drain(self) {
        // The receiver is gone only if the accept loop panicked; joining tells.
        let _ = self.stop.send(());
        if let Err(error) = self.task.await {
            tracing::error!("the listener failed: {error}");
        }
    }
}

/// Serves a host on a bound listener until drained.
pub fn start(listener: TcpListener, host: Arc<Host>, limits: Limits) -> std::io::Result<Running> {
    let addr = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(accept(listener, host, limits, stopped));
    Ok(Running { addr, stop, task })
}

async fn accept(listener: TcpListener, host: Arc<Host>, limits: Limits, stopped: oneshot::Receiver<()>) {
    let slots = Arc::new(Semaphore::new(limits.max_connections));
    let graceful = GracefulShutdown::new();
    let mut stopped = pin!(stopped);
    loop {
        // Streams may hold every slot for as long as they like, so stopping must not wait for one.
        let accepted = tokio::select! {
            _ = &mut stopped => break,
            accepted = next(&listener, &slots) => accepted,
        };
        match accepted {
            Ok((slot, stream)) => {
                let connection = connection(stream, host.clone(), limits, graceful.watcher());
                tokio::spawn(async move {
                    connection.await;
                    drop(slot);
                });
            }
            Err(error) => pause_after(&error).await,
        }
    }
    drop(listener);
    host.close_streams();
    let ended = async {
        graceful.shutdown().await;
        // Calls whose clients went away: what they say can still be read after the next start.
        while host.running_calls() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    if tokio::time::timeout(limits.drain_timeout, ended).await.is_err() {
        tracing::warn!("closed connections whose calls had not ended in time");
    }
}

/// The next connection, once there is a slot for it.
async fn next(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> std::io::Result<(OwnedSemaphorePermit, TcpStream)> {
    let slot = slots.clone().acquire_owned().await.expect("the semaphore is never closed");
    let (stream, _) = listener.accept().await?;
    Ok((slot, stream))
}

/// Out of file descriptors, usually: others must be closed before accepting can work again.
async fn pause_after(error: &std::io::Error) {
    tracing::warn!("accepting failed: {error}");
    tokio::time::sleep(Duration::from_millis(50)).await;
}

async fn connection(stream: TcpStream, host: Arc<Host>, limits: Limits, watcher: Watcher) {
    // Without this every small write of an event stream waits for the peer's delayed acknowledgement.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    give_up_on_silence(&stream, limits.send_timeout);
    let service = service_fn(move |request| {
        let host = host.clone();
        async move { Ok::<_, std::convert::Infallible>(respond(&host, limits, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .serve_connection(TokioIo::new(stream), service);
    // The peer went away or spoke something else: its own business, and no fault of ours.
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!("connection ended: {error}");
    }
}

/// A peer that reads nothing holds a connection, and what was sent last, until the system stops trying. A stream that ends
/// this way can be resumed.
#[cfg(target_os = "linux")]
fn give_up_on_silence(stream: &TcpStream, after: Duration) {
    if let Err(error) = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(after)) {
        tracing::debug!("TCP_USER_TIMEOUT: {error}");
    }
}

/// Elsewhere the system's own patience has to do.
#[cfg(not(target_os = "linux"))]
fn give_up_on_silence(_: &TcpStream, _: Duration) {}

async fn respond(host: &Arc<Host>, limits: Limits, request: Request<Incoming>) -> Response<Outgoing> {
    let (head, incoming) = request.into_parts();
    let admission = match host.admit(&head).await {
        Ok(admission) => admission,
        Err(refusal) => return lingering(refusal, incoming),
    };
    let read = body::read(incoming, admission.max_body_bytes);
    let read = tokio::time::timeout(limits.body_timeout, read).await;
    let body = match read {
        Ok(Ok(body)) => body,
        Ok(Err(ReadError::TooLarge(rest))) => return lingering(admission.too_large(), rest),
        Ok(Err(ReadError::Broken)) => return closing(StatusCode::BAD_REQUEST, "the body ended early"),
        Err(_) => return closing(StatusCode::REQUEST_TIMEOUT, "the body took too long to arrive"),
    };
    let request = Request::from_parts(head, body);
    if !admission.runs_to_end {
        return handle(host.clone(), request).await.map(Outgoing::from);
    }
    let (host, asked) = (host.clone(), host.clone());
    // A task of its own, on a thread of its own: neither a client that goes away nor the calls of other clients have
    // a say in how a bundle is applied.
    let task = tokio::task::spawn_blocking(move || {
        let answer = tokio::runtime::Handle::current().block_on(handle(host, request));
        drop(admission);
        answer
    });
    task.await.unwrap_or_else(|_| panicked(&asked)).map(Outgoing::from)
}

async fn handle(host: Arc<Host>, request: Request<Bytes>) -> Response<Body> {
    let handled = AssertUnwindSafe(host.handle(request)).catch_unwind().await;
    handled.unwrap_or_else(|_| panicked(&host))
}

fn panicked(host: &Host) -> Response<Body> {
    let fault = host.record(Fault::new("a request handler panicked"));
    rules::refusal(StatusCode::INTERNAL_SERVER_ERROR, &fault.to_string())
}

fn closing(status: StatusCode, message: &str) -> Response<Outgoing> {
    let mut response = rules::refusal(status, message).map(Outgoing::from);
    response.headers_mut().insert(http::header::CONNECTION, http::HeaderValue::from_static("close"));
    response
}

/// A refusal to a peer that is still sending: answered at once, while what it sends is thrown away, since closing
/// on unread data would destroy the answer on its way.
fn lingering(refusal: Response<Body>, rest: Incoming) -> Response<Outgoing> {
    let mut response = refusal.map(|body| Outgoing::lingering(body, rest));
    response.headers_mut().insert(http::header::CONNECTION, http::HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests;
