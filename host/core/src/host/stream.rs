//! One open notification stream: its first word, what it is told, its last word. Never decides who hears what.

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::once;
use futures_util::{Stream, StreamExt};

use crate::host::feed::Reader;
use crate::mcp::listen::{Change, Listen};
use crate::mcp::surface::Surface;
use crate::ports::{BoxFuture, Clock};
use crate::transport::{ByteStream, sse};

/// Milliseconds of silence before a stream says that it lives, so that proxies do not close it.
const KEEP_ALIVE_MS: u64 = 15_000;

/// The messages of a subscription of 2026-07-28: acknowledged, told, and answered in the end.
pub(crate) fn subscription(listen: Listen, surface: &Surface, reader: Reader) -> ByteStream {
    let first = listen.acknowledged();
    let last = listen.ended(&surface.listen_end(listen.id()));
    let changes = reader.map(move |change| listen.changed(&change));
    Box::pin(once(ready(first)).chain(changes).chain(once(ready(last))))
}

/// The messages a client of the older versions hears without having asked.
pub(crate) fn unasked(reader: Reader) -> ByteStream {
    Box::pin(reader.map(Change::unasked))
}

/// Frames messages as server-sent events without ids.
pub(crate) fn framed(messages: ByteStream) -> ByteStream {
    Box::pin(messages.map(|message| sse::event(&message)))
}

/// Frames, with a comment after every silence.
pub(crate) fn kept_alive(frames: ByteStream, clock: Arc<dyn Clock>) -> ByteStream {
    let silence = clock.sleep(KEEP_ALIVE_MS);
    Box::pin(KeptAlive { frames, clock, silence })
}

struct KeptAlive {
    frames: ByteStream,
    clock: Arc<dyn Clock>,
    silence: BoxFuture<'static, ()>,
}

impl Stream for KeptAlive {
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let frame = match self.frames.poll_next_unpin(context) {
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Ready(Some(frame)) => frame,
            Poll::Pending if self.silence.as_mut().poll(context).is_ready() => sse::comment(),
            Poll::Pending => return Poll::Pending,
        };
        self.silence = self.clock.sleep(KEEP_ALIVE_MS);
        Poll::Ready(Some(frame))
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
