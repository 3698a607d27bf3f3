//! When an answer becomes a stream, in which order it speaks, and what it drops.

use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};

use super::*;
use crate::codecall::{Notification, Notify};
use crate::mcp::notify::{Level, Wants};

fn outbox(level: Option<Level>, token: Option<Value>) -> Arc<Outbox> {
    Arc::new(Outbox::new(Wants { level, progress_token: token }))
}

fn log(level: &str) -> Notification {
    Notification::Log { level: level.to_owned(), data: json!({"message": level}) }
}

fn event(name: &str) -> Notification {
    Notification::Event { event: name.to_owned(), payload: json!({"n": 1}) }
}

fn open(exchange: Exchange) -> Opening {
    exchange.open().now_or_never().expect("has something to say")
}

fn messages(exchange: Exchange) -> Vec<Value> {
    let all = exchange.collect::<Vec<Bytes>>().now_or_never().expect("nothing here waits");
    all.iter().map(|bytes| serde_json::from_slice(bytes).unwrap()).collect()
}

fn speaking(outbox: &Arc<Outbox>, notifications: Vec<Notification>) -> Exchange {
    let speaker = outbox.clone();
    let call = async move {
        for notification in notifications {
            speaker.notify(notification);
        }
        Bytes::from_static(b"\"answer\"")
    };
    Exchange::new(Box::pin(call), outbox.clone())
}

#[test]
fn a_silent_call_is_one_answer() {
    let Opening::Answer(answer) = open(speaking(&outbox(Some(Level::Debug), None), vec![])) else { panic!() };
    assert_eq!(answer, "\"answer\"");
}

#[test]
fn notifications_come_first_and_the_answer_last() {
    let outbox = outbox(Some(Level::Debug), Some(json!("t")));
    let Opening::Notified(exchange) = open(speaking(&outbox, vec![log("info"), event("a"), event("b")]))
    else {
        panic!()
    };
    let found = messages(exchange);
    assert_eq!(found[0]["params"], json!({"level": "info", "logger": "script", "data": {"message": "info"}}));
    assert_eq!(
        found[1]["params"],
        json!({"level": "notice", "logger": "frontmcp.event", "data": {"event": "a", "payload": {"n": 1}}})
    );
    assert_eq!(found[2]["params"], json!({"progressToken": "t", "progress": 1, "message": "a"}));
    assert_eq!(found[4]["params"], json!({"progressToken": "t", "progress": 2, "message": "b"}));
    assert_eq!(found[5], "answer");
    assert_eq!(found.len(), 6);
}

#[test]
fn levels_below_the_wanted_one_are_not_sent() {
    let outbox = outbox(Some(Level::Warning), None);
    let Opening::Notified(exchange) =
        open(speaking(&outbox, vec![log("info"), event("a"), log("error"), log("odd")]))
    else {
        panic!()
    };
    let found = messages(exchange);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0]["params"]["level"], "error");
}

#[test]
fn who_wants_nothing_gets_one_answer() {
    let exchange = speaking(&outbox(None, None), vec![log("emergency"), event("a")]);
    assert!(matches!(open(exchange), Opening::Answer(_)));
}

#[test]
fn a_slow_reader_loses_the_oldest_and_learns_how_many() {
    let outbox = outbox(Some(Level::Debug), None);
    for _ in 0..300 {
        outbox.notify(log("info"));
    }
    let found = messages(speaking(&outbox, vec![]));
    assert_eq!(found[0]["params"]["data"], json!({"droppedNotifications": 44}));
    assert_eq!(found.len(), 1 + 256 + 1);
}

#[test]
fn a_notification_from_another_thread_wakes_the_reader() {
    let outbox = outbox(Some(Level::Debug), None);
    let mut exchange = Exchange::new(Box::pin(std::future::pending()), outbox.clone());
    let (waker, count) = futures_test_waker();
    let mut context = Context::from_waker(&waker);
    assert!(exchange.poll_next_unpin(&mut context).is_pending());
    outbox.notify(log("info"));
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert!(exchange.poll_next_unpin(&mut context).is_ready());
}

fn futures_test_waker() -> (std::task::Waker, Arc<std::sync::atomic::AtomicUsize>) {
    struct Counter(Arc<std::sync::atomic::AtomicUsize>);
    impl std::task::Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    }
    let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    (Arc::new(Counter(count.clone())).into(), count)
}
