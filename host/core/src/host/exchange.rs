//! One running request: its call, and the messages it sends meanwhile. Nothing runs unless this is polled, so
//! dropping it cancels the call.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;

use crate::host::outbox::Outbox;
use crate::ports::BoxFuture;

/// Yields the notifications of a call as they come, and its answer last.
pub(crate) struct Exchange {
    call: Option<BoxFuture<'static, Bytes>>,
    answer: Option<Bytes>,
    outbox: Arc<Outbox>,
}

/// How an exchange began.
pub(crate) enum Opening {
    /// The answer was there before any notification.
    Answer(Bytes),
    /// A notification came first; it and everything after it is in the stream.
    Notified(Exchange),
}

impl Exchange {
    /// A call that has not begun.
    pub(crate) fn new(call: BoxFuture<'static, Bytes>, outbox: Arc<Outbox>) -> Self {
        Self { call: Some(call), answer: None, outbox }
    }

    /// Runs the call until there is something to say.
    pub(crate) async fn open(mut self) -> Opening {
        poll_fn(|context| self.poll_first(context)).await;
        match self.answer.take() {
            Some(answer) if self.outbox.is_empty() => Opening::Answer(answer),
            answer => {
                self.answer = answer;
                Opening::Notified(self)
            }
        }
    }

    /// Whether everything was said.
    pub(crate) fn is_over(&self) -> bool {
        self.call.is_none() && self.answer.is_none() && self.outbox.is_empty()
    }

    fn poll_first(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.outbox.register(context.waker());
        self.poll_call(context);
        if self.answer.is_none() && self.outbox.is_empty() { Poll::Pending } else { Poll::Ready(()) }
    }

    fn poll_call(&mut self, context: &mut Context<'_>) {
        if let Some(call) = &mut self.call
            && let Poll::Ready(answer) = call.as_mut().poll(context)
        {
            self.call = None;
            self.answer = Some(answer);
        }
    }
}

impl Stream for Exchange {
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(message) = self.outbox.pop() {
            return Poll::Ready(Some(message));
        }
        self.outbox.register(context.waker());
        self.poll_call(context);
        if let Some(message) = self.outbox.pop() {
            return Poll::Ready(Some(message));
        }
        match self.answer.take() {
            Some(answer) => Poll::Ready(Some(answer)),
            None if self.call.is_none() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
#[path = "exchange_tests.rs"]
mod tests;
