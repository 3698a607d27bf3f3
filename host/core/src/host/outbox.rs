//! The notifications of one running request: bounded, oldest dropped first. Never waits for a reader.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use serde_json::json;

use crate::codecall::{Notification, Notify};
use crate::mcp::notify::{self, Level, Wants};

/// Messages held for a reader that lags behind.
const CAPACITY: usize = 256;

/// Takes notifications from a running call and keeps them, written out, for the response stream.
pub(crate) struct Outbox {
    wants: Wants,
    state: Mutex<State>,
    reader: AtomicWaker,
}

#[derive(Default)]
struct State {
    messages: VecDeque<Bytes>,
    dropped: u64,
    progress: u64,
}

impl Outbox {
    /// An outbox that keeps what the request wants to be told.
    pub(crate) fn new(wants: Wants) -> Self {
        Self { wants, state: Mutex::default(), reader: AtomicWaker::new() }
    }

    /// Whom to wake when a message arrives.
    pub(crate) fn register(&self, reader: &Waker) {
        if self.wants.anything() {
            self.reader.register(reader);
        }
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        !self.wants.anything() || self.state().messages.is_empty()
    }

    /// The oldest message. Says first how many were lost before it, if any were and the client wants warnings.
    pub(crate) fn pop(&self) -> Option<Bytes> {
        if !self.wants.anything() {
            return None;
        }
        let mut state = self.state();
        let dropped = std::mem::take(&mut state.dropped);
        if dropped > 0 && self.wants.logs(Level::Warning) {
            return Some(notify::log("warning", "frontmcp", &json!({"droppedNotifications": dropped})));
        }
        state.messages.pop_front()
    }

    /// A panic while the lock is held leaves a whole queue behind, so a poisoned lock is as good as any.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self, state: &mut State, level: &str, logger: &str, data: &serde_json::Value) {
        if Level::parse(level).is_some_and(|parsed| self.wants.logs(parsed)) {
            push(state, notify::log(level, logger, data));
        }
    }
}

impl Notify for Outbox {
    fn notify(&self, notification: Notification) {
        if !self.wants.anything() {
            return;
        }
        let mut state = self.state();
        match notification {
            Notification::Log { level, data } => self.log(&mut state, &level, "script", &data),
            Notification::Event { event, payload } => {
                let data = json!({"event": event, "payload": payload});
                self.log(&mut state, "notice", "frontmcp.event", &data);
                if let Some(token) = &self.wants.progress_token {
                    state.progress += 1;
                    let message = notify::progress(token, state.progress, &event);
                    push(&mut state, message);
                }
            }
        }
        drop(state);
        self.reader.wake();
    }
}

fn push(state: &mut State, message: Bytes) {
    if state.messages.len() == CAPACITY {
        state.messages.pop_front();
        state.dropped += 1;
    }
    state.messages.push_back(message);
}
