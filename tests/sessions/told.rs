//! What it costs to tell many streams at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use frontmcp_core::ports::sessions::{Announced, Page, StreamId, Unfinished};
use frontmcp_core::ports::{BoxFuture, Events, SessionPorts};
use frontmcp_core::{Fault, Settings};
use frontmcp_host::boot::session_ports;
use frontmcp_host::store::Store;
use frontmcp_tests::World;
use futures_util::future::join_all;

use super::{client, store};

/// A store's events, and how often they were read.
struct Counted {
    store: Arc<Store>,
    reads: AtomicUsize,
}

impl Events for Counted {
    fn newest(&self) -> BoxFuture<'_, Result<u64, Fault>> {
        self.store.newest()
    }

    fn open(&self, session: &str, request: &str) -> BoxFuture<'_, Result<u64, Fault>> {
        self.store.open(session, request)
    }

    fn append(&self, stream: StreamId, said: Vec<Bytes>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        self.store.append(stream, said, now_ms)
    }

    fn finish(&self, stream: StreamId, said: Vec<Bytes>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        self.store.finish(stream, said, now_ms)
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
        self.store.after(stream, position, max)
    }

    fn unfinished(&self, of: Option<&str>, max: usize) -> BoxFuture<'_, Result<Vec<Unfinished>, Fault>> {
        self.store.unfinished(of, max)
    }

    fn forget(&self, before_ms: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        self.store.forget(before_ms)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_was_rung_reads_once() {
    const STREAMS: usize = 100;
    let events = Arc::new(Counted { store: store(), reads: AtomicUsize::new(0) });
    let ports = SessionPorts { events: events.clone(), ..session_ports(events.store.clone()) };
    let world = World::over(ports, Settings::default(), |_| ()).await;
    let mut streams = Vec::new();
    for _ in 0..STREAMS {
        let mut stream = client(&world).await.stream(None).await;
        stream.events.next().await.expect("the priming event");
        streams.push(stream);
    }
    // From here on they wait for the bell.
    join_all(streams.iter_mut().map(|stream| stream.events.is_quiet())).await;
    let before = events.reads.load(Ordering::Relaxed);
    world.host.publish(world.snapshot(|snapshot| snapshot.version.push('x')));
    let hearing = streams.iter_mut().map(|stream| async {
        for _ in 0..4 {
            stream.events.word().await;
        }
        // It is read again, as a server does that has written everything.
        assert!(stream.events.is_quiet().await);
    });
    join_all(hearing).await;
    assert_eq!(events.reads.load(Ordering::Relaxed) - before, STREAMS);
}
