//! The MCP endpoint over HTTP: one POST, one answer, and notification streams. Serves both eras without sessions.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream;
use http::{HeaderMap, Request as HttpRequest, Response, StatusCode};

use crate::host::Host;
use crate::host::exchange::{Exchange, Opening};
use crate::host::live::Live;
use crate::host::outbox::Outbox;
use crate::host::stream::{kept_alive, subscription, unasked};
use crate::mcp::envelope;
use crate::mcp::era::{self, Era, Refused, VersionHeader};
use crate::mcp::jsonrpc::{self, INVALID_REQUEST, Id, Incoming, Malformed, Message, Request, RpcError};
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
    let purpose = match rules::check(&request, host.settings()) {
        Ok(purpose) => purpose,
        Err(refusal) => return refusal,
    };
    let Some(live) = host.live() else { return not_ready() };
    match purpose {
        Purpose::Message(accepts) => message(host, live, accepts, request).await,
        Purpose::Stream => match host.feed.open(&Kind::ALL) {
            Ok(reader) => notifications(host, unasked(reader)),
            Err(error) => rules::rpc_refusal(StatusCode::SERVICE_UNAVAILABLE, None, &error),
        },
    }
}

async fn message(
    host: &Arc<Host>,
    live: Arc<Live>,
    accepts: Accepts,
    request: HttpRequest<Bytes>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let header = headers::version(&parts.headers);
    match jsonrpc::parse(&body) {
        Ok(Incoming::Single(Message::Request(request))) => {
            let exchange = Post { host, live, accepts };
            exchange.request(request, header, &parts.headers).await
        }
        Ok(Incoming::Single(Message::Notification(notification))) => {
            match era::of_notification(&notification.params, header) {
                Ok(()) => rules::accepted(),
                Err(refused) => refuse(None, &refused),
            }
        }
        Ok(Incoming::Single(Message::Response)) => unasked_response(),
        Ok(Incoming::Batch(batch)) => match era::of_batch(&batch, header) {
            Ok(version) => Post { host, live, accepts }.batch(version, batch).await,
            Err(refused) => refuse(None, &refused),
        },
        Err(Malformed { id, error }) => refuse(id.as_ref(), &Refused(error)),
    }
}

/// What every message of one POST shares.
struct Post<'a> {
    host: &'a Arc<Host>,
    live: Arc<Live>,
    accepts: Accepts,
}

impl Post<'_> {
    async fn request(self, request: Request, header: VersionHeader<'_>, sent: &HeaderMap) -> Response<Body> {
        match era::of_request(&request, header) {
            Err(refused) => refuse(Some(&request.id), &refused),
            Ok(Era::Legacy(version)) => self.legacy(version, request).await,
            Ok(Era::Modern) => {
                let wants = envelope::read(&request.params)
                    .and_then(|wants| headers::check(sent, &request).map(|()| wants));
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
            Step::SetLevel(_) => self.document(jsonrpc::result(&id, "{}")),
            Step::Call(call) => self.call(Version::V2026_07_28, id, call, wants).await,
            Step::Listen(listen) => self.listen(listen),
        }
    }

    fn listen(&self, listen: Listen) -> Response<Body> {
        if !self.accepts.events {
            let message = "a subscription is a stream, so Accept must name text/event-stream";
            let error = RpcError::new(INVALID_REQUEST, message);
            return rules::rpc_refusal(StatusCode::NOT_ACCEPTABLE, Some(listen.id()), &error);
        }
        match self.host.feed.open_watching(listen.kinds(), listen.watched()) {
            Ok(reader) => notifications(self.host, subscription(listen, &self.live.surface, reader)),
            Err(error) => self.document(jsonrpc::error(Some(listen.id()), &error)),
        }
    }

    async fn legacy(self, version: Version, request: Request) -> Response<Body> {
        let id = request.id.clone();
        let wants = match legacy_wants(&request) {
            Ok(wants) => wants,
            Err(error) => return self.document(jsonrpc::error(Some(&id), &error)),
        };
        match legacy_answer(&self.live, version, request) {
            Ok(answer) => self.document(answer),
            Err(call) => self.call(version, id, call, wants).await,
        }
    }

    /// One document if the call ends without a word; a stream as soon as it says something the client can hear.
    async fn call(self, version: Version, id: Id, call: Call, wants: Wants) -> Response<Body> {
        let wants = if self.accepts.events { wants } else { Wants::default() };
        let outbox = Arc::new(Outbox::new(wants));
        let call = self.host.clone().call(self.live.clone(), version, id, call, outbox.clone());
        match Exchange::new(Box::pin(call), outbox).open().await {
            Opening::Answer(answer) => self.document(answer),
            Opening::Notified(exchange) => {
                rules::events(Box::pin(exchange.map(|message| sse::event(&message))))
            }
        }
    }

    async fn batch(self, version: Version, batch: Vec<Result<Message, Malformed>>) -> Response<Body> {
        match batch_answer(self.host, &self.live, version, batch).await {
            Some(answer) => self.document(answer),
            None => rules::accepted(),
        }
    }

    fn document(&self, answer: Bytes) -> Response<Body> {
        if self.accepts.json {
            rules::document(StatusCode::OK, answer)
        } else {
            rules::events(Box::pin(stream::iter([sse::event(&answer)])))
        }
    }
}

/// Answers a batch of 2025-03-26; nothing if nothing in it wants an answer.
pub(crate) async fn batch_answer(
    host: &Arc<Host>,
    live: &Arc<Live>,
    version: Version,
    batch: Vec<Result<Message, Malformed>>,
) -> Option<Bytes> {
    let answers = batch.into_iter().filter_map(|element| match element {
        Ok(Message::Request(request)) => Some(batch_element(host, live, version, Ok(request))),
        Ok(Message::Notification(_) | Message::Response) => None,
        Err(malformed) => Some(batch_element(host, live, version, Err(malformed))),
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
    match legacy_answer(live, version, request) {
        Ok(answer) => answer,
        Err(call) => {
            let outbox = Arc::new(Outbox::new(Wants::default()));
            host.clone().call(live.clone(), version, id, call, outbox).await
        }
    }
}

/// The answer of a legacy request, or the call it takes.
fn legacy_answer(live: &Live, version: Version, request: Request) -> Result<Bytes, Call> {
    let id = request.id.clone();
    match methods::legacy(&live.surface, version, request) {
        Step::Result(result) => Ok(jsonrpc::result(&id, &result)),
        Step::Error(error) => Ok(jsonrpc::error(Some(&id), &error)),
        // Without sessions there is nothing to remember the level in: every request gets every message.
        Step::SetLevel(_) => Ok(jsonrpc::result(&id, "{}")),
        Step::Call(call) => Err(call),
        Step::Listen(_) => Ok(jsonrpc::error(Some(&id), &RpcError::method_not_found("subscriptions/listen"))),
    }
}

fn legacy_wants(request: &Request) -> Result<Wants, RpcError> {
    let progress_token = envelope::progress_token(&request.params)?;
    Ok(Wants { level: Some(Level::Debug), progress_token })
}

fn notifications(host: &Host, messages: ByteStream) -> Response<Body> {
    rules::events(kept_alive(messages, host.resources.ports.clock.clone()))
}

fn refuse(id: Option<&Id>, Refused(error): &Refused) -> Response<Body> {
    rules::rpc_refusal(StatusCode::BAD_REQUEST, id, error)
}

fn unasked_response() -> Response<Body> {
    rules::refusal(StatusCode::BAD_REQUEST, "this server asked nothing, so there is nothing to respond to")
}

fn not_ready() -> Response<Body> {
    rules::refusal(StatusCode::SERVICE_UNAVAILABLE, "no deployment is loaded yet")
}
