//! `ports::Sessions` and `ports::Events` in memory, with the semantics of the durable store. Keeps nothing beyond its own
//! life.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use bytes::Bytes;
use frontmcp_core::Fault;
use frontmcp_core::ports::sessions::{
    Announced, Created, Event, Page, SHARE_BYTES, SHARE_EVENTS, SHARE_GRACE_MS, SHARES_AT_MOST, Session,
    SessionLimits, StreamId, Unfinished,
};
use frontmcp_core::ports::{BoxFuture, Events, Sessions};

use crate::MemoryStore;
use crate::memory::answer;

/// Sessions, streams and events of one store.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    sessions: BTreeMap<String, Session>,
    /// By session and URI: the newest event when it began.
    subscriptions: BTreeMap<(String, String), u64>,
    streams: BTreeMap<u64, Stream>,
    opened: u64,
    events: BTreeMap<u64, Said>,
    newest: u64,
    deployed: Option<String>,
    /// The newest that was forgotten: of a session's own stream, of a call's, of what everybody was told.
    forgotten: BTreeMap<Option<(String, Option<u64>)>, u64>,
}

#[derive(Debug)]
struct Stream {
    session: String,
    request: String,
    finished_ms: Option<u64>,
}

#[derive(Debug)]
struct Said {
    to: To,
    at_ms: u64,
    message: Bytes,
}

impl Said {
    fn is_of(&self, session: &str) -> bool {
        matches!(&self.to, To::One(stream) if stream.session == session)
    }
}

#[derive(Debug)]
enum To {
    Everybody,
    Subscribers(String),
    One(StreamId),
}

impl MemoryStore {
    /// No method leaves a change half done, so that a panic elsewhere in a test does not matter here.
    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal {
    fn is_open(&self, stream: &StreamId) -> bool {
        match stream.call {
            None => self.sessions.contains_key(&stream.session),
            Some(call) => self
                .streams
                .get(&call)
                .is_some_and(|open| open.session == stream.session && open.finished_ms.is_none()),
        }
    }

    fn say(&mut self, to: To, message: Bytes, at_ms: u64) {
        self.newest += 1;
        self.events.insert(self.newest, Said { to, at_ms, message });
    }

    fn say_to_all(&mut self, said: Vec<Announced>, at_ms: u64) {
        for Announced { uri, message } in said {
            match uri {
                None if self.sessions.is_empty() => {}
                None => self.say(To::Everybody, message, at_ms),
                Some(uri) if self.subscriptions.keys().any(|(_, other)| *other == uri) => {
                    self.say(To::Subscribers(uri), message, at_ms);
                }
                Some(_) => {}
            }
        }
    }

    /// On a stream that is open.
    fn say_on(&mut self, stream: &StreamId, said: Vec<Bytes>, at_ms: u64) {
        let before = self.newest;
        said.into_iter().for_each(|message| self.say(To::One(stream.clone()), message, at_ms));
        let theirs = self.events.iter().filter(|(_, said)| said.is_of(&stream.session));
        let sizes: Vec<(u64, u64, u64)> =
            theirs.map(|(at, said)| (*at, said.at_ms, said.message.len() as u64)).collect();
        let (mut events, mut bytes) =
            (sizes.len() as u64, sizes.iter().map(|(_, _, size)| size).sum::<u64>());
        for (position, said_ms, size) in sizes.into_iter().take_while(|(position, ..)| *position <= before) {
            let shares = if said_ms + SHARE_GRACE_MS < at_ms { 1 } else { SHARES_AT_MOST };
            if events > SHARE_EVENTS * shares || bytes > SHARE_BYTES * shares {
                (events, bytes) = (events - 1, bytes - size);
                self.forget(position);
            }
        }
    }

    fn forget(&mut self, position: u64) {
        let Some(said) = self.events.remove(&position) else { return };
        let of = match said.to {
            To::One(stream) => Some((stream.session, stream.call)),
            To::Everybody | To::Subscribers(_) => None,
        };
        let newest = self.forgotten.entry(of.clone()).or_default();
        *newest = position.max(*newest);
        // A finished stream goes with the last that was said on it.
        let Some((_, Some(call))) = of else { return };
        let is_on = |said: &Said| matches!(&said.to, To::One(stream) if stream.call == Some(call));
        let finished = self.streams.get(&call).is_some_and(|stream| stream.finished_ms.is_some());
        if finished && !self.events.values().any(is_on) {
            self.streams.remove(&call);
        }
    }

    /// The newest event a reader of this stream may have missed.
    fn forgotten(&self, stream: &StreamId) -> u64 {
        let of = |key| self.forgotten.get(&key).copied().unwrap_or_default();
        let own = of(Some((stream.session.clone(), stream.call)));
        if stream.call.is_some() { own } else { own.max(of(None)) }
    }

    fn end(&mut self, id: &str) -> bool {
        let there = self.sessions.remove(id).is_some();
        self.subscriptions.retain(|(session, _), _| session != id);
        self.streams.retain(|_, stream| stream.session != id);
        self.events.retain(|_, said| !said.is_of(id));
        self.forgotten.retain(|of, _| of.as_ref().is_none_or(|(session, _)| session != id));
        there
    }

    fn hears(&self, stream: &StreamId, position: u64, said: &Said) -> bool {
        match &said.to {
            To::One(of) => of == stream,
            To::Everybody => stream.call.is_none(),
            To::Subscribers(uri) => {
                let since = self.subscriptions.get(&(stream.session.clone(), uri.clone()));
                stream.call.is_none() && since.is_some_and(|since| *since < position)
            }
        }
    }

    fn after(&self, stream: &StreamId, position: u64, max: usize) -> Option<Page> {
        let finished = match stream.call {
            None => self.sessions.contains_key(&stream.session).then_some(false)?,
            Some(call) => {
                let open = self.streams.get(&call).filter(|open| open.session == stream.session)?;
                // A stream with a hole would look whole.
                (self.forgotten(stream) <= position).then_some(())?;
                open.finished_ms.is_some()
            }
        };
        let heard = self.events.range(position + 1..).filter(|(at, said)| self.hears(stream, **at, said));
        let events: Vec<Event> = heard
            .take(max)
            .map(|(at, said)| Event { position: *at, message: said.message.clone() })
            .collect();
        let last = events.last().map(|event| event.position);
        let is_full = events.len() == max;
        let read_to = match stream.call {
            None if !is_full => self.newest.max(position),
            _ => last.unwrap_or(position),
        };
        Some(Page {
            events,
            read_to,
            has_more: is_full,
            is_finished: finished && !is_full,
            has_gap: stream.call.is_none() && position < self.forgotten(stream),
        })
    }
}

impl Sessions for MemoryStore {
    fn create(
        &self,
        id: &str,
        session: Session,
        limits: SessionLimits,
    ) -> BoxFuture<'_, Result<Created, Fault>> {
        let mut journal = self.journal();
        let theirs = journal.sessions.values().filter(|other| other.principal == session.principal).count();
        answer(Ok(if journal.sessions.len() as u64 >= limits.total {
            Created::TooMany
        } else if theirs as u64 >= limits.per_principal {
            Created::TooManyOfPrincipal
        } else {
            journal.sessions.insert(id.to_owned(), session);
            Created::Kept
        }))
    }

    fn get(&self, id: &str) -> BoxFuture<'_, Result<Option<Session>, Fault>> {
        answer(Ok(self.journal().sessions.get(id).cloned()))
    }

    fn touch(&self, id: &str, seen_ms: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        let mut journal = self.journal();
        let session = journal.sessions.get_mut(id);
        answer(Ok(session.map(|session| session.seen_ms = session.seen_ms.max(seen_ms)).is_some()))
    }

    fn agree(&self, id: &str, version: &str) -> BoxFuture<'_, Result<(), Fault>> {
        if let Some(session) = self.journal().sessions.get_mut(id) {
            version.clone_into(&mut session.version);
        }
        answer(Ok(()))
    }

    fn set_level(&self, id: &str, level: &str) -> BoxFuture<'_, Result<(), Fault>> {
        if let Some(session) = self.journal().sessions.get_mut(id) {
            session.level = Some(level.to_owned());
        }
        answer(Ok(()))
    }

    fn subscribe(&self, id: &str, uri: &str, max: usize) -> BoxFuture<'_, Result<bool, Fault>> {
        let mut journal = self.journal();
        let others = journal.subscriptions.keys().filter(|(session, other)| session == id && other != uri);
        if others.count() >= max {
            return answer(Ok(false));
        }
        let newest = journal.newest;
        if journal.sessions.contains_key(id) {
            journal.subscriptions.entry((id.to_owned(), uri.to_owned())).or_insert(newest);
        }
        answer(Ok(true))
    }

    fn unsubscribe(&self, id: &str, uri: &str) -> BoxFuture<'_, Result<(), Fault>> {
        self.journal().subscriptions.remove(&(id.to_owned(), uri.to_owned()));
        answer(Ok(()))
    }

    fn subscriptions(&self, id: &str) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        let journal = self.journal();
        let theirs = journal.subscriptions.keys().filter(|(session, _)| session == id);
        answer(Ok(theirs.map(|(_, uri)| uri.clone()).collect()))
    }

    fn end(&self, id: &str) -> BoxFuture<'_, Result<bool, Fault>> {
        answer(Ok(self.journal().end(id)))
    }

    fn expire(&self, before_ms: u64, max: usize) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        let mut journal = self.journal();
        let mut idle: Vec<(u64, String)> = journal
            .sessions
            .iter()
            .filter(|(_, session)| session.seen_ms < before_ms)
            .map(|(id, session)| (session.seen_ms, id.clone()))
            .collect();
        idle.sort();
        let ended: Vec<String> = idle.into_iter().take(max).map(|(_, id)| id).collect();
        ended.iter().for_each(|id| _ = journal.end(id));
        answer(Ok(ended))
    }

    fn count(&self) -> BoxFuture<'_, Result<u64, Fault>> {
        answer(Ok(self.journal().sessions.len() as u64))
    }
}

impl Events for MemoryStore {
    fn newest(&self) -> BoxFuture<'_, Result<u64, Fault>> {
        answer(Ok(self.journal().newest))
    }

    fn open(&self, session: &str, request: &str) -> BoxFuture<'_, Result<u64, Fault>> {
        let mut journal = self.journal();
        if !journal.sessions.contains_key(session) {
            return answer(Err(Fault::new(format!("storage: there is no session {session}"))));
        }
        journal.opened += 1;
        let number = journal.opened;
        let stream = Stream { session: session.to_owned(), request: request.to_owned(), finished_ms: None };
        journal.streams.insert(number, stream);
        answer(Ok(number))
    }

    fn append(&self, stream: StreamId, said: Vec<Bytes>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        let mut journal = self.journal();
        if journal.is_open(&stream) {
            journal.say_on(&stream, said, now_ms);
        }
        answer(Ok(()))
    }

    fn finish(&self, stream: StreamId, said: Vec<Bytes>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        let mut journal = self.journal();
        if journal.is_open(&stream) {
            journal.say_on(&stream, said, now_ms);
            if let Some(open) = stream.call.and_then(|call| journal.streams.get_mut(&call)) {
                open.finished_ms = Some(now_ms);
            }
        }
        answer(Ok(()))
    }

    fn announce(&self, said: Vec<Announced>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        self.journal().say_to_all(said, now_ms);
        answer(Ok(()))
    }

    fn deployed(
        &self,
        bundle_sha256: &str,
        is_change: bool,
        said: Vec<Announced>,
        now_ms: u64,
    ) -> BoxFuture<'_, Result<bool, Fault>> {
        let mut journal = self.journal();
        let before = journal.deployed.replace(bundle_sha256.to_owned());
        let is_said = is_change || before.is_some_and(|before| before != bundle_sha256);
        if is_said {
            journal.say_to_all(said, now_ms);
        }
        answer(Ok(is_said))
    }

    fn after(
        &self,
        stream: StreamId,
        position: u64,
        max: usize,
    ) -> BoxFuture<'_, Result<Option<Page>, Fault>> {
        answer(Ok(self.journal().after(&stream, position, max)))
    }

    fn unfinished(&self, of: Option<&str>, max: usize) -> BoxFuture<'_, Result<Vec<Unfinished>, Fault>> {
        let journal = self.journal();
        let unfinished = journal.streams.iter().filter(|(_, stream)| {
            stream.finished_ms.is_none() && of.is_none_or(|session| stream.session == session)
        });
        let told = unfinished.map(|(number, stream)| Unfinished {
            stream: StreamId { session: stream.session.clone(), call: Some(*number) },
            request: stream.request.clone(),
        });
        answer(Ok(told.take(max).collect()))
    }

    fn forget(&self, before_ms: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        let mut journal = self.journal();
        let old: Vec<u64> =
            journal.events.iter().filter(|(_, said)| said.at_ms < before_ms).map(|(at, _)| *at).collect();
        for position in old {
            journal.forget(position);
        }
        journal.streams.retain(|_, stream| stream.finished_ms.is_none_or(|at_ms| at_ms >= before_ms));
        answer(Ok(false))
    }
}
