//! What it costs to tell many streams at once.

use std::sync::atomic::Ordering;

use frontmcp_core::Settings;
use frontmcp_tests::World;
use futures_util::future::join_all;

use super::client;
use super::disturbed::Disturbed;

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_was_rung_reads_once() {
    const STREAMS: usize = 100;
    let events = Disturbed::new();
    let world = World::over(events.ports(), Settings::default(), |_| ()).await;
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
