//! A store's events as they are kept on a bad day: messages are refused, and things take long.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use frontmcp_core::Fault;
use frontmcp_core::ports::sessions::{Announced, Page, StreamId, Unfinished};
use frontmcp_core::ports::{BoxFuture, Events, SessionPorts};
use frontmcp_host::boot::session_ports;
use frontmcp_host::store::Store;
use tokio::sync::{Notify, Semaphore};

use super::store;

pub(super) struct Disturbed {
    pub(super) store: Arc<Store>,
    /// How often they were read.
    pub(super) reads: AtomicUsize,
    /// Messages that contain one of these cannot be kept.
    pub(super) refused: Mutex<Vec<&'static str>>,
    /// What calls said is forgotten.
    pub(super) forgets: AtomicBool,
    /// A stream was opened in the store.
    pub(super) opened: Notify,
    /// Whoever opened a stream hears so with one of these.
    pub(super) may_hear: Semaphore,
}

impl Disturbed {
    /// Nothing is wrong yet.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            store: store(),
            reads: AtomicUsize::new(0),
            refused: Mutex::default(),
            forgets: AtomicBool::new(false),
            opened: Notify::new(),
            may_hear: Semaphore::new(1_000),
        })
    }

    pub(super) fn ports(self: &Arc<Self>) -> SessionPorts {
        SessionPorts { events: self.clone(), ..session_ports(self.store.clone()) }
    }

    pub(super) fn refuse(&self, messages: &[&'static str]) {
        *self.refused.lock().unwrap() = messages.to_vec();
    }

    fn check(&self, said: &[Bytes]) -> Result<(), Fault> {
        let refused = self.refused.lock().unwrap();
        let is_refused = |message: &Bytes| {
            let text = std::str::from_utf8(message).unwrap();
            refused.iter().any(|refused| text.contains(refused))
        };
        if said.iter().any(is_refused) { Err(Fault::new("storage: the disk is full")) } else { Ok(()) }
    }
}

impl Events for Disturbed {
    fn newest(&self) -> BoxFuture<'_, Result<u64, Fault>> {
        self.store.newest()
    }

    fn open(&self, session: &str, request: &str) -> BoxFuture<'_, Result<u64, Fault>> {
        let opened = self.store.open(session, request);
        Box::pin(async {
            let opened = opened.await;
            self.opened.notify_one();
            self.may_hear.acquire().await.unwrap().forget();
            opened
        })
    }

    fn append(&self, stream: StreamId, said: Vec<Bytes>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        match self.check(&said) {
            Ok(()) => self.store.append(stream, said, now_ms),
            Err(fault) => Box::pin(async { Err(fault) }),
        }
    }

    fn finish(&self, stream: StreamId, said: Vec<Bytes>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        match self.check(&said) {
            Ok(()) => self.store.finish(stream, said, now_ms),
            Err(fault) => Box::pin(async { Err(fault) }),
        }
    }

    fn announce(&self, said: Vec<Announced>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        self.store.announce(said, now_ms)
    }

    fn deployed(
        &self,
        bundle_sha256: &str,
        is_change: bool,
        said: Vec<Announced>,
        now_ms: u64,
    ) -> BoxFuture<'_, Result<bool, Fault>> {
        self.store.deployed(bundle_sha256, is_change, said, now_ms)
    }

    fn after(
        &self,
        stream: StreamId,
        position: u64,
        max: usize,
    ) -> BoxFuture<'_, Result<Option<Page>, Fault>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if stream.call.is_some() && self.forgets.load(Ordering::Relaxed) {
            return Box::pin(async { Ok(None) });
        }
        self.store.after(stream, position, max)
    }

    fn unfinished(&self, of: Option<&str>, max: usize) -> BoxFuture<'_, Result<Vec<Unfinished>, Fault>> {
        self.store.unfinished(of, max)
    }

    fn forget(&self, before_ms: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        self.store.forget(before_ms)
    }
}
