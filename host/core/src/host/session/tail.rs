//! Reads a stream from the log as server-sent events, from where a client stopped, and goes on as more is said. Never
//! holds more than one page.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::stream::unfold;

use crate::host::session::Sessions;
use crate::host::session::bell::{Heard, Listener};
use crate::mcp::jsonrpc::{self, INTERNAL_ERROR, Id, RpcError};
use crate::mcp::listen::Kind;
use crate::ports::Ports;
use crate::ports::sessions::Page;
use crate::transport::{ByteStream, sse};

/// Events that are read at once.
const PAGE: usize = 64;

/// Where in which stream of its session a client is: what SSE calls an event id. Says nothing about the session, since
/// whoever sends it has to be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EventId {
    /// The stream of a call, or the session's own.
    pub(crate) call: Option<u64>,
    /// Everything up to here was read.
    pub(crate) position: u64,
}

impl fmt::Display for EventId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.call.unwrap_or_default(), self.position)
    }
}

impl FromStr for EventId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = |text: &str| {
            // One spelling for each number.
            let plain = text.bytes().all(|c| c.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
            text.parse().ok().filter(|number| plain && *number <= i64::MAX as u64)
        };
        let (call, position) = text.split_once('-').ok_or(())?;
        let call: u64 = number(call).ok_or(())?;
        let position = number(position).ok_or(())?;
        Ok(Self { call: Some(call).filter(|call| *call > 0), position })
    }
}

/// How a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// With an event that says nothing but its id, so that a client that loses the connection right away can come back.
    Primed,
    /// With the first thing that is said.
    Plain,
}

struct Tail {
    sessions: Arc<Sessions>,
    ports: Ports,
    listener: Listener,
    at: EventId,
    first: Option<Bytes>,
    /// The request whose answer is read, if that is known.
    asked: Option<Id>,
    /// Whatever is said from here on rings.
    is_caught_up: bool,
    is_over: bool,
    has_told_gap: bool,
}

/// The frames of a stream after `at`; if it answers a request, whose id may be known, that is `asked`.
pub(crate) fn tail(
    sessions: Arc<Sessions>,
    ports: Ports,
    listener: Listener,
    at: EventId,
    asked: Option<Id>,
    beginning: Beginning,
) -> ByteStream {
    let first = match beginning {
        Beginning::Primed => Some(sse::priming(&at.to_string())),
        Beginning::Plain => None,
    };
    let tail = Tail {
        sessions,
        ports,
        listener,
        at,
        first,
        asked,
        is_caught_up: false,
        is_over: false,
        has_told_gap: false,
    };
    Box::pin(unfold(tail, |mut tail| async move {
        let frames = tail.next().await?;
        Some((frames, tail))
    }))
}

impl Tail {
    /// What there is to send next; waits for it.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        while !self.is_over {
            if self.is_caught_up {
                match self.listener.heard().await {
                    Heard::Ring => {}
                    Heard::End => {
                        self.is_over = true;
                        return Some(sse::retry());
                    }
                    // Without a word: whoever came back to displace the other would be displaced in turn.
                    Heard::Displaced => return None,
                }
            } else if self.listener.is_displaced() {
                return None;
            }
            let stream = self.listener.stream().clone();
            let page = match self.sessions.ports.events.after(stream, self.at.position, PAGE).await {
                Ok(Some(page)) => page,
                Ok(None) => {
                    self.is_over = true;
                    return Some(self.gone());
                }
                Err(fault) => {
                    // The client comes back with the id it has.
                    self.ports.record(fault);
                    return None;
                }
            };
            let frames = self.frames(&page);
            self.at.position = page.read_to;
            self.is_over = page.is_finished;
            self.is_caught_up = !page.has_more;
            if !frames.is_empty() {
                return Some(frames);
            }
        }
        None
    }

    /// The last frame of a stream that is not there any more, or with a hole.
    fn gone(&self) -> Bytes {
        let Some(id) = &self.asked else { return sse::retry() };
        let why = "what this call said is not kept any more; it may have taken effect";
        sse::event(&jsonrpc::error(Some(id), &RpcError::new(INTERNAL_ERROR, why)))
    }

    fn frames(&mut self, page: &Page) -> Bytes {
        let mut frames = BytesMut::new();
        if page.has_gap && !self.has_told_gap {
            self.has_told_gap = true;
            // What was missed cannot be told any more; that everything may have changed can.
            let [others @ .., last] = Kind::ALL.map(Kind::unasked);
            others.iter().for_each(|notice| frames.extend_from_slice(&sse::event(notice)));
            // Whoever heard the last of them has heard of the gap.
            let told_to = page.events.first().map_or(page.read_to, |event| event.position - 1);
            frames.extend_from_slice(&self.identified(told_to, &last));
        }
        for event in &page.events {
            frames.extend_from_slice(&self.identified(event.position, &event.message));
        }
        frames.freeze()
    }

    fn identified(&self, position: u64, message: &[u8]) -> Bytes {
        sse::identified(&EventId { position, ..self.at }.to_string(), message)
    }
}
