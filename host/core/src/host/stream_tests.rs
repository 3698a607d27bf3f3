//! Streams as clients see them: over HTTP in both eras, what they say first and last, and what keeps them alive.

use std::sync::Mutex;

use futures_util::FutureExt;
use http::{HeaderValue, Request, Response};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::Settings;
use crate::auth::Principal;
use crate::host::Host;
use crate::host::tests::{MODERN, Nothing, host, host_with, meta, request, respond, snapshot};
use crate::mcp::listen::Kind;
use crate::transport::Body;

const ALL: [&str; 4] = [
    "notifications/skills/list_changed",
    "notifications/tools/list_changed",
    "notifications/resources/list_changed",
    "notifications/prompts/list_changed",
];

fn listen_body(id: &Value, notifications: &Value) -> String {
    let params = json!({"notifications": notifications, "_meta": meta(MODERN)});
    json!({"jsonrpc": "2.0", "id": id, "method": "subscriptions/listen", "params": params}).to_string()
}

fn post_listen(host: &Arc<Host>, headers: &[(&str, &str)], notifications: &Value) -> Response<Body> {
    let needed = [("mcp-protocol-version", MODERN), ("mcp-method", "subscriptions/listen")];
    let headers: Vec<(&str, &str)> = needed.into_iter().chain(headers.iter().copied()).collect();
    respond(host, &headers, &listen_body(&json!("s-1"), notifications))
}

fn get(host: &Arc<Host>) -> Response<Body> {
    let mut request = Request::get("/mcp").body(Bytes::new()).unwrap();
    request.headers_mut().insert("host", HeaderValue::from_static("localhost"));
    request.headers_mut().insert("accept", HeaderValue::from_static("text/event-stream"));
    host.handle(request).now_or_never().expect("nothing here waits")
}

fn everything() -> Value {
    json!({
        "skillsListChanged": true, "toolsListChanged": true, "resourcesListChanged": true,
        "promptsListChanged": true
    })
}

fn stream(response: Response<Body>) -> ByteStream {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-cache");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    match response.into_body() {
        Body::Stream(stream) => stream,
        Body::Full(bytes) => panic!("{bytes:?}"),
    }
}

fn document(response: Response<Body>) -> (u16, Value) {
    let status = response.status().as_u16();
    match response.into_body() {
        Body::Full(bytes) => (status, serde_json::from_slice(&bytes).unwrap()),
        Body::Stream(_) => panic!("a stream"),
    }
}

/// The frames that can be read without waiting, and whether the stream has ended behind them.
fn frames(stream: &mut ByteStream) -> (Vec<String>, bool) {
    let mut frames = Vec::new();
    while let Some(next) = stream.next().now_or_never() {
        match next {
            Some(frame) => frames.push(String::from_utf8(frame.to_vec()).unwrap()),
            None => return (frames, true),
        }
    }
    (frames, false)
}

fn messages(stream: &mut ByteStream) -> (Vec<Value>, bool) {
    let (frames, ended) = frames(stream);
    let message = |frame: &String| {
        let data = frame.strip_prefix("event: message\ndata: ").and_then(|rest| rest.strip_suffix("\n\n"));
        serde_json::from_str(data.unwrap_or_else(|| panic!("{frame}"))).unwrap()
    };
    (frames.iter().map(message).collect(), ended)
}

fn methods(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["method"].as_str().unwrap_or("none")).collect()
}

#[test]
fn a_subscription_is_acknowledged_told_once_a_kind_and_answered_in_the_end() {
    let host = host();
    let mut subscription = stream(post_listen(&host, &[], &everything()));
    let (first, ended) = messages(&mut subscription);
    assert_eq!(methods(&first), ["notifications/subscriptions/acknowledged"]);
    assert_eq!(first[0]["params"]["notifications"], everything());
    assert!(!ended);
    host.publish(snapshot());
    let (told, _) = messages(&mut subscription);
    assert_eq!(methods(&told), ALL);
    for message in first.iter().chain(&told) {
        let id = &message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"];
        assert_eq!(id, "s-1");
        assert!(message.get("id").is_none());
    }
    host.close_streams();
    let (last, ended) = messages(&mut subscription);
    assert!(ended);
    let result = json!({"resultType": "complete", "_meta": {
        "io.modelcontextprotocol/serverInfo": {"name": "acme", "version": "1.2.3", "title": "Acme"},
        "io.modelcontextprotocol/subscriptionId": "s-1"
    }});
    assert_eq!(last, [json!({"jsonrpc": "2.0", "id": "s-1", "result": result})]);
}

#[test]
fn the_acknowledgement_comes_first_however_late_it_is_read() {
    let host = host();
    let mut subscription = stream(post_listen(&host, &[], &json!({"toolsListChanged": true})));
    host.publish(snapshot());
    host.close_streams();
    let (all, ended) = messages(&mut subscription);
    let wanted = ["notifications/subscriptions/acknowledged", "notifications/tools/list_changed", "none"];
    assert_eq!((methods(&all).as_slice(), ended), (wanted.as_slice(), true));
}

#[test]
fn what_a_subscription_did_not_ask_for_is_not_sent() {
    let host = host();
    let asked =
        json!({"promptsListChanged": true, "toolsListChanged": false, "resourceSubscriptions": ["a://b"]});
    let mut subscription = stream(post_listen(&host, &[], &asked));
    host.publish(snapshot());
    let (all, _) = messages(&mut subscription);
    assert_eq!(all[0]["params"]["notifications"], json!({"promptsListChanged": true}));
    assert_eq!(methods(&all[1..]), ["notifications/prompts/list_changed"]);
}

#[test]
fn the_first_publication_is_nothing_new() {
    let host = host_with(Arc::new(Nothing), Settings::default());
    let mut reader = host.feed.open(&Principal::anonymous(), &Kind::ALL).unwrap();
    host.publish(snapshot());
    assert!(reader.next().now_or_never().is_none());
    host.publish(snapshot());
    assert!(reader.next().now_or_never().is_some());
}

#[test]
fn a_change_is_announced_after_it_can_be_seen() {
    struct Look(Arc<Host>, Mutex<Vec<String>>);
    impl std::task::Wake for Look {
        fn wake(self: Arc<Self>) {
            let version = self.0.live().unwrap().snapshot.version.clone();
            self.1.lock().unwrap().push(version);
        }
    }
    let host = host();
    let mut subscription = stream(post_listen(&host, &[], &everything()));
    messages(&mut subscription);
    let look = Arc::new(Look(host.clone(), Mutex::default()));
    let waker = look.clone().into();
    assert!(subscription.poll_next_unpin(&mut Context::from_waker(&waker)).is_pending());
    host.publish(crate::Snapshot { version: "2".to_owned(), ..snapshot() });
    assert_eq!(*look.1.lock().unwrap(), ["2"], "woken once, with the new snapshot in place");
}

#[test]
fn the_old_era_hears_of_everything_on_its_get_stream() {
    let host = host();
    let mut unasked = stream(get(&host));
    assert_eq!(messages(&mut unasked), (vec![], false));
    host.publish(snapshot());
    let (told, ended) = messages(&mut unasked);
    assert_eq!((methods(&told).as_slice(), ended), (ALL.as_slice(), false));
    assert_eq!(told[1], json!({"jsonrpc": "2.0", "method": ALL[1], "params": {}}));
    host.close_streams();
    assert_eq!(messages(&mut unasked), (vec![], true), "it just ends");
}

#[test]
fn a_host_without_a_deployment_opens_no_stream() {
    let host = host_with(Arc::new(Nothing), Settings::default());
    assert_eq!(document(get(&host)).0, 503);
    assert_eq!(document(post_listen(&host, &[], &everything())).0, 503);
    assert_eq!(host.open_streams(), 0);
}

#[test]
fn who_cannot_read_streams_gets_no_subscription() {
    let host = host();
    for accept in ["application/json", "*/*"] {
        let (status, answer) = document(post_listen(&host, &[("accept", accept)], &everything()));
        assert_eq!((status, &answer["error"]["code"]), (406, &json!(-32600)), "{accept}");
        assert_eq!(answer["id"], "s-1");
    }
    drop(stream(post_listen(&host, &[("accept", "text/event-stream")], &everything())));
}

#[test]
fn a_malformed_subscription_is_answered_and_not_opened() {
    let host = host();
    let (status, answer) = document(post_listen(&host, &[], &json!({"toolsListChanged": "yes"})));
    assert_eq!((status, &answer["error"]["code"]), (200, &json!(-32602)));
    assert_eq!(answer["error"]["message"], "params.notifications.toolsListChanged must be a boolean");
    let (_, answer) = document(post_listen(&host, &[], &Value::Null));
    assert_eq!(answer["error"]["message"], "params.notifications must be an object");
    assert_eq!(host.open_streams(), 0);
}

#[test]
fn streams_are_bounded_and_a_dropped_body_makes_room_at_once() {
    let host = host_with(Arc::new(Nothing), Settings { max_streams: 2, ..Settings::default() });
    host.publish(snapshot());
    let subscription = post_listen(&host, &[], &everything());
    let unasked = get(&host);
    assert_eq!(host.open_streams(), 2);
    let (status, answer) = document(post_listen(&host, &[], &everything()));
    assert_eq!((status, &answer["error"]["code"], &answer["id"]), (503, &json!(-32603), &json!("s-1")));
    let (status, answer) = document(get(&host));
    assert_eq!((status, &answer["error"]["code"]), (503, &json!(-32603)));
    drop(subscription);
    assert_eq!(host.open_streams(), 1);
    drop(stream(post_listen(&host, &[], &everything())));
    drop(unasked);
    assert_eq!(host.open_streams(), 0);
}

#[test]
fn a_batch_opens_no_subscription() {
    let host = host();
    let body = format!("[{}]", request("subscriptions/listen", json!({"notifications": {}})));
    let (_, answer) = document(respond(&host, &[], &body));
    assert_eq!(answer[0]["error"]["code"], -32601);
}

/// A clock whose timers end when told to.
#[derive(Default)]
struct Hand(Mutex<Vec<(u64, futures_channel::oneshot::Sender<()>)>>);

impl Hand {
    /// Ends the timers that are still waited for, and says how long they were to last.
    fn ring(&self) -> Vec<u64> {
        let timers = std::mem::take(&mut *self.0.lock().unwrap());
        timers.into_iter().filter_map(|(ms, timer)| timer.send(()).is_ok().then_some(ms)).collect()
    }
}

impl Clock for Hand {
    fn now_ms(&self) -> u64 {
        0
    }
    fn monotonic_us(&self) -> u64 {
        0
    }
    fn sleep(&self, ms: u64) -> BoxFuture<'static, ()> {
        let (timer, rung) = futures_channel::oneshot::channel();
        self.0.lock().unwrap().push((ms, timer));
        Box::pin(rung.map(|_| ()))
    }
}

#[test]
fn silence_is_broken_by_comments_and_only_silence_is() {
    let clock = Arc::new(Hand::default());
    let host = host_with(clock.clone(), Settings::default());
    host.publish(snapshot());
    let subscribe = |host: &Arc<Host>| post_listen(host, &[], &everything());
    for open in [&get as &dyn Fn(&Arc<Host>) -> Response<Body>, &subscribe] {
        let mut stream = stream(open(&host));
        messages(&mut stream);
        for _ in 0..3 {
            assert_eq!(clock.ring(), [15_000], "one timer runs");
            assert_eq!(frames(&mut stream), (vec![": keep-alive\n\n".to_owned()], false));
        }
        host.publish(snapshot());
        let (told, _) = messages(&mut stream);
        assert_eq!(methods(&told), ALL);
        assert_eq!(clock.ring(), [15_000], "the silence begins anew after a message");
    }
}

#[derive(Debug, Clone)]
enum Deed {
    Open { kinds: u8 },
    Announce { kinds: u8 },
    Read { stream: usize, count: usize },
    Drop { stream: usize },
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    // At most 60 announcements of 4 kinds: below the point where a reader is cut off.
    let deed = prop_oneof![
        (0..16u8).prop_map(|kinds| Deed::Open { kinds }),
        (0..16u8).prop_map(|kinds| Deed::Announce { kinds }),
        (any::<usize>(), 0..12usize).prop_map(|(stream, count)| Deed::Read { stream, count }),
        any::<usize>().prop_map(|stream| Deed::Drop { stream }),
    ];
    prop::collection::vec(deed, 0..60)
}

fn kinds_of(bits: u8) -> Vec<Kind> {
    Kind::ALL.into_iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).map(|(_, kind)| kind).collect()
}

/// A stream, the kinds it wants, and what it must say next.
struct Told {
    stream: ByteStream,
    kinds: Vec<Kind>,
    due: std::collections::VecDeque<Value>,
}

impl Told {
    fn open(host: &Arc<Host>, number: usize, kinds: Vec<Kind>) -> Self {
        let mut asked = json!({});
        for kind in &kinds {
            let name = ALL[Kind::ALL.iter().position(|each| each == kind).unwrap()];
            let list = name.split('/').nth(1).unwrap();
            asked[format!("{list}ListChanged")] = Value::Bool(true);
        }
        let params = json!({"notifications": asked});
        let id = serde_json::from_value(json!(number)).unwrap();
        let listen = Listen::parse(&id, params.as_object().unwrap()).unwrap();
        let reader = host.feed.open(&Principal::anonymous(), listen.kinds()).unwrap();
        let live = host.live().unwrap();
        let stream = subscription(listen, &live.surface, reader);
        let meta = json!({"io.modelcontextprotocol/subscriptionId": number});
        let acknowledged = json!({
            "jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged",
            "params": {"notifications": asked, "_meta": meta}
        });
        Self { stream, kinds, due: [acknowledged].into() }
    }

    fn announced(&mut self, number: usize, kinds: &[Kind]) {
        for kind in kinds.iter().filter(|kind| self.kinds.contains(kind)) {
            let method = ALL[Kind::ALL.iter().position(|each| each == kind).unwrap()];
            let meta = json!({"io.modelcontextprotocol/subscriptionId": number});
            self.due.push_back(json!({"jsonrpc": "2.0", "method": method, "params": {"_meta": meta}}));
        }
    }

    fn read(&mut self, count: usize) {
        for _ in 0..count {
            let said = self.stream.next().now_or_never().map(|said| said.expect("nobody ended it"));
            let said: Option<Value> = said.map(|said| serde_json::from_slice(&said).unwrap());
            assert_eq!(said, self.due.pop_front());
        }
    }
}

proptest! {
    #[test]
    fn however_it_interleaves_each_stream_says_what_is_announced_after_it_was_opened(deeds in deeds()) {
        let host = host();
        let mut streams: Vec<(usize, Told)> = Vec::new();
        for (number, deed) in deeds.into_iter().enumerate() {
            match deed {
                Deed::Open { kinds } => streams.push((number, Told::open(&host, number, kinds_of(kinds)))),
                Deed::Announce { kinds } => {
                    let kinds = kinds_of(kinds);
                    host.feed.announce(&kinds);
                    streams.iter_mut().for_each(|(number, told)| told.announced(*number, &kinds));
                }
                Deed::Read { stream, count } if !streams.is_empty() => {
                    let at = stream % streams.len();
                    streams[at].1.read(count);
                }
                Deed::Drop { stream } if !streams.is_empty() => {
                    streams.swap_remove(stream % streams.len());
                }
                Deed::Read { .. } | Deed::Drop { .. } => {}
            }
            prop_assert_eq!(host.open_streams(), streams.len());
        }
        host.close_streams();
        for (_, told) in &mut streams {
            told.read(told.due.len());
            let last: Value = serde_json::from_slice(&told.stream.next().now_or_never().unwrap().unwrap()).unwrap();
            prop_assert_eq!(&last["result"]["resultType"], "complete");
            prop_assert!(told.stream.next().now_or_never().unwrap().is_none());
        }
        streams.clear();
        prop_assert_eq!(host.open_streams(), 0);
    }
}
