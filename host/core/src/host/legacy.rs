//! The MCP endpoint for the versions up to 2025-11-25, with sessions: POST, GET and DELETE. Never serves a request
//! outside a session of its own principal.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value;

use crate::auth::Principal;
use crate::host::endpoint::{batch_answer, legacy_answer, legacy_wants, refuse};
use crate::host::exchange::Exchange;
use crate::host::live::Live;
use crate::host::outbox::Outbox;
use crate::host::session::call::{self, Begun};
use crate::host::session::tail::{Beginning, EventId, tail};
use crate::host::session::{Open, SessionName, Sessions};
use crate::host::stream::kept_alive;
use crate::host::turnstile::Crowded;
use crate::host::{Caller, Host};
use crate::mcp::era::{self, Refused};
use crate::mcp::jsonrpc::{self, INVALID_REQUEST, Id, Malformed, Message, Notification, Request, RpcError};
use crate::mcp::methods::{self, Call, Step};
use crate::mcp::notify::Wants;
use crate::mcp::version::Version;
use crate::ports::sessions::Created;
use crate::reject::Fault;
use crate::transport::headers::{Sent, single};
use crate::transport::http::{self as rules, Accepts};
use crate::transport::{Body, ByteStream};

pub(super) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
const LAST_EVENT_ID: &str = "last-event-id";

/// A request of an older version to a host that keeps sessions.
pub(crate) struct Legacy<'a> {
    pub(crate) host: &'a Arc<Host>,
    pub(crate) sessions: &'a Arc<Sessions>,
    pub(crate) principal: &'a Principal,
    pub(crate) sent: &'a HeaderMap,
    /// What a session is called that begins here, if that is settled.
    pub(crate) name: Option<SessionName>,
}

impl Legacy<'_> {
    /// Whether the request says which session it belongs to.
    pub(crate) fn is_in_session(&self) -> bool {
        self.sent.contains_key(SESSION_ID)
    }

    /// Whether the request belongs to a session or begins one.
    pub(crate) fn serves(&self, request: &Request) -> bool {
        self.is_in_session() || request.method == "initialize"
    }

    /// Answers a request.
    pub(crate) async fn request(self, live: Arc<Live>, accepts: Accepts, request: Request) -> Response<Body> {
        if request.method == "initialize" {
            return self.initialize(&live, accepts, request).await;
        }
        let id = request.id.clone();
        let session = match self.session(Some(&id)).await {
            Ok(session) => session,
            Err(refusal) => return refusal,
        };
        let version = session.version().unwrap_or(Version::ASSUMED);
        let wants = match legacy_wants(&request, session.level()) {
            Ok(wants) => wants,
            Err(error) => return rules::answer(accepts, jsonrpc::error(Some(&id), &error)),
        };
        let answer = match methods::legacy(&live.surface, version, request) {
            Step::Call(call) => return self.call(live, accepts, &session, (version, id), call, wants).await,
            Step::SetLevel(level) => {
                session.set_level(level);
                let kept = self.sessions.ports.sessions.set_level(&session.id, level.as_str()).await;
                match kept {
                    Ok(()) => jsonrpc::result(&id, "{}"),
                    Err(fault) => return self.fault(Some(&id), fault),
                }
            }
            Step::Subscribe { uri, hears } => match self.sessions.subscribe(&session, &uri, hears).await {
                Ok(kept) => self.host.subscribed(&id, kept),
                Err(fault) => return self.fault(Some(&id), fault),
            },
            step => legacy_answer(&id, step),
        };
        rules::answer(accepts, answer)
    }

    async fn initialize(self, live: &Live, accepts: Accepts, request: Request) -> Response<Body> {
        let requested = request.params.get("protocolVersion").and_then(Value::as_str);
        let version = requested.map_or(Version::NEWEST_LEGACY, Version::negotiate);
        let id = request.id.clone();
        let result = match methods::legacy(&live.surface, version, request) {
            Step::Result(result) => result,
            step => return rules::answer(accepts, legacy_answer(&id, step)),
        };
        match self.sessions.begin(self.principal, Some(version), self.name.clone()).await {
            Ok(Ok(session)) => {
                let mut response = rules::answer(accepts, jsonrpc::result(&id, &result));
                let value = HeaderValue::from_str(&session.id).expect("a session id is base64url");
                response.headers_mut().insert(SESSION_ID, value);
                response
            }
            Ok(Err(refused)) => too_many_sessions(Some(&id), refused),
            Err(fault) => self.fault(Some(&id), fault),
        }
    }

    /// One document if the call ends without a word; a stream that can be resumed as soon as it says something.
    async fn call(
        &self,
        live: Arc<Live>,
        accepts: Accepts,
        session: &Arc<Open>,
        (version, id): (Version, Id),
        call: Call,
        wants: Wants,
    ) -> Response<Body> {
        let outbox = Arc::new(Outbox::new(if accepts.events { wants } else { Wants::default() }));
        let caller = match self.host.caller(self.principal, Some(&session.id), Some(&id)) {
            Ok(caller) => caller,
            Err(refusal) => return refusal,
        };
        let running = self.host.clone().call(live, caller, version, id.clone(), call, outbox.clone());
        let exchange = Exchange::new(Box::pin(running), outbox);
        match call::begin(self.sessions, &self.host.resources.ports, session, &id, exchange).await {
            Ok(Begun::Answer(answer)) => rules::answer(accepts, answer),
            Ok(Begun::Stream(listener, number)) => {
                let at = EventId { call: Some(number), position: 0 };
                let primed = version.has_priming_events();
                let beginning = if primed { Beginning::Primed } else { Beginning::Plain };
                self.events(tail(
                    self.sessions.clone(),
                    self.host.resources.ports.clone(),
                    listener,
                    at,
                    Some(id),
                    beginning,
                ))
            }
            Ok(Begun::Cancelled) => {
                let error = RpcError::new(INVALID_REQUEST, "this request was cancelled");
                rules::answer(accepts, jsonrpc::error(Some(&id), &error))
            }
            Ok(Begun::Fault(fault)) => self.fault(Some(&id), fault),
            Err(error) => refuse(Some(&id), &Refused(error)),
        }
    }

    /// Takes a notification.
    pub(crate) async fn notification(self, notification: Notification) -> Response<Body> {
        match self.session(None).await {
            Ok(session) => {
                session.take(&notification);
                rules::accepted()
            }
            Err(refusal) => refusal,
        }
    }

    /// Takes a response: this server asked nothing, so it belongs to nothing.
    pub(crate) async fn response(self) -> Response<Body> {
        self.session(None).await.map_or_else(|refusal| refusal, |_| rules::accepted())
    }

    /// Answers a batch of 2025-03-26.
    pub(crate) async fn batch(
        self,
        live: Arc<Live>,
        accepts: Accepts,
        batch: Vec<Result<Message, Malformed>>,
    ) -> Response<Body> {
        let session = match self.session(None).await {
            Ok(session) => session,
            Err(refusal) => return refusal,
        };
        let version = session.version().unwrap_or(Version::ASSUMED);
        if !version.has_batches() {
            return refuse(None, &era::no_batches());
        }
        for message in batch.iter().flatten() {
            if let Message::Notification(notification) = message {
                session.take(notification);
            }
        }
        let caller =
            Caller { principal: self.principal.clone(), session: Some(session.id.clone()), pass: None };
        match batch_answer(self.host, &live, &caller, version, batch).await {
            Some(answer) => rules::answer(accepts, answer),
            None => rules::accepted(),
        }
    }

    /// Opens the session's own stream, or goes on with one where the client stopped reading.
    pub(crate) async fn stream(self) -> Response<Body> {
        let session = match self.session(None).await {
            Ok(session) => session,
            Err(refusal) => return refusal,
        };
        match self.resume(&session).await {
            Ok(Ok(stream)) => self.events(stream),
            Ok(Err(refusal)) => refusal,
            Err(fault) => self.fault(None, fault),
        }
    }

    async fn resume(&self, session: &Arc<Open>) -> Result<Result<ByteStream, Response<Body>>, Fault> {
        let events = &self.sessions.ports.events;
        let at = match single(self.sent, LAST_EVENT_ID) {
            Sent::Never => EventId { call: None, position: events.newest().await? },
            Sent::Once(text) => match text.parse() {
                Ok(at) => at,
                Err(()) => return Ok(Err(unknown_event())),
            },
            Sent::Unusable => return Ok(Err(unknown_event())),
        };
        match at.call {
            Some(number) => {
                let now_ms = self.host.resources.ports.clock.now_ms();
                call::make_up(self.sessions, session, number, now_ms).await?;
            }
            None => self.sessions.load_subscriptions(session).await?,
        }
        let listener = match self.sessions.bell.listen(session, at.call) {
            Ok(listener) => listener,
            Err(crowded) => return Ok(Err(too_many_streams(None, crowded))),
        };
        if events.after(listener.stream().clone(), at.position, 1).await?.is_none() {
            return Ok(Err(unknown_event()));
        }
        let new = !self.sent.contains_key(LAST_EVENT_ID);
        let primed = new && session.version().is_some_and(Version::has_priming_events);
        let beginning = if primed { Beginning::Primed } else { Beginning::Plain };
        let ports = self.host.resources.ports.clone();
        Ok(Ok(tail(self.sessions.clone(), ports, listener, at, None, beginning)))
    }

    /// Ends the session.
    pub(crate) async fn end(self) -> Response<Body> {
        let session = match self.session(None).await {
            Ok(session) => session,
            Err(refusal) => return refusal,
        };
        match self.sessions.end(&session).await {
            Ok(()) => rules::empty(StatusCode::NO_CONTENT),
            Err(fault) => self.fault(None, fault),
        }
    }

    /// The session that the request says it belongs to.
    async fn session(&self, id: Option<&Id>) -> Result<Arc<Open>, Response<Body>> {
        let refusal = |status, message: &str| {
            rules::rpc_refusal(status, id, &RpcError::new(INVALID_REQUEST, message.to_owned()))
        };
        let sent = match single(self.sent, SESSION_ID.as_str()) {
            Sent::Once(sent) => sent,
            Sent::Never => {
                let message = "Mcp-Session-Id is missing; `initialize` answers with one";
                return Err(refusal(StatusCode::BAD_REQUEST, message));
            }
            Sent::Unusable => {
                return Err(refusal(StatusCode::BAD_REQUEST, "Mcp-Session-Id is repeated or not ASCII"));
            }
        };
        match self.sessions.find(sent, self.principal).await {
            Ok(Some(session)) => Ok(session),
            Ok(None) => Err(refusal(StatusCode::NOT_FOUND, "no such session; `initialize` begins one")),
            Err(fault) => Err(self.fault(id, fault)),
        }
    }

    fn events(&self, frames: ByteStream) -> Response<Body> {
        rules::events(kept_alive(frames, self.host.resources.ports.clock.clone()))
    }

    fn fault(&self, id: Option<&Id>, fault: Fault) -> Response<Body> {
        rules::rpc_refusal(StatusCode::INTERNAL_SERVER_ERROR, id, &self.host.rpc_error(fault.into()))
    }
}

fn unknown_event() -> Response<Body> {
    let message = "Last-Event-ID names no event of this session that could be resumed";
    rules::refusal(StatusCode::BAD_REQUEST, message)
}

pub(crate) fn too_many_sessions(id: Option<&Id>, refused: Created) -> Response<Body> {
    let (status, message) = match refused {
        Created::TooManyOfPrincipal => {
            (StatusCode::TOO_MANY_REQUESTS, "you have as many sessions as one may have; end one with DELETE")
        }
        Created::TooMany | Created::Kept => {
            (StatusCode::SERVICE_UNAVAILABLE, "there are as many sessions as there may be")
        }
    };
    rules::turned_away(status, id, message)
}

pub(crate) fn too_many_streams(id: Option<&Id>, crowded: Crowded) -> Response<Body> {
    let (status, message) = match crowded {
        Crowded::Principal => (StatusCode::TOO_MANY_REQUESTS, "you read as many streams as one may read"),
        Crowded::Total => (StatusCode::SERVICE_UNAVAILABLE, "there are as many streams as there may be"),
    };
    rules::turned_away(status, id, message)
}
