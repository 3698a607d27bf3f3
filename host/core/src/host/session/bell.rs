//! Wakes whoever reads a stream when something was said on it. Never holds what was said: that is read from the log, so
//! that a slow reader costs no memory.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use crate::host::session::Open;
use crate::host::turnstile::{Crowded, Pass, Turnstile};
use crate::ports::sessions::StreamId;

/// Readers of one stream that may be there at once without each counting against the limits: those that were displaced
/// and have not gone yet.
const LEAVING_AT_ONCE: usize = 4;

/// The streams that are being read, each by one reader: a new one takes the place of the one before, which is how a
/// client comes back whose old connection is not known to be dead yet.
pub(crate) struct Bell {
    places: Arc<Turnstile>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    readers: HashMap<StreamId, Entry>,
    next: u64,
    closed: bool,
}

struct Entry {
    session: Arc<Open>,
    turn: u64,
    rung: bool,
    ended: bool,
    waker: Option<Waker>,
    /// Held by each reader of the stream, those that were displaced too.
    readers: Arc<()>,
}

impl Bell {
    /// Nobody reads yet.
    pub(crate) fn new(places: Arc<Turnstile>) -> Arc<Self> {
        Arc::new(Self { places, state: Mutex::default() })
    }

    /// Starts to listen: whatever is said from now on rings.
    ///
    /// # Errors
    /// There are too many readers.
    pub(crate) fn listen(
        self: &Arc<Self>,
        session: &Arc<Open>,
        call: Option<u64>,
    ) -> Result<Listener, Crowded> {
        let mut state = self.state();
        let stream = StreamId { session: session.id.clone(), call };
        let before = state.readers.get(&stream).map(|entry| &entry.readers);
        // The entry holds one itself.
        let others = before.map_or(0, |readers| Arc::strong_count(readers) - 1);
        let (readers, principal) = (before.cloned().unwrap_or_default(), session.vouched_principal());
        // Whoever takes a place need not wait until the one before has left it: that may take its time.
        let place = match others {
            0 | LEAVING_AT_ONCE.. => self.places.enter_as(principal)?,
            _ => self.places.enter_ahead(principal),
        };
        let turn = state.next;
        state.next += 1;
        let entry = Entry {
            session: session.clone(),
            turn,
            rung: false,
            ended: state.closed && call.is_none(),
            waker: None,
            readers: readers.clone(),
        };
        let displaced = state.readers.insert(stream.clone(), entry);
        drop(state);
        // Its reader finds that the place is taken.
        displaced.and_then(|entry| entry.waker).into_iter().for_each(Waker::wake);
        Ok(Listener { bell: self.clone(), stream, turn, _readers: readers, _place: place })
    }

    /// Something was said on this stream.
    pub(crate) fn ring(&self, stream: &StreamId) {
        let mut state = self.state();
        let waker = state.readers.get_mut(stream).and_then(|entry| {
            entry.rung = true;
            entry.waker.take()
        });
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// Something was said to every session that it concerns.
    pub(crate) fn ring_sessions(&self, concerns: impl Fn(&Open) -> bool) {
        self.each(|stream, entry| {
            if stream.call.is_none() && concerns(&entry.session) {
                entry.rung = true;
            }
        });
    }

    /// The session ended, and its streams with it.
    pub(crate) fn end(&self, session: &str) {
        self.each(|stream, entry| entry.ended |= stream.session == session);
    }

    /// Ends every reader of a session's own stream, and those that come later at once. Streams of calls end with them.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.each(|stream, entry| entry.ended |= stream.call.is_none());
    }

    /// Ends the reader of one stream.
    pub(crate) fn end_stream(&self, stream: &StreamId) {
        self.each(|other, entry| entry.ended |= other == stream);
    }

    /// Whose streams are being read.
    pub(crate) fn sessions(&self) -> Vec<Arc<Open>> {
        self.state().readers.values().map(|entry| entry.session.clone()).collect()
    }

    /// How many streams are being read.
    pub(crate) fn len(&self) -> usize {
        self.state().readers.len()
    }

    /// Wakers run foreign code, so they are called without the lock.
    fn each(&self, change: impl Fn(&StreamId, &mut Entry)) {
        let mut wakers = Vec::new();
        for (stream, entry) in &mut self.state().readers {
            change(stream, entry);
            if entry.rung || entry.ended {
                wakers.extend(entry.waker.take());
            }
        }
        wakers.into_iter().for_each(Waker::wake);
    }

    /// No code panics between two writes to the state, so a poisoned lock is as good as any.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a reader hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// There may be something to read.
    Ring,
    /// Nothing more is to be read here.
    End,
    /// Another reader has the place.
    Displaced,
}

/// One reader's place. Dropping it gives the place up.
pub(crate) struct Listener {
    bell: Arc<Bell>,
    stream: StreamId,
    turn: u64,
    _readers: Arc<()>,
    _place: Arc<Pass>,
}

impl Listener {
    pub(crate) fn stream(&self) -> &StreamId {
        &self.stream
    }

    /// Whether another reader has the place.
    pub(crate) fn is_displaced(&self) -> bool {
        self.bell.state().readers.get(&self.stream).is_none_or(|entry| entry.turn != self.turn)
    }

    /// Waits until something was said since the last time.
    pub(crate) async fn heard(&self) -> Heard {
        poll_fn(|context| {
            let mut state = self.bell.state();
            let Some(entry) = state.readers.get_mut(&self.stream).filter(|entry| entry.turn == self.turn)
            else {
                return Poll::Ready(Heard::Displaced);
            };
            if std::mem::take(&mut entry.rung) {
                return Poll::Ready(Heard::Ring);
            }
            if entry.ended {
                return Poll::Ready(Heard::End);
            }
            let previous = entry.waker.replace(context.waker().clone());
            drop(state);
            // Dropping a waker may run foreign code too.
            drop(previous);
            Poll::Pending
        })
        .await
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut state = self.bell.state();
        let mine = state.readers.get(&self.stream).is_some_and(|entry| entry.turn == self.turn);
        let entry = if mine { state.readers.remove(&self.stream) } else { None };
        drop(state);
        drop(entry);
    }
}
