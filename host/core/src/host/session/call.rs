//! A call inside a session: it runs to its end whoever goes away, and what it says on a stream is in the log before it
//! is sent. Never opens a stream for a call that only answers.

use std::future::{Future, ready};
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_channel::oneshot;
use futures_util::future::{Abortable, Either, Pending, pending, select, try_join_all};
use futures_util::stream::AbortHandle;
use futures_util::{FutureExt, StreamExt};

use crate::host::exchange::{Exchange, Opening};
use crate::host::session::bell::Listener;
use crate::host::session::{Open, Running, Sessions};
use crate::mcp::jsonrpc::{self, Id, RpcError, json};
use crate::ports::Ports;
use crate::ports::sessions::{StreamId, Unfinished};
use crate::reject::Fault;

/// Messages that are written to the log at once.
const WRITTEN_AT_ONCE: usize = 64;
/// Streams that one step of a recovery finishes.
const RECOVERED_AT_ONCE: usize = 1_000;

/// How a call began, seen from the request that asked for it.
pub(crate) enum Begun {
    /// Its answer, before anything else was said.
    Answer(Bytes),
    /// It said something: its stream, and its number.
    Stream(Listener, u64),
    /// It was cancelled before it said anything.
    Cancelled,
    /// Our own fault.
    Fault(Fault),
}

/// Starts a call, and waits until it says something.
///
/// # Errors
/// Its id is taken, or the session has too many calls.
pub(crate) async fn begin(
    sessions: &Arc<Sessions>,
    ports: &Ports,
    session: &Arc<Open>,
    id: &Id,
    exchange: Exchange,
) -> Result<Begun, RpcError> {
    let (handle, registration) = AbortHandle::new_pair();
    let running = session.run(id, handle)?;
    let (begun, first_word) = oneshot::channel();
    let mut call = Call::new(sessions, ports, session, id, running);
    let cancelled = Abortable::new(pending(), registration);
    sessions.ports.tasks.spawn(Box::pin(async move { call.run(exchange, begun, cancelled).await }));
    Ok(first_word.await.unwrap_or(Begun::Cancelled))
}

/// Runs a call that says everything on the session's own stream, its answer too.
///
/// # Errors
/// As [`begin`].
pub(crate) fn speak(
    sessions: &Arc<Sessions>,
    ports: &Ports,
    session: &Arc<Open>,
    id: &Id,
    exchange: Exchange,
) -> Result<(), RpcError> {
    let (handle, registration) = AbortHandle::new_pair();
    let running = session.run(id, handle)?;
    let mut call = Call::new(sessions, ports, session, id, running);
    let stream = StreamId { session: session.id.clone(), call: None };
    sessions.ports.tasks.spawn(Box::pin(async move {
        // Whoever cancelled wants no answer.
        let _ = Abortable::new(call.write(exchange, &stream), registration).await;
    }));
    Ok(())
}

/// Ends when the call is cancelled.
type Cancelled = Abortable<Pending<()>>;

struct Call {
    sessions: Arc<Sessions>,
    ports: Ports,
    session: Arc<Open>,
    request: String,
    /// Given up before the answer can be seen: who has it may use the id again.
    running: Option<Running>,
}

impl Call {
    fn new(sessions: &Arc<Sessions>, ports: &Ports, session: &Arc<Open>, id: &Id, running: Running) -> Self {
        Self {
            sessions: sessions.clone(),
            ports: ports.clone(),
            session: session.clone(),
            request: json(id),
            running: Some(running),
        }
    }

    async fn run(&mut self, exchange: Exchange, begun: oneshot::Sender<Begun>, mut cancelled: Cancelled) {
        let exchange = match until(&mut cancelled, exchange.open()).await {
            Some(Opening::Answer(answer)) => {
                drop(self.running.take());
                return drop(begun.send(Begun::Answer(answer)));
            }
            Some(Opening::Notified(exchange)) => exchange,
            None => return,
        };
        // Not given up halfway: a stream whose number nobody knows would never end.
        let opened = self.sessions.ports.events.open(&self.session.id, &self.request).await;
        let number = match opened {
            Ok(number) => number,
            Err(fault) => return drop(begun.send(Begun::Fault(fault))),
        };
        let stream = StreamId { session: self.session.id.clone(), call: Some(number) };
        if until(&mut cancelled, self.speak(exchange, &stream, begun)).await.is_none() {
            drop(self.running.take());
            // Whoever cancelled wants no answer; the stream ends without one.
            self.finish(&stream, Vec::new()).await;
        }
    }

    async fn speak(&mut self, exchange: Exchange, stream: &StreamId, begun: oneshot::Sender<Begun>) {
        match self.sessions.bell.listen(&self.session, stream.call) {
            // Whoever asked may have gone; the stream can be read later.
            Ok(listener) => {
                drop(begun.send(Begun::Stream(listener, stream.call.unwrap_or_default())));
                self.write(exchange, stream).await;
            }
            // With too many streams there is still a document: a call that has begun must not be asked for again.
            Err(_) => self.answer_alone(exchange, stream, begun).await,
        }
    }

    /// Says nothing but the answer.
    async fn answer_alone(&mut self, exchange: Exchange, stream: &StreamId, begun: oneshot::Sender<Begun>) {
        let answer = exchange.fold(None, |_, message| ready(Some(message))).await;
        drop(self.running.take());
        self.finish(stream, answer.iter().cloned().collect()).await;
        drop(begun.send(answer.map_or(Begun::Cancelled, Begun::Answer)));
    }

    async fn write(&mut self, mut exchange: Exchange, stream: &StreamId) {
        while let Some(first) = exchange.next().await {
            let mut said = vec![first];
            while said.len() < WRITTEN_AT_ONCE
                && let Some(Some(next)) = exchange.next().now_or_never()
            {
                said.push(next);
            }
            if exchange.is_over() {
                drop(self.running.take());
                return self.finish(stream, said).await;
            }
            if let Err(fault) = self.say(stream, said, false).await {
                self.ports.record(fault);
            }
        }
    }

    /// Says the last of a call. What cannot be kept is replaced by an error, so that nobody waits for it.
    async fn finish(&self, stream: &StreamId, said: Vec<Bytes>) {
        let instead = if said.is_empty() { Vec::new() } else { vec![self.not_kept()] };
        for said in [said, instead.clone()] {
            match self.say(stream, said, true).await {
                Ok(()) => return,
                Err(fault) => drop(self.ports.record(fault)),
            }
        }
        // Whoever reads it must not wait for what is not coming.
        if let Some(number) = stream.call {
            self.session.owe(number, instead);
        }
        self.sessions.bell.end_stream(stream);
    }

    async fn say(&self, stream: &StreamId, said: Vec<Bytes>, is_last: bool) -> Result<(), Fault> {
        let (events, now_ms) = (&self.sessions.ports.events, self.ports.clock.now_ms());
        match stream.call {
            Some(_) if is_last => events.finish(stream.clone(), said, now_ms).await?,
            _ => events.append(stream.clone(), said, now_ms).await?,
        }
        self.sessions.bell.ring(stream);
        Ok(())
    }

    fn not_kept(&self) -> Bytes {
        unanswered(
            &self.request,
            "the answer could not be kept on this stream; the call may have taken effect",
        )
    }
}

/// The outcome, unless the call is cancelled before.
async fn until<T>(cancelled: &mut Cancelled, work: impl Future<Output = T>) -> Option<T> {
    match select(cancelled, pin!(work)).await {
        Either::Left(_) => None,
        Either::Right((outcome, _)) => Some(outcome),
    }
}

/// An error in the place of an answer, to a request as it was written down.
fn unanswered(request: &str, why: &'static str) -> Bytes {
    let id: Option<Id> = serde_json::from_str(request).ok();
    jsonrpc::error(id.as_ref(), &RpcError::new(jsonrpc::INTERNAL_ERROR, why))
}

/// Writes the end of a stream that could not be written when it was due, so that whoever comes back does not wait for it.
///
/// # Errors
/// It cannot be written yet.
pub(crate) async fn make_up(
    sessions: &Sessions,
    session: &Open,
    number: u64,
    now_ms: u64,
) -> Result<(), Fault> {
    let Some(said) = session.owed(number) else { return Ok(()) };
    let stream = StreamId { session: session.id.clone(), call: Some(number) };
    sessions.ports.events.finish(stream, said, now_ms).await?;
    session.is_paid(number);
    Ok(())
}

/// Gives an answer to every call, of one session or of all, that died with the process that ran it, so that whoever waits for one learns so.
///
/// # Errors
/// Storage failed.
pub(crate) async fn recover(sessions: &Sessions, of: Option<&str>, now_ms: u64) -> Result<(), Fault> {
    loop {
        let unfinished = sessions.ports.events.unfinished(of, RECOVERED_AT_ONCE).await?;
        let are_all = unfinished.len() < RECOVERED_AT_ONCE;
        // At once, so that they share commits.
        try_join_all(unfinished.into_iter().map(|call| end(sessions, call, now_ms))).await?;
        if are_all {
            return Ok(());
        }
    }
}

async fn end(sessions: &Sessions, call: Unfinished, now_ms: u64) -> Result<(), Fault> {
    let Unfinished { stream, request } = call;
    let why = "the server was restarted while this call ran; it may or may not have taken effect";
    sessions.ports.events.finish(stream.clone(), vec![unanswered(&request, why)], now_ms).await?;
    // Whoever was quick to come back waits for it.
    sessions.bell.ring(&stream);
    Ok(())
}
