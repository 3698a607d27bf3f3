//! The MCP endpoint over HTTP: one POST, one answer, and notification streams. Serves what needs no session; hands the
//! rest over.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::join_all;
use http::{HeaderMap, Request as HttpRequest, Response, StatusCode};

use crate::auth::Principal;
use crate::host::exchange::{Exchange, Opening};
use crate::host::legacy::{Legacy, too_many_streams};
use crate::host::live::Live;
use crate::host::outbox::Outbox;
use crate::host::session::SessionName;
use crate::host::stream::{framed, kept_alive, subscription, unasked};
use crate::host::{Caller, Host};
use crate::mcp::envelope;
use crate::mcp::era::{self, Era, Refused, VersionHeader};
use crate::mcp::jsonrpc::{
    self, INTERNAL_ERROR, INVALID_REQUEST, Id, Incoming, Malformed, Message, Request, RpcError,
};
use crate::mcp::listen::{Kind, Listen};
use crate::mcp::methods::{self, Call, Step};
use crate::mcp::notify::{Level, Wants};
use crate::mcp::version::Version;
use crate::transport::headers;
use crate::transport::http::{self as rules, Accepts, Purpose};
use crate::transport::sse;
use crate::transport::{Body, ByteStream};

/// Answers one request to the MCP path.
pub(crate) async fn serve(host: &Arc<Host>, request: HttpRequest<Bytes>) -> Response<Body> {
    // One snapshot from here on: who may call is asked of the one that answers.
    let live = host.live();
    let principal = match &live {
        Some(live) => host.authenticate(live, request.headers()).await,
        None => Ok(Principal::anonymous()),
    };
    let principal = match principal {
        Ok(principal) => principal,
        Err(refusal) => return refusal,
    };
    let purpose = match rules::check(&request, host.settings(), host.sessions.is_some()) {
        Ok(purpose) => purpose,
        Err(refusal) => return refusal,
    };
    let Some(live) = live else { return not_ready() };
    let (head, body) = request.into_parts();
    let name = head.extensions.get().cloned();
    let post = |accepts| Post { host, live, accepts, principal: &principal, sent: &head.headers, name };
    match (purpose, host.legacy(&principal, &head.headers)) {
        (Purpose::Message(accepts), _) => post(accepts).message(&body).await,
        (Purpose::Stream, Some(legacy)) if legacy.is_in_session() => legacy.stream().await,
        (Purpose::End, Some(legacy)) => legacy.end().await,
        (Purpose::Stream | Purpose::End, _) => match host.feed.open(&principal, &Kind::ALL) {
            Ok(reader) => notifications(host, unasked(reader)),
            Err(crowded) => too_many_streams(None, crowded),
        },
    }
}

/// What every message of one POST shares.
struct Post<'a> {
    host: &'a Arc<Host>,
    live: Arc<Live>,
    accepts: Accepts,
    principal: &'a Principal,
    sent: &'a HeaderMap,
    name: Option<SessionName>,
}

impl Post<'_> {
    async fn message(self, body: &[u8]) -> Response<Body> {
        let header = headers::version(self.sent);
        let legacy = self.host.legacy(self.principal, self.sent).filter(Legacy::is_in_session);
        match jsonrpc::parse(body) {
            Ok(Incoming::Single(Message::Request(request))) => self.request(request, header).await,
            Ok(Incoming::Single(Message::Notification(notification))) => {
                let of_session = legacy.filter(|_| era::is_legacy(&notification.params, header));
                match (era::of_notification(&notification.params, header), of_session) {
                    (Err(refused), _) => refuse(None, &refused),
                    (Ok(()), Some(legacy)) => legacy.notification(notification).await,
                    (Ok(()), None) => rules::accepted(),
                }
            }
            Ok(Incoming::Single(Message::Response)) => match legacy {
                Some(legacy) if !header.is_modern() => legacy.response().await,
                _ => unasked_response(),
            },
            Ok(Incoming::Batch(batch)) => match (era::of_batch(&batch, header), legacy) {
                (Err(refused), _) => refuse(None, &refused),
                (Ok(_), Some(legacy)) => legacy.batch(self.live, self.accepts, batch).await,
                (Ok(version), None) => self.batch(version, batch).await,
            },
            Err(Malformed { id, error }) => refuse(id.as_ref(), &Refused(error)),
        }
    }

    async fn request(self, request: Request, header: VersionHeader<'_>) -> Response<Body> {
        let legacy = self.host.legacy(self.principal, self.sent);
        let legacy = legacy.map(|legacy| Legacy { name: self.name.clone(), ..legacy });
        match (era::of_request(&request, header), legacy) {
            (Err(refused), _) => refuse(Some(&request.id), &refused),
            (Ok(Era::Legacy(_)), Some(legacy)) if legacy.serves(&request) => {
                legacy.request(self.live, self.accepts, request).await
            }
            (Ok(Era::Legacy(version)), _) => self.legacy(version, request).await,
            (Ok(Era::Modern), _) => {
                let wants = envelope::read(&request.params)
                    .and_then(|wants| headers::check(self.sent, &request).map(|()| wants));
                match wants {
                    Ok(wants) => self.modern(wants, request).await,
                    Err(error) => refuse(Some(&request.id), &Refused(error)),
                }
            }
        }
    }

    async fn modern(self, wants: Wants, request: Request) -> Response<Body> {
        let id = request.id.clone();
        match methods::modern(&self.live.surface, request) {
            Step::Result(result) => self.document(jsonrpc::result(&id, &result)),
            Step::Error(error) => rules::rpc_refusal(rules::modern_status(&error), Some(&id), &error),
            Step::Call(call) => self.call(Version::V2026_07_28, id, call, wants).await,
            Step::Listen(listen) => self.listen(listen),
            step => self.document(legacy_answer(&id, step)),
        }
    }

    fn listen(&self, listen: Listen) -> Response<Body> {
        if !self.accepts.events {
            let message = "a subscription is a stream, so Accept must name text/event-stream";
            let error = RpcError::new(INVALID_REQUEST, message);
            return rules::rpc_refusal(StatusCode::NOT_ACCEPTABLE, Some(listen.id()), &error);
        }
        match self.host.feed.open_watching(self.principal, listen.kinds(), listen.watched()) {
            Ok(reader) => notifications(self.host, subscription(listen, &self.live.surface, reader)),
            Err(crowded) => too_many_streams(Some(listen.id()), crowded),
        }
    }

    async fn legacy(self, version: Version, request: Request) -> Response<Body> {
        let id = request.id.clone();
        // Without sessions there is nothing to remember a level in: every request gets every message.
        let wants = match legacy_wants(&request, Level::Debug) {
            Ok(wants) => wants,
            Err(error) => return self.document(jsonrpc::error(Some(&id), &error)),
        };
        match methods::legacy(&self.live.surface, version, request) {
            Step::Call(call) => self.call(version, id, call, wants).await,
            step => self.document(legacy_answer(&id, step)),
        }
    }

    /// One document if the call ends without a word; a stream as soon as it says something the client can hear.
    async fn call(self, version: Version, id: Id, call: Call, wants: Wants) -> Response<Body> {
        let wants = if self.accepts.events { wants } else { Wants::default() };
        let outbox = Arc::new(Outbox::new(wants));
        let caller = match self.host.caller(self.principal, None, Some(&id)) {
            Ok(caller) => caller,
            Err(refusal) => return refusal,
        };
        let call = self.host.clone().call(self.live.clone(), caller, version, id, call, outbox.clone());
        match Exchange::new(Box::pin(call), outbox).open().await {
            Opening::Answer(answer) => self.document(answer),
            Opening::Notified(exchange) => {
                rules::events(Box::pin(exchange.map(|message| sse::event(&message))))
            }
        }
    }

    async fn batch(self, version: Version, batch: Vec<Result<Message, Malformed>>) -> Response<Body> {
        let caller = Caller { principal: self.principal.clone(), session: None, pass: None };
        match batch_answer(self.host, &self.live, &caller, version, batch).await {
            Some(answer) => self.document(answer),
            None => rules::accepted(),
        }
    }

    fn document(&self, answer: Bytes) -> Response<Body> {
        rules::answer(self.accepts, answer)
    }
}

/// Answers a batch of 2025-03-26; nothing if nothing in it wants an answer.
pub(crate) async fn batch_answer(
    host: &Arc<Host>,
    live: &Arc<Live>,
    caller: &Caller,
    version: Version,
    batch: Vec<Result<Message, Malformed>>,
) -> Option<Bytes> {
    let answers = batch.into_iter().filter_map(|element| match element {
        Ok(Message::Request(request)) => Some(batch_element(host, live, caller, version, Ok(request))),
        Ok(Message::Notification(_) | Message::Response) => None,
        Err(malformed) => Some(batch_element(host, live, caller, version, Err(malformed))),
    });
    let answers = join_all(answers).await;
    if answers.is_empty() {
        return None;
    }
    Some([b"[".as_slice(), &answers.join(b",".as_slice()), b"]"].concat().into())
}

async fn batch_element(
    host: &Arc<Host>,
    live: &Arc<Live>,
    caller: &Caller,
    version: Version,
    request: Result<Request, Malformed>,
) -> Bytes {
    let request = match request {
        Ok(request) => request,
        Err(Malformed { id, error }) => return jsonrpc::error(id.as_ref(), &error),
    };
    let id = request.id.clone();
    if request.method == "initialize" {
        let error = RpcError::new(INVALID_REQUEST, "`initialize` cannot be part of a batch");
        return jsonrpc::error(Some(&id), &error);
    }
    match methods::legacy(&live.surface, version, request) {
        Step::Call(call) => {
            let Ok(pass) = host.turnstile.enter(&caller.principal) else {
                let error = RpcError::new(INTERNAL_ERROR, "there are as many calls as there may be");
                return jsonrpc::error(Some(&id), &error);
            };
            let caller = Caller { pass: Some(pass), ..caller.clone() };
            let outbox = Arc::new(Outbox::new(Wants::default()));
            host.clone().call(live.clone(), caller, version, id, call, outbox).await
        }
        Step::SetLevel(_) | Step::Subscribe { .. } if caller.session.is_some() => {
            let error = RpcError::new(INVALID_REQUEST, "send what changes the session by itself");
            jsonrpc::error(Some(&id), &error)
        }
        step => legacy_answer(&id, step),
    }
}

/// The answer to a request of an older version that needs no call.
pub(crate) fn legacy_answer(id: &Id, step: Step) -> Bytes {
    match step {
        Step::Result(result) => jsonrpc::result(id, &result),
        Step::Error(error) => jsonrpc::error(Some(id), &error),
        // Where nothing is remembered, there is nothing to say either.
        Step::SetLevel(_) | Step::Subscribe { .. } => jsonrpc::result(id, "{}"),
        Step::Listen(_) => jsonrpc::error(Some(id), &RpcError::method_not_found("subscriptions/listen")),
        Step::Call(_) => unreachable!("a call is made by whoever dispatched it"),
    }
}

pub(crate) fn legacy_wants(request: &Request, level: Level) -> Result<Wants, RpcError> {
    let progress_token = envelope::progress_token(&request.params)?;
    Ok(Wants { level: Some(level), progress_token })
}

fn notifications(host: &Host, messages: ByteStream) -> Response<Body> {
    rules::events(kept_alive(framed(messages), host.resources.ports.clock.clone()))
}

pub(crate) fn refuse(id: Option<&Id>, Refused(error): &Refused) -> Response<Body> {
    rules::rpc_refusal(StatusCode::BAD_REQUEST, id, error)
}

fn unasked_response() -> Response<Body> {
    rules::refusal(StatusCode::BAD_REQUEST, "this server asked nothing, so there is nothing to respond to")
}

pub(crate) fn not_ready() -> Response<Body> {
    rules::refusal(StatusCode::SERVICE_UNAVAILABLE, "no deployment is loaded yet")
}
