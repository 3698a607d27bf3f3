//! MCP over standard input and output: one conversation with one client. Never reads or writes a pipe itself.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::StreamExt;
use futures_util::stream::{self, AbortHandle, Abortable};
use serde_json::{Map, Value};

use crate::auth::Principal;
use crate::host::endpoint::batch_answer;
use crate::host::exchange::Exchange;
use crate::host::live::Live;
use crate::host::outbox::Outbox;
use crate::host::stream::{subscription, unasked};
use crate::host::{Caller, Host};
use crate::mcp::envelope;
use crate::mcp::era::{self, Claim};
use crate::mcp::jsonrpc::{
    self, INTERNAL_ERROR, INVALID_REQUEST, Id, Incoming, Malformed, Message, Request, RpcError,
};
use crate::mcp::listen::{Kind, Listen};
use crate::mcp::methods::{self, Call, Step};
use crate::mcp::notify::{Level, Wants};
use crate::mcp::version::Version;
use crate::mcp::watch::Watched;
use crate::transport::Body;

/// Calls and subscriptions one client may have at once.
const MAX_CALLS: usize = 256;

/// The state of one conversation.
pub struct Stdio {
    host: Arc<Host>,
    state: Arc<Mutex<State>>,
}

struct State {
    pinned: Pinned,
    level: Level,
    /// Whether a client of the older versions was given its stream of notifications.
    hears: bool,
    calls: HashMap<Id, AbortHandle>,
    /// Subscriptions of a client of the older versions, by URI.
    watching: HashMap<String, AbortHandle>,
}

/// What the client has shown itself to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pinned {
    Undecided,
    Legacy(Version),
    Modern,
}

impl Stdio {
    /// A conversation that has not begun.
    pub fn new(host: Arc<Host>) -> Self {
        let state = State {
            pinned: Pinned::Undecided,
            level: Level::Debug,
            hears: false,
            calls: HashMap::new(),
            watching: HashMap::new(),
        };
        Self { host, state: Arc::new(Mutex::new(state)) }
    }

    /// Takes one line and says what to write back: nothing, one message, or a stream of messages that must be
    /// polled for the call behind it to run. Messages are without line ends.
    pub fn handle(&self, line: &[u8]) -> Body {
        let Some(live) = self.host.live() else {
            return error(None, &RpcError::new(INTERNAL_ERROR, "no deployment is loaded yet"));
        };
        match jsonrpc::parse(line) {
            Ok(Incoming::Single(Message::Request(request))) => self.request(live, request),
            Ok(Incoming::Single(Message::Notification(notification))) => match notification.method.as_str() {
                "notifications/cancelled" => self.cancel(&notification.params),
                "notifications/initialized" => self.initialized(),
                _ => Body::empty(),
            },
            Ok(Incoming::Single(Message::Response)) => Body::empty(),
            Ok(Incoming::Batch(batch)) => self.batch(live, batch),
            Err(Malformed { id, error: problem }) => error(id.as_ref(), &problem),
        }
    }

    fn request(&self, live: Arc<Live>, request: Request) -> Body {
        let pinned = self.state().pinned;
        match (pinned, era::claim(&request.params)) {
            (Pinned::Legacy(version), _) => self.legacy(live, version, request),
            (_, Claim::Malformed) => error(Some(&request.id), &era::malformed_claim()),
            (_, Claim::Of(claimed)) => match era::known_modern(claimed) {
                Ok(version) => self.modern(live, version, request),
                Err(problem) => error(Some(&request.id), &problem),
            },
            (Pinned::Undecided, Claim::None) => match request.method.as_str() {
                "ping" => message(jsonrpc::result(&request.id, "{}")),
                "initialize" => self.initialize(live, request),
                _ => error(Some(&request.id), &era::missing_claim()),
            },
            (Pinned::Modern, Claim::None) if request.method == "initialize" => {
                let requested = request.params.get("protocolVersion").and_then(Value::as_str);
                error(Some(&request.id), &era::unsupported(requested.unwrap_or_default()))
            }
            (Pinned::Modern, Claim::None) => error(Some(&request.id), &era::missing_claim()),
        }
    }

    fn initialize(&self, live: Arc<Live>, request: Request) -> Body {
        let requested = request.params.get("protocolVersion").and_then(Value::as_str);
        let version = requested.map_or(Version::NEWEST_LEGACY, Version::negotiate);
        let id = request.id.clone();
        match methods::legacy(&live.surface, version, request) {
            Step::Result(result) => {
                self.state().pinned = Pinned::Legacy(version);
                message(jsonrpc::result(&id, &result))
            }
            step => self.act(live, version, id, step, Wants::default()),
        }
    }

    fn modern(&self, live: Arc<Live>, version: Version, request: Request) -> Body {
        let wants = match envelope::read(&request.params) {
            Ok(wants) => wants,
            Err(problem) => return error(Some(&request.id), &problem),
        };
        if request.method != "server/discover" {
            self.state().pinned = Pinned::Modern;
        }
        let id = request.id.clone();
        let step = methods::modern(&live.surface, request);
        self.act(live, version, id, step, wants)
    }

    fn legacy(&self, live: Arc<Live>, version: Version, request: Request) -> Body {
        let progress_token = match envelope::progress_token(&request.params) {
            Ok(token) => token,
            Err(problem) => return error(Some(&request.id), &problem),
        };
        let wants = Wants { level: Some(self.state().level), progress_token };
        let id = request.id.clone();
        let step = methods::legacy(&live.surface, version, request);
        self.act(live, version, id, step, wants)
    }

    fn act(&self, live: Arc<Live>, version: Version, id: Id, step: Step, wants: Wants) -> Body {
        match step {
            Step::Result(result) => message(jsonrpc::result(&id, &result)),
            Step::Error(problem) => error(Some(&id), &problem),
            Step::SetLevel(level) => {
                self.state().level = level;
                message(jsonrpc::result(&id, "{}"))
            }
            Step::Subscribe { uri, hears: true } => self.subscribe(&id, &uri),
            Step::Subscribe { uri, hears: false } => {
                if let Some(watching) = self.state().watching.remove(&uri) {
                    watching.abort();
                }
                message(jsonrpc::result(&id, "{}"))
            }
            Step::Call(call) => self.call(live, version, id, call, wants),
            Step::Listen(listen) => self.listen(&live, listen),
        }
    }

    fn call(&self, live: Arc<Live>, version: Version, id: Id, call: Call, wants: Wants) -> Body {
        let outbox = Arc::new(Outbox::new(wants));
        let call = self.host.clone().call(live, caller(), version, id.clone(), call, outbox.clone());
        self.cancellable(id, Exchange::new(Box::pin(call), outbox))
    }

    fn listen(&self, live: &Live, listen: Listen) -> Body {
        let id = listen.id().clone();
        match self.host.feed.open_watching(&Principal::anonymous(), listen.kinds(), listen.watched()) {
            Ok(reader) => self.cancellable(id, subscription(listen, &live.surface, reader)),
            Err(_) => error(Some(&id), &too_many_streams()),
        }
    }

    /// The answer, and then whatever there is to hear of the resource.
    fn subscribe(&self, id: &Id, uri: &str) -> Body {
        let answer = jsonrpc::result(id, "{}");
        // What is never announced can be subscribed to all the same.
        let Some(watched) = Watched::new(uri) else { return message(answer) };
        let (handle, registration) = AbortHandle::new_pair();
        {
            let watching = &mut self.state().watching;
            if watching.len() >= MAX_CALLS && !watching.contains_key(uri) {
                let problem = format!("a client has at most {MAX_CALLS} subscriptions");
                return error(Some(id), &RpcError::invalid_params(problem));
            }
            if let Some(before) = watching.insert(uri.to_owned(), handle) {
                before.abort();
            }
        }
        match self.host.feed.open_watching(&Principal::anonymous(), &[], &[watched]) {
            Ok(reader) => {
                let (state, uri) = (self.state.clone(), uri.to_owned());
                let ended = then(move || drop(lock(&state).watching.remove(&uri)));
                let changes = Abortable::new(unasked(reader).chain(ended), registration);
                Body::Stream(Box::pin(stream::iter([answer]).chain(changes)))
            }
            Err(_) => {
                self.state().watching.remove(uri);
                error(Some(id), &too_many_streams())
            }
        }
    }

    /// From here on a client of the older versions hears what changes, without asking and on its one pipe.
    fn initialized(&self) -> Body {
        let mut state = self.state();
        if !matches!(state.pinned, Pinned::Legacy(_)) || state.hears {
            return Body::empty();
        }
        // Nothing was asked, so there is nothing to answer if there are too many streams.
        let Ok(reader) = self.host.feed.open(&Principal::anonymous(), &Kind::ALL) else {
            return Body::empty();
        };
        state.hears = true;
        let state = self.state.clone();
        Body::Stream(Box::pin(unasked(reader).chain(then(move || lock(&state).hears = false))))
    }

    /// The messages of a request under its id, until they end or the client cancels it.
    fn cancellable<S>(&self, id: Id, messages: S) -> Body
    where
        S: Stream<Item = Bytes> + Send + Unpin + 'static,
    {
        let (handle, registration) = AbortHandle::new_pair();
        if let Err(problem) = self.register(&id, handle) {
            return error(Some(&id), &problem);
        }
        let messages = Abortable::new(messages, registration);
        Body::Stream(Box::pin(Conversation { messages, id, state: self.state.clone() }))
    }

    fn register(&self, id: &Id, handle: AbortHandle) -> Result<(), RpcError> {
        let calls = &mut self.state().calls;
        if calls.contains_key(id) {
            return Err(RpcError::new(INVALID_REQUEST, "a request with this id is still running"));
        }
        if calls.len() >= MAX_CALLS {
            return Err(RpcError::new(INTERNAL_ERROR, format!("more than {MAX_CALLS} calls at once")));
        }
        calls.insert(id.clone(), handle);
        Ok(())
    }

    fn cancel(&self, params: &Map<String, Value>) -> Body {
        let id = params.get("requestId").and_then(|id| serde::Deserialize::deserialize(id).ok());
        // The id stays taken until the messages are dropped: whoever took it before that would lose it then.
        let handle = id.and_then(|id: Id| self.state().calls.get(&id).cloned());
        if let Some(handle) = handle {
            handle.abort();
        }
        Body::empty()
    }

    fn batch(&self, live: Arc<Live>, batch: Vec<Result<Message, Malformed>>) -> Body {
        match self.state().pinned {
            Pinned::Legacy(version) if version.has_batches() => {
                let host = self.host.clone();
                let answer = async move { batch_answer(&host, &live, &caller(), version, batch).await };
                Body::Stream(Box::pin(stream::once(answer).filter_map(std::future::ready)))
            }
            _ => error(
                None,
                &RpcError::new(INVALID_REQUEST, "batches exist in protocol version 2025-03-26 only"),
            ),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Nothing more, after this was done.
fn then(done: impl FnOnce() + Send + 'static) -> impl Stream<Item = Bytes> + Send {
    let mut done = Some(done);
    stream::poll_fn(move |_| {
        done.take().into_iter().for_each(|done| done());
        Poll::Ready(None)
    })
}

/// A call or subscription that can be cancelled by its id; forgets the id when it ends.
struct Conversation<S> {
    messages: Abortable<S>,
    id: Id,
    state: Arc<Mutex<State>>,
}

impl<S: Stream<Item = Bytes> + Unpin> Stream for Conversation<S> {
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.messages.poll_next_unpin(context)
    }
}

impl<S> Drop for Conversation<S> {
    fn drop(&mut self) {
        lock(&self.state).calls.remove(&self.id);
    }
}

/// No code panics between two writes to the state, so a poisoned lock is as good as any.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// There is no status to say it with, as [`crate::host::legacy::too_many_streams`] does.
fn too_many_streams() -> RpcError {
    RpcError::new(INTERNAL_ERROR, "there are as many streams as there may be")
}

/// Whoever started the program.
fn caller() -> Caller {
    Caller { principal: Principal::anonymous(), session: None, pass: None }
}

fn message(bytes: Bytes) -> Body {
    Body::Full(bytes)
}

fn error(id: Option<&Id>, problem: &RpcError) -> Body {
    Body::Full(jsonrpc::error(id, problem))
}

#[cfg(test)]
#[path = "stdio_tests.rs"]
mod tests;
