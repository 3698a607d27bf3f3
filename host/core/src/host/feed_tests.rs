//! Who hears what, in which order, and when a stream ends.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{FutureExt, StreamExt};

use super::*;
use crate::host::turnstile::Limits;

fn nobody() -> Principal {
    Principal::anonymous()
}

fn up_to(total: usize) -> Arc<Turnstile> {
    Turnstile::new(Limits { total, per_principal: 1 })
}

/// What can be read without waiting, and whether the stream has ended behind it.
fn read(reader: &mut Reader) -> (Vec<Kind>, bool) {
    let mut kinds = Vec::new();
    while let Some(next) = reader.next().now_or_never() {
        match next {
            Some(Change::List(kind)) => kinds.push(kind),
            Some(Change::Updated(uri)) => panic!("nobody watches {uri}"),
            None => return (kinds, true),
        }
    }
    (kinds, false)
}

#[test]
fn a_stream_hears_the_kinds_it_wants_from_its_opening_on() {
    let feed = Feed::new(up_to(8));
    feed.announce(&Kind::ALL);
    let mut all = feed.open(&nobody(), &Kind::ALL).unwrap();
    let mut tools = feed.open(&nobody(), &[Kind::Tools]).unwrap();
    let mut none = feed.open(&nobody(), &[]).unwrap();
    feed.announce(&[Kind::Prompts, Kind::Tools]);
    feed.announce(&[Kind::Tools]);
    assert_eq!(read(&mut all), (vec![Kind::Prompts, Kind::Tools, Kind::Tools], false));
    assert_eq!(read(&mut tools), (vec![Kind::Tools, Kind::Tools], false));
    assert_eq!(read(&mut none), (vec![], false));
}

#[test]
fn a_reader_that_lags_too_far_is_cut_off_after_what_it_has_yet_to_read() {
    let feed = Feed::new(up_to(8));
    let mut slow = feed.open(&nobody(), &[Kind::Tools]).unwrap();
    let mut quick = feed.open(&nobody(), &[Kind::Tools]).unwrap();
    for _ in 0..CAPACITY {
        feed.announce(&Kind::ALL);
        assert_eq!(read(&mut quick), (vec![Kind::Tools], false));
    }
    feed.announce(&[Kind::Skills]);
    assert!(!feed.state().streams[&slow.key].ended, "what it does not want does not count");
    feed.announce(&Kind::ALL);
    feed.announce(&Kind::ALL);
    assert_eq!(read(&mut slow), (vec![Kind::Tools; CAPACITY], true));
    assert_eq!(read(&mut quick), (vec![Kind::Tools; 2], false));
}

#[test]
fn streams_are_bounded_and_a_dropped_one_makes_room() {
    let feed = Feed::new(up_to(2));
    let first = feed.open(&nobody(), &Kind::ALL).unwrap();
    let _second = feed.open(&nobody(), &[]).unwrap();
    let refused = feed.open(&nobody(), &Kind::ALL).err().unwrap();
    assert_eq!(refused, Crowded::Total);
    assert_eq!(feed.len(), 2);
    drop(first);
    assert_eq!(feed.len(), 1);
    assert!(feed.open(&nobody(), &Kind::ALL).is_ok());
    assert!(Feed::new(up_to(0)).open(&nobody(), &[]).is_err());
}

#[test]
fn closing_ends_every_stream_after_what_it_has_yet_to_read() {
    let feed = Feed::new(up_to(8));
    let mut early = feed.open(&nobody(), &Kind::ALL).unwrap();
    feed.announce(&[Kind::Skills]);
    feed.close();
    feed.announce(&Kind::ALL);
    let mut late = feed.open(&nobody(), &Kind::ALL).unwrap();
    assert_eq!(read(&mut early), (vec![Kind::Skills], true));
    assert_eq!(read(&mut late), (vec![], true));
    assert_eq!(feed.len(), 2, "they count until they are dropped");
}

#[test]
fn whoever_waits_is_woken_by_an_announcement_and_by_the_end() {
    struct Count(AtomicUsize);
    impl std::task::Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let feed = Feed::new(up_to(8));
    let mut reader = feed.open(&nobody(), &[Kind::Tools]).unwrap();
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = Waker::from(count.clone());
    let mut context = Context::from_waker(&waker);
    assert!(reader.poll_next_unpin(&mut context).is_pending());
    feed.announce(&Kind::ALL);
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    assert!(reader.poll_next_unpin(&mut context).is_ready());
    assert!(reader.poll_next_unpin(&mut context).is_pending());
    feed.close();
    assert_eq!(count.0.load(Ordering::SeqCst), 2);
    assert_eq!(reader.poll_next_unpin(&mut context), Poll::Ready(None));
}

#[test]
fn an_update_is_heard_by_those_who_watch_it_and_told_once() {
    let watched =
        |uris: &[&str]| -> Vec<Watched> { uris.iter().map(|uri| Watched::new(uri).unwrap()).collect() };
    let feed = Feed::new(up_to(8));
    let both = watched(&["mcp+op://s/orders", "mcp+op://s/orders/1"]);
    let mut both = feed.open_watching(&nobody(), &[Kind::Resources], &both).unwrap();
    let mut other = feed.open_watching(&nobody(), &[], &watched(&["mcp+op://s/orders/2"])).unwrap();
    let mut lists = feed.open(&nobody(), &Kind::ALL).unwrap();
    feed.updated(&["mcp+op://s/orders/1", "mcp+op://s/customers"].map(Updated::new));
    feed.announce(&[Kind::Resources]);
    let expected = [Change::Updated("mcp+op://s/orders/1".into()), Change::List(Kind::Resources)];
    for change in expected {
        assert_eq!(both.next().now_or_never(), Some(Some(change)));
    }
    assert!(both.next().now_or_never().is_none());
    assert!(other.next().now_or_never().is_none());
    assert_eq!(read(&mut lists), (vec![Kind::Resources], false));
}
