//! The transport of 2024-11-05: `GET /sse` opens a session and is told everything on it, `POST /message` says something
//! in it. Deprecated since, and served beside the endpoint for clients that know nothing else. Never resumed: the session
//! ends with its connection.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, Stream};
use http::{Method, Request, Response, StatusCode};
use serde_json::Value;

use crate::auth::Principal;
use crate::host::endpoint::{legacy_answer, legacy_wants, not_ready, refuse};
use crate::host::exchange::Exchange;
use crate::host::legacy::{too_many_sessions, too_many_streams};
use crate::host::live::Live;
use crate::host::outbox::Outbox;
use crate::host::session::tail::{Beginning, EventId, tail};
use crate::host::session::{Open, SessionName, Sessions, call};
use crate::host::stream::kept_alive;
use crate::host::{Caller, Host};
use crate::mcp::era::{self, Refused};
use crate::mcp::jsonrpc::{
    self, INTERNAL_ERROR, Id, Incoming, Malformed, Message, Request as RpcRequest, RpcError,
};
use crate::mcp::methods::{self, Step};
use crate::mcp::version::Version;
use crate::ports::sessions::StreamId;
use crate::reject::Fault;
use crate::transport::http::{self as rules, Purpose};
use crate::transport::{Body, ByteStream, sse};

pub(super) const STREAM: &str = "/sse";
pub(super) const MESSAGE: &str = "/message";

/// Whether the path is one of ours.
pub(super) fn serves(path: &str) -> bool {
    path == STREAM || path == MESSAGE
}

/// Answers a request to one of the two paths.
pub(super) async fn serve(host: &Arc<Host>, request: Request<Bytes>) -> Response<Body> {
    let Some(sessions) = host.sessions.clone() else {
        return rules::refusal(StatusCode::NOT_FOUND, "this server keeps no sessions");
    };
    let Some(live) = host.live() else { return not_ready() };
    let principal = match host.authenticate(&live, request.headers()).await {
        Ok(principal) => principal,
        Err(refusal) => return refusal,
    };
    let purpose = match rules::check(&request, host.settings(), false) {
        Ok(purpose) => purpose,
        Err(refusal) => return refusal,
    };
    match (request.uri().path(), purpose) {
        (STREAM, Purpose::Stream) => {
            open(host, sessions, &principal, request.extensions().get().cloned()).await
        }
        (MESSAGE, Purpose::Message(_)) => {
            let session = match found(&sessions, &principal, request.uri().query()).await {
                Ok(Some(session)) => session,
                Ok(None) => return rules::refusal(StatusCode::NOT_FOUND, "sessionId names no open session"),
                Err(fault) => return failed(host, fault),
            };
            let said = Said { host, live, sessions: &sessions, session: &session, principal };
            said.take(request.body()).await
        }
        _ => {
            let (verb, message) = if request.method() == Method::GET {
                ("POST", "GET opens the stream at /sse")
            } else {
                ("GET", "POST says something at /message")
            };
            let mut response = rules::refusal(StatusCode::METHOD_NOT_ALLOWED, message);
            response.headers_mut().insert(http::header::ALLOW, http::HeaderValue::from_static(verb));
            response
        }
    }
}

/// The session a message says it belongs to.
pub(super) fn session_id(query: Option<&str>) -> Option<&str> {
    let mut pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == "sessionId").map(|(_, id)| id)
}

async fn found(
    sessions: &Sessions,
    principal: &Principal,
    query: Option<&str>,
) -> Result<Option<Arc<Open>>, Fault> {
    match session_id(query) {
        Some(id) => sessions.find(id, principal).await,
        None => Ok(None),
    }
}

async fn open(
    host: &Arc<Host>,
    sessions: Arc<Sessions>,
    principal: &Principal,
    name: Option<SessionName>,
) -> Response<Body> {
    let begun = async {
        let position = sessions.ports.events.newest().await?;
        Ok::<_, Fault>((position, sessions.begin(principal, None, name).await?))
    };
    let (position, session) = match begun.await {
        Ok((position, Ok(session))) => (position, session),
        Ok((_, Err(refused))) => return too_many_sessions(None, refused),
        Err(fault) => return failed(host, fault),
    };
    let ends = Ends { sessions: sessions.clone(), session: session.clone() };
    let listener = match sessions.bell.listen(&session, None) {
        Ok(listener) => listener,
        Err(crowded) => return too_many_streams(None, crowded),
    };
    let endpoint = sse::endpoint(&format!("{MESSAGE}?sessionId={}", session.id));
    let at = EventId { call: None, position };
    let told = tail(sessions, host.resources.ports.clone(), listener, at, None, Beginning::Plain);
    let frames: ByteStream = Box::pin(with(ends, stream::iter([endpoint]).chain(told)));
    rules::events(kept_alive(frames, host.resources.ports.clock.clone()))
}

/// Keeps `ends` for as long as the stream is read.
fn with(ends: Ends, frames: impl Stream<Item = Bytes> + Send) -> impl Stream<Item = Bytes> + Send {
    frames.map(move |frame| {
        let _ = &ends;
        frame
    })
}

/// Ends the session with its connection.
struct Ends {
    sessions: Arc<Sessions>,
    session: Arc<Open>,
}

impl Drop for Ends {
    fn drop(&mut self) {
        let (sessions, session) = (self.sessions.clone(), self.session.clone());
        self.sessions.ports.tasks.spawn(Box::pin(async move {
            // If it fails, the session ends when it has been idle for long enough.
            let _ = sessions.end_when_idle(&session).await;
        }));
    }
}

/// Something said in a session.
struct Said<'a> {
    host: &'a Arc<Host>,
    live: Arc<Live>,
    sessions: &'a Arc<Sessions>,
    session: &'a Arc<Open>,
    principal: Principal,
}

impl Said<'_> {
    /// 202 at once; what there is to answer goes to the stream.
    async fn take(self, body: &[u8]) -> Response<Body> {
        let taken = match jsonrpc::parse(body) {
            Ok(Incoming::Single(Message::Request(request))) => self.request(request).await,
            Ok(Incoming::Single(Message::Notification(notification))) => {
                self.session.take(&notification);
                Ok(())
            }
            Ok(Incoming::Single(Message::Response)) => Ok(()),
            Ok(Incoming::Batch(_)) => return refuse(None, &era::no_batches()),
            Err(Malformed { id, error }) => return refuse(id.as_ref(), &Refused(error)),
        };
        match taken {
            Ok(()) => rules::accepted(),
            Err(fault) => failed(self.host, fault),
        }
    }

    async fn request(&self, request: RpcRequest) -> Result<(), Fault> {
        let id = request.id.clone();
        let version = match self.session.version() {
            Some(version) => version,
            None => self.negotiate(&request).await?,
        };
        let wants = match legacy_wants(&request, self.session.level()) {
            Ok(wants) => wants,
            Err(error) => return self.say(jsonrpc::error(Some(&id), &error)).await,
        };
        match methods::legacy(&self.live.surface, version, request) {
            Step::Call(call) => {
                let outbox = Arc::new(Outbox::new(wants));
                let caller = match self.host.turnstile.enter(&self.principal) {
                    Ok(pass) => Caller {
                        principal: self.principal.clone(),
                        session: Some(self.session.id.clone()),
                        pass: Some(pass),
                    },
                    Err(_) => {
                        let error = RpcError::new(INTERNAL_ERROR, "there are as many calls as there may be");
                        return self.say(jsonrpc::error(Some(&id), &error)).await;
                    }
                };
                let host = self.host.clone();
                let running = host.call(self.live.clone(), caller, version, id.clone(), call, outbox.clone());
                let exchange = Exchange::new(Box::pin(running), outbox);
                let ports = &self.host.resources.ports;
                match call::speak(self.sessions, ports, self.session, &id, exchange) {
                    Ok(()) => Ok(()),
                    Err(error) => self.say(jsonrpc::error(Some(&id), &error)).await,
                }
            }
            Step::SetLevel(level) => {
                self.session.set_level(level);
                self.sessions.ports.sessions.set_level(&self.session.id, level.as_str()).await?;
                self.say(jsonrpc::result(&id, "{}")).await
            }
            Step::Subscribe { uri, hears } => {
                let kept = self.sessions.subscribe(self.session, &uri, hears).await?;
                self.say(self.host.subscribed(&id, kept)).await
            }
            step => self.say(legacy_answer(&id, step)).await,
        }
    }

    /// The version that `initialize` settles; until then, the one that this transport belongs to.
    async fn negotiate(&self, request: &RpcRequest) -> Result<Version, Fault> {
        let requested = request.params.get("protocolVersion").and_then(Value::as_str);
        let Some(requested) = requested.filter(|_| request.method == "initialize") else {
            return Ok(Version::V2024_11_05);
        };
        let version = Version::negotiate(requested);
        self.session.agree(version);
        self.sessions.ports.sessions.agree(&self.session.id, version.as_str()).await?;
        Ok(version)
    }

    async fn say(&self, message: Bytes) -> Result<(), Fault> {
        let stream = StreamId { session: self.session.id.clone(), call: None };
        let now_ms = self.host.resources.ports.clock.now_ms();
        self.sessions.ports.events.append(stream.clone(), vec![message], now_ms).await?;
        self.sessions.bell.ring(&stream);
        Ok(())
    }
}

fn failed(host: &Host, fault: Fault) -> Response<Body> {
    rules::rpc_refusal(StatusCode::INTERNAL_SERVER_ERROR, None::<&Id>, &host.rpc_error(fault.into()))
}
