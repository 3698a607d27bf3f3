//! Who hears of changes: the open notification streams of a host, and what each has yet to read. Never writes a
//! message and never waits for a reader.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_util::Stream;

use crate::auth::Principal;
use crate::host::turnstile::{Crowded, Pass, Turnstile};
use crate::mcp::listen::{Change, Kind};
use crate::mcp::watch::{Updated, Watched};

/// Announcements kept for a reader that lags behind. One that lags further is cut off, as what it would miss
/// without knowing is worse than an end that makes it ask again.
const CAPACITY: usize = 256;

/// The open streams. One lock orders opening, announcing and ending, so that a stream hears exactly what is
/// announced after it was opened.
pub(crate) struct Feed {
    places: Arc<Turnstile>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    streams: HashMap<u64, Entry>,
    next: u64,
    closed: bool,
}

struct Entry {
    kinds: Vec<Kind>,
    watched: Vec<Watched>,
    unread: VecDeque<Change>,
    /// Nothing is added any more; the reader ends after what is unread.
    ended: bool,
    waker: Option<Waker>,
}

impl Entry {
    fn list_changed(&mut self, kind: Kind) {
        if self.kinds.contains(&kind) {
            self.push(Change::List(kind));
        }
    }

    /// Each of the resources is told once, however many subscriptions it fits.
    fn updated(&mut self, updates: &[Updated]) {
        let mut told = Vec::new();
        let watched = &self.watched;
        for uri in updates.iter().flat_map(|each| watched.iter().filter_map(|watched| watched.told(each))) {
            if !told.contains(&uri) {
                told.push(uri);
            }
        }
        told.into_iter().for_each(|uri| self.push(Change::Updated(uri)));
    }

    fn push(&mut self, change: Change) {
        if self.ended {
            return;
        }
        if self.unread.len() == CAPACITY {
            self.ended = true;
        } else {
            self.unread.push_back(change);
        }
    }
}

impl Feed {
    /// No stream yet, and never more than there are places.
    pub(crate) fn new(places: Arc<Turnstile>) -> Arc<Self> {
        Arc::new(Self { places, state: Mutex::default() })
    }

    /// Opens a stream of this principal that hears of these kinds from now on. It counts until it is dropped.
    ///
    /// # Errors
    /// There are as many as there may be.
    pub(crate) fn open(self: &Arc<Self>, principal: &Principal, kinds: &[Kind]) -> Result<Reader, Crowded> {
        self.open_watching(principal, kinds, &[])
    }

    /// The same for a stream that also hears when one of these resources is updated.
    pub(crate) fn open_watching(
        self: &Arc<Self>,
        principal: &Principal,
        kinds: &[Kind],
        watched: &[Watched],
    ) -> Result<Reader, Crowded> {
        let place = self.places.enter(principal)?;
        let mut state = self.state();
        let key = state.next;
        state.next += 1;
        let ended = state.closed;
        let (kinds, watched) = (kinds.to_vec(), watched.to_vec());
        let entry = Entry { kinds, watched, unread: VecDeque::new(), ended, waker: None };
        state.streams.insert(key, entry);
        Ok(Reader { feed: self.clone(), key, _place: place })
    }

    /// Tells every stream that wants to know, once for each kind.
    pub(crate) fn announce(&self, kinds: &[Kind]) {
        self.each(|entry| kinds.iter().for_each(|kind| entry.list_changed(*kind)));
    }

    /// Tells every stream that watches one of these resources.
    pub(crate) fn updated(&self, updates: &[Updated]) {
        self.each(|entry| entry.updated(updates));
    }

    /// Ends every stream after what it has yet to read, and every stream that is opened later at once.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.each(|entry| entry.ended = true);
    }

    /// How many streams are open.
    pub(crate) fn len(&self) -> usize {
        self.state().streams.len()
    }

    /// Wakers run foreign code, so they are called without the lock.
    fn each(&self, change: impl Fn(&mut Entry)) {
        let mut wakers = Vec::new();
        for entry in self.state().streams.values_mut() {
            change(entry);
            wakers.extend(entry.waker.take());
        }
        wakers.into_iter().for_each(Waker::wake);
    }

    /// No code panics between two writes to the state, so a poisoned lock is as good as any.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One open stream: yields what is announced, in order, until it is ended. Dropping it closes it.
pub(crate) struct Reader {
    feed: Arc<Feed>,
    key: u64,
    _place: Arc<Pass>,
}

impl Stream for Reader {
    type Item = Change;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Change>> {
        let mut state = self.feed.state();
        let entry = state.streams.get_mut(&self.key).expect("an entry lives as long as its reader");
        if let Some(change) = entry.unread.pop_front() {
            return Poll::Ready(Some(change));
        }
        if entry.ended {
            return Poll::Ready(None);
        }
        let previous = entry.waker.replace(context.waker().clone());
        drop(state);
        // Dropping a waker may run foreign code too.
        drop(previous);
        Poll::Pending
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let entry = self.feed.state().streams.remove(&self.key);
        drop(entry);
    }
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
