//! Events: one order, each stream only its own session's, read from anywhere, and forgotten in time.

use bytes::Bytes;
use frontmcp_core::ports::sessions::{
    Announced, Page, SHARE_BYTES, SHARE_EVENTS, SHARE_GRACE_MS, SHARES_AT_MOST, StreamId,
};

use super::sessions::{MANY, session};
use super::{Journal, NOW_MS, for_every_store};

for_every_store! {
    what_is_said_is_read_in_order_from_anywhere,
    a_stream_belongs_to_one_session,
    a_finished_stream_says_no_more,
    what_is_announced_reaches_every_session_on_its_own_stream,
    subscribers_hear_what_happens_from_then_on,
    what_nobody_could_hear_is_not_kept,
    another_deployment_is_told_of_once,
    pages_go_on_where_the_last_one_ended,
    unfinished_streams_are_found_with_their_requests,
    what_is_old_is_forgotten_and_whoever_missed_it_is_told,
    a_session_that_says_much_makes_room_with_what_it_said_itself,
    a_session_keeps_its_share_in_bytes_too,
    what_is_young_is_spared_until_there_is_far_too_much_of_it,
    a_stream_with_a_hole_is_not_there_for_those_who_did_not_read_it,
    a_session_takes_its_streams_along,
    positions_never_come_again,
}

fn own(session: &str) -> StreamId {
    StreamId { session: session.to_owned(), call: None }
}

fn call(session: &str, number: u64) -> StreamId {
    StreamId { session: session.to_owned(), call: Some(number) }
}

fn said(words: &[&str]) -> Vec<Bytes> {
    words.iter().map(|word| Bytes::copy_from_slice(word.as_bytes())).collect()
}

fn words(page: &Page) -> Vec<&str> {
    page.events.iter().map(|event| std::str::from_utf8(&event.message).unwrap()).collect()
}

fn announced(uri: Option<&str>, word: &str) -> Vec<Announced> {
    vec![Announced { uri: uri.map(str::to_owned), message: Bytes::copy_from_slice(word.as_bytes()) }]
}

async fn begin(store: &dyn Journal, ids: &[&str]) {
    for id in ids {
        store.create(id, session("p"), MANY).await.unwrap();
    }
}

async fn read(store: &dyn Journal, stream: StreamId, position: u64) -> Page {
    store.after(stream, position, 100).await.unwrap().expect("the stream is there")
}

async fn what_is_said_is_read_in_order_from_anywhere(store: &dyn Journal) {
    begin(store, &["a"]).await;
    let number = store.open("a", "1").await.unwrap();
    store.append(call("a", number), said(&["one", "two"]), NOW_MS).await.unwrap();
    store.append(own("a"), said(&["elsewhere"]), NOW_MS).await.unwrap();
    store.append(call("a", number), said(&["three"]), NOW_MS).await.unwrap();
    let page = read(store, call("a", number), 0).await;
    assert_eq!(words(&page), ["one", "two", "three"]);
    assert!(page.events.is_sorted_by(|one, other| one.position < other.position) && !page.is_finished);
    let rest = read(store, call("a", number), page.events[0].position).await;
    assert_eq!(words(&rest), ["two", "three"]);
    assert_eq!(words(&read(store, call("a", number), page.read_to).await), [""; 0]);
    assert_eq!(words(&read(store, own("a"), 0).await), ["elsewhere"]);
}

async fn a_stream_belongs_to_one_session(store: &dyn Journal) {
    begin(store, &["a", "b"]).await;
    let number = store.open("a", "1").await.unwrap();
    assert_ne!(store.open("b", "1").await.unwrap(), number);
    store.append(call("a", number), said(&["secret"]), NOW_MS).await.unwrap();
    store.append(call("b", number), said(&["forged"]), NOW_MS).await.unwrap();
    assert_eq!(store.after(call("b", number), 0, 9).await.unwrap(), None);
    assert_eq!(store.after(own("c"), 0, 9).await.unwrap(), None);
    assert_eq!(store.after(call("a", number + 100), 0, 9).await.unwrap(), None);
    assert_eq!(words(&read(store, call("a", number), 0).await), ["secret"]);
    assert!(store.open("c", "1").await.is_err());
}

async fn a_finished_stream_says_no_more(store: &dyn Journal) {
    begin(store, &["a"]).await;
    let number = store.open("a", "1").await.unwrap();
    store.finish(call("a", number), said(&["answer"]), NOW_MS).await.unwrap();
    store.append(call("a", number), said(&["late"]), NOW_MS).await.unwrap();
    store.finish(call("a", number), said(&["again"]), NOW_MS).await.unwrap();
    let page = read(store, call("a", number), 0).await;
    assert_eq!((words(&page), page.is_finished), (vec!["answer"], true));
}

async fn what_is_announced_reaches_every_session_on_its_own_stream(store: &dyn Journal) {
    begin(store, &["a", "b"]).await;
    let number = store.open("a", "1").await.unwrap();
    store.announce(announced(None, "changed"), NOW_MS).await.unwrap();
    for id in ["a", "b"] {
        assert_eq!(words(&read(store, own(id), 0).await), ["changed"]);
    }
    assert_eq!(words(&read(store, call("a", number), 0).await), [""; 0]);
}

async fn subscribers_hear_what_happens_from_then_on(store: &dyn Journal) {
    begin(store, &["a", "b"]).await;
    store.subscribe("b", "x", 9).await.unwrap();
    store.announce(announced(Some("x"), "before"), NOW_MS).await.unwrap();
    store.subscribe("a", "x", 9).await.unwrap();
    store.announce(announced(Some("x"), "after"), NOW_MS).await.unwrap();
    store.subscribe("a", "x", 9).await.unwrap();
    store.announce(announced(Some("y"), "other"), NOW_MS).await.unwrap();
    assert_eq!(words(&read(store, own("a"), 0).await), ["after"]);
    assert_eq!(words(&read(store, own("b"), 0).await), ["before", "after"]);
    store.unsubscribe("b", "x").await.unwrap();
    store.announce(announced(Some("x"), "last"), NOW_MS).await.unwrap();
    assert_eq!(words(&read(store, own("b"), 0).await), [""; 0]);
    assert_eq!(words(&read(store, own("a"), 0).await), ["after", "last"]);
}

async fn what_nobody_could_hear_is_not_kept(store: &dyn Journal) {
    store.announce(announced(None, "changed"), NOW_MS).await.unwrap();
    begin(store, &["a"]).await;
    store.announce(announced(Some("x"), "updated"), NOW_MS).await.unwrap();
    assert_eq!(store.newest().await.unwrap(), 0);
}

async fn another_deployment_is_told_of_once(store: &dyn Journal) {
    begin(store, &["a"]).await;
    for (bundle, is_change, is_said) in [
        ("one", false, false),
        ("one", false, false),
        ("two", false, true),
        ("two", false, false),
        ("two", true, true),
        ("three", true, true),
        ("three", false, false),
    ] {
        let before = store.newest().await.unwrap();
        let found = store.deployed(bundle, is_change, announced(None, bundle), NOW_MS).await.unwrap();
        assert_eq!(found, is_said, "{bundle} {is_change}");
        let heard = read(store, own("a"), before).await;
        assert_eq!(words(&heard), if is_said { vec![bundle] } else { vec![] });
    }
}

async fn pages_go_on_where_the_last_one_ended(store: &dyn Journal) {
    begin(store, &["a"]).await;
    let number = store.open("a", "1").await.unwrap();
    let all: Vec<String> = (0..25).map(|n| n.to_string()).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    store.finish(call("a", number), said(&all), NOW_MS).await.unwrap();
    let (mut heard, mut position) = (Vec::new(), 0);
    loop {
        let page = store.after(call("a", number), position, 10).await.unwrap().unwrap();
        heard.extend(words(&page).iter().map(ToString::to_string));
        position = page.read_to;
        if page.is_finished {
            break;
        }
    }
    assert_eq!(heard, all);
}

async fn unfinished_streams_are_found_with_their_requests(store: &dyn Journal) {
    begin(store, &["a"]).await;
    let numbers = [store.open("a", "1").await.unwrap(), store.open("a", "\"two\"").await.unwrap()];
    store.finish(call("a", numbers[0]), Vec::new(), NOW_MS).await.unwrap();
    let unfinished = store.unfinished(None, 9).await.unwrap();
    let found: Vec<_> = unfinished.iter().map(|each| (each.stream.clone(), each.request.as_str())).collect();
    assert_eq!(found, [(call("a", numbers[1]), "\"two\"")]);
    assert_eq!(store.unfinished(None, 0).await.unwrap(), []);
}

async fn what_is_old_is_forgotten_and_whoever_missed_it_is_told(store: &dyn Journal) {
    begin(store, &["a"]).await;
    let number = store.open("a", "1").await.unwrap();
    store.finish(call("a", number), said(&["answer"]), NOW_MS).await.unwrap();
    store.announce(announced(None, "old"), NOW_MS).await.unwrap();
    let heard = store.newest().await.unwrap();
    store.announce(announced(None, "missed"), NOW_MS + 1).await.unwrap();
    store.announce(announced(None, "new"), NOW_MS + 9).await.unwrap();
    store.forget(NOW_MS + 5).await.unwrap();
    assert_eq!(store.after(call("a", number), 0, 9).await.unwrap(), None);
    let page = read(store, own("a"), heard).await;
    assert_eq!((words(&page), page.has_gap), (vec!["new"], true));
    let page = read(store, own("a"), page.read_to).await;
    assert_eq!((words(&page), page.has_gap), (vec![], false));
}

/// When nothing that was said at [`NOW_MS`] is young any more.
const LATER_MS: u64 = NOW_MS + SHARE_GRACE_MS + 100;

/// Says `word` so often on a stream.
async fn repeat(store: &dyn Journal, stream: StreamId, times: u64, word: &Bytes, now_ms: u64) {
    for _ in 0..times / 64 {
        store.append(stream.clone(), vec![word.clone(); 64], now_ms).await.unwrap();
    }
    let rest = usize::try_from(times % 64).unwrap();
    store.append(stream, vec![word.clone(); rest], now_ms).await.unwrap();
}

async fn read_all(store: &dyn Journal, stream: StreamId) -> Page {
    store.after(stream, 0, 1_000_000).await.unwrap().expect("the stream is there")
}

async fn a_session_that_says_much_makes_room_with_what_it_said_itself(store: &dyn Journal) {
    begin(store, &["a", "b"]).await;
    let number = store.open("b", "1").await.unwrap();
    store.finish(call("b", number), said(&["answer"]), NOW_MS).await.unwrap();
    store.append(own("b"), said(&["theirs"]), NOW_MS).await.unwrap();
    store.announce(announced(None, "changed"), NOW_MS).await.unwrap();
    store.append(own("a"), said(&["first"]), NOW_MS).await.unwrap();
    repeat(store, own("a"), SHARE_EVENTS - 64, &Bytes::from_static(b"more"), NOW_MS).await;
    repeat(store, own("a"), 128, &Bytes::from_static(b"more"), LATER_MS).await;
    store.append(own("a"), said(&["last"]), LATER_MS).await.unwrap();
    let (page, share) = (read_all(store, own("a")).await, usize::try_from(SHARE_EVENTS).unwrap());
    assert!((share / 2..=share + 1).contains(&page.events.len()), "{}", page.events.len());
    let words = words(&page);
    assert!(words[0] == "changed" && !words.contains(&"first") && words.ends_with(&["last"]));
    assert!(page.has_gap && !read(store, own("a"), page.events[1].position).await.has_gap);
    let theirs = read(store, own("b"), 0).await;
    assert_eq!((self::words(&theirs), theirs.has_gap), (vec!["theirs", "changed"], false));
    assert_eq!(self::words(&read(store, call("b", number), 0).await), ["answer"]);
}

async fn a_session_keeps_its_share_in_bytes_too(store: &dyn Journal) {
    begin(store, &["a"]).await;
    let large = Bytes::from(vec![b'x'; 1 << 20]);
    let mut kept = 0;
    for n in 0..24 {
        store.append(own("a"), vec![large.clone()], NOW_MS + n * 2 * SHARE_GRACE_MS).await.unwrap();
        kept = count(store, own("a")).await;
        assert!(kept << 20 <= SHARE_BYTES);
    }
    assert!(kept > 12, "{kept}");
    // What is larger than a share is said all the same, and all of it.
    store.append(own("a"), vec![large; 20], NOW_MS + 99 * SHARE_GRACE_MS).await.unwrap();
    assert_eq!(count(store, own("a")).await, 20);
}

async fn what_is_young_is_spared_until_there_is_far_too_much_of_it(store: &dyn Journal) {
    begin(store, &["a"]).await;
    let numbers = [store.open("a", "1").await.unwrap(), store.open("a", "2").await.unwrap()];
    for number in numbers {
        store.finish(call("a", number), said(&["answer"]), NOW_MS).await.unwrap();
    }
    let more = vec![Bytes::from_static(b"more"); 500];
    let (share, shares) = (usize::try_from(SHARE_EVENTS).unwrap(), usize::try_from(SHARES_AT_MOST).unwrap());
    for _ in 0..share / 500 + 2 {
        store.append(own("a"), more.clone(), NOW_MS).await.unwrap();
    }
    for number in numbers {
        assert_eq!(
            words(&read(store, call("a", number), 0).await),
            ["answer"],
            "somebody is about to read it"
        );
    }
    for _ in 0..share * shares / 500 {
        store.append(own("a"), more.clone(), NOW_MS).await.unwrap();
    }
    assert!(read_all(store, own("a")).await.events.len() <= share * shares + share / 16);
    for number in numbers {
        assert_eq!(store.after(call("a", number), 0, 9).await.unwrap(), None);
    }
}

async fn count(store: &dyn Journal, stream: StreamId) -> u64 {
    let (mut events, mut position, mut more) = (0, 0, true);
    while more {
        let page = read(store, stream.clone(), position).await;
        events += page.events.len() as u64;
        (position, more) = (page.read_to, page.has_more);
    }
    events
}

/// Both durable stores bound the log as a whole.
#[tokio::test]
async fn a_log_that_is_too_large_takes_from_those_who_hold_the_most() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = frontmcp_host::store::Store::open(folder.path(), super::HISTORY).unwrap();
    let cloudflare = frontmcp_tests::EdgeStore::new(super::HISTORY);
    for store in [&sqlite as &dyn Journal, &cloudflare] {
        begin(store, &["quiet"]).await;
        let number = store.open("quiet", "1").await.unwrap();
        store.finish(call("quiet", number), said(&["answer"]), NOW_MS).await.unwrap();
        store.append(own("quiet"), said(&["theirs"]), NOW_MS).await.unwrap();
        let talkers: Vec<String> = (0..11).map(|n| format!("talker {n}")).collect();
        for talker in &talkers {
            begin(store, &[talker]).await;
            let much = vec![Bytes::from_static(b"much"); 9_500];
            store.append(own(talker), much, NOW_MS).await.unwrap();
        }
        let mut steps = 0;
        while store.forget(0).await.unwrap() {
            steps += 1;
            assert!(steps < 20, "each step forgets");
        }
        assert_eq!(words(&read(store, call("quiet", number), 0).await), ["answer"]);
        assert_eq!(words(&read(store, own("quiet"), 0).await), ["theirs"]);
        let mut kept = Vec::new();
        for talker in &talkers {
            kept.push(read_all(store, own(talker)).await.events.len());
        }
        assert_eq!(kept.iter().sum::<usize>() + 2, 100_000, "{kept:?}");
        assert!(kept.iter().all(|kept| *kept >= 7_000), "{kept:?}");
    }
}

async fn a_stream_with_a_hole_is_not_there_for_those_who_did_not_read_it(store: &dyn Journal) {
    begin(store, &["a"]).await;
    let (finished, running) = (store.open("a", "1").await.unwrap(), store.open("a", "2").await.unwrap());
    store.append(call("a", finished), said(&["one"]), NOW_MS).await.unwrap();
    let one = store.newest().await.unwrap();
    store.append(call("a", running), said(&["started"]), NOW_MS).await.unwrap();
    let started = store.newest().await.unwrap();
    store.finish(call("a", finished), said(&["answer"]), NOW_MS + 9).await.unwrap();
    store.forget(NOW_MS + 5).await.unwrap();
    for number in [finished, running] {
        assert_eq!(store.after(call("a", number), 0, 9).await.unwrap(), None);
    }
    assert_eq!(words(&read(store, call("a", finished), one).await), ["answer"], "who read it goes on");
    store.finish(call("a", running), said(&["done"]), NOW_MS + 9).await.unwrap();
    assert_eq!(store.after(call("a", running), started - 1, 9).await.unwrap(), None);
    let page = read(store, call("a", running), started).await;
    assert_eq!((words(&page), page.is_finished), (vec!["done"], true));
    repeat(store, own("a"), SHARE_EVENTS + 64, &Bytes::from_static(b"more"), LATER_MS).await;
    for (number, read) in [(finished, one), (running, started)] {
        assert_eq!(
            store.after(call("a", number), read, 9).await.unwrap(),
            None,
            "it went with the last that was said on it"
        );
    }
}

async fn a_session_takes_its_streams_along(store: &dyn Journal) {
    begin(store, &["a", "b"]).await;
    let number = store.open("a", "1").await.unwrap();
    store.append(own("a"), said(&["mine"]), NOW_MS).await.unwrap();
    store.end("a").await.unwrap();
    assert_eq!(store.after(call("a", number), 0, 9).await.unwrap(), None);
    assert_eq!(store.unfinished(None, 9).await.unwrap(), []);
    begin(store, &["a"]).await;
    assert_eq!(words(&read(store, own("a"), 0).await), [""; 0], "a new session of this id starts afresh");
}

async fn positions_never_come_again(store: &dyn Journal) {
    begin(store, &["a"]).await;
    store.append(own("a"), said(&["one"]), NOW_MS).await.unwrap();
    let first = store.newest().await.unwrap();
    store.forget(NOW_MS + 1).await.unwrap();
    assert_eq!(store.newest().await.unwrap(), first);
    store.append(own("a"), said(&["two"]), NOW_MS).await.unwrap();
    assert_eq!(store.newest().await.unwrap(), first + 1);
}
