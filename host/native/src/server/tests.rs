//! The listener over real sockets: limits, refusals, draining.

use std::time::Instant;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::testing::{host, snapshot};

async fn server(limits: Limits) -> Running {
    server_of(host(), limits).await
}

async fn server_of(host: Arc<Host>, limits: Limits) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    start(listener, host, limits).unwrap()
}

fn short() -> Limits {
    Limits {
        head_timeout: Duration::from_millis(200),
        body_timeout: Duration::from_millis(200),
        ..Limits::default()
    }
}

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

fn post(headers: &str, body: &str) -> String {
    format!("{}{body}", head(&format!("Host: localhost\r\n{headers}"), body.len()))
}

fn head(headers: &str, length: usize) -> String {
    format!(
        "POST /mcp HTTP/1.1\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n"
    )
}

async fn connect(running: &Running) -> TcpStream {
    TcpStream::connect(running.addr()).await.unwrap()
}

/// What the server sends until it closes, or until the text ends with `end`.
async fn read_until(stream: &mut (impl tokio::io::AsyncRead + Unpin), end: &str) -> String {
    let mut text = Vec::new();
    let mut chunk = [0; 4096];
    let reading = async {
        while let Ok(read @ 1..) = stream.read(&mut chunk).await {
            text.extend_from_slice(&chunk[..read]);
            if !end.is_empty() && text.ends_with(end.as_bytes()) {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading).await.expect("the server answers or closes");
    String::from_utf8(text).unwrap()
}

async fn exchange(running: &Running, request: &str) -> String {
    let mut stream = connect(running).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    read_until(&mut stream, "}").await
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let running = server(Limits::default()).await;
    let mut stream = connect(&running).await;
    for _ in 0..3 {
        stream.write_all(post("", PING).as_bytes()).await.unwrap();
        let answer = read_until(&mut stream, "}").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.ends_with(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#), "{answer}");
    }
    drop(stream);
    running.drain().await;
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    let running = server(Limits::default()).await;
    let foreign = format!("{}{PING}", head("Host: evil.example\r\n", PING.len()));
    assert!(exchange(&running, &foreign).await.starts_with("HTTP/1.1 403"));
    let cross_site = post("Origin: https://evil.example\r\n", PING);
    assert!(exchange(&running, &cross_site).await.starts_with("HTTP/1.1 403"));
    running.drain().await;
}

#[tokio::test]
async fn a_huge_body_is_refused_before_it_has_arrived() {
    let running = server(Limits::default()).await;
    let mut stream = connect(&running).await;
    stream.write_all(head("Host: localhost\r\n", 100 << 20).as_bytes()).await.unwrap();
    let answer = read_until(&mut stream, "\r\n0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    drop(stream);
    assert!(exchange(&running, &post("", PING)).await.starts_with("HTTP/1.1 200"));
    running.drain().await;
}

#[tokio::test]
async fn a_huge_body_of_unknown_length_is_refused_and_its_sender_hears_why() {
    let running = server(Limits::default()).await;
    let (mut reader, mut writer) = connect(&running).await.into_split();
    let head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let sending = tokio::spawn(async move {
        writer.write_all(head.as_bytes()).await?;
        let chunk = vec![b' '; 1 << 20];
        for _ in 0..100 {
            writer.write_all(b"100000\r\n").await?;
            writer.write_all(&chunk).await?;
            writer.write_all(b"\r\n").await?;
        }
        writer.write_all(b"0\r\n\r\n").await
    });
    let answer = read_until(&mut reader, "\r\n0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    sending.await.unwrap().expect("everything sent was swallowed");
    running.drain().await;
}

#[tokio::test]
async fn slow_clients_are_let_go() {
    let running = server(short()).await;
    let mut head_only = connect(&running).await;
    head_only.write_all(b"POST /mcp HTTP/1.1\r\nHost: loc").await.unwrap();
    let mut half_body = connect(&running).await;
    half_body.write_all(head("Host: localhost\r\n", 100).as_bytes()).await.unwrap();
    half_body.write_all(b"{").await.unwrap();
    assert_eq!(read_until(&mut head_only, "").await, "");
    assert!(read_until(&mut half_body, "").await.starts_with("HTTP/1.1 408"));
    running.drain().await;
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_their_turn() {
    let running = server(Limits { max_connections: 1, ..Limits::default() }).await;
    let mut first = connect(&running).await;
    first.write_all(post("", PING).as_bytes()).await.unwrap();
    read_until(&mut first, "}").await;
    let mut second = connect(&running).await;
    second.write_all(post("", PING).as_bytes()).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(100), second.read_u8()).await;
    assert!(early.is_err(), "answered while the only slot is taken");
    drop(first);
    assert!(read_until(&mut second, "}").await.ends_with("}"));
    drop(second);
    running.drain().await;
}

#[tokio::test]
async fn draining_finishes_what_runs_and_takes_nothing_new() {
    let running = server(Limits::default()).await;
    let addr = running.addr();
    let mut half = connect(&running).await;
    let request = post("", PING);
    let (begin, rest) = request.split_at(request.len() - 5);
    half.write_all(begin.as_bytes()).await.unwrap();
    // One exchange on another connection proves that the accept loop has seen the first one.
    exchange(&running, &post("Connection: close\r\n", PING)).await;
    let draining = tokio::spawn(running.drain());
    while TcpStream::connect(addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
    half.write_all(rest.as_bytes()).await.unwrap();
    assert!(read_until(&mut half, "").await.starts_with("HTTP/1.1 200"));
    draining.await.unwrap();
}

#[tokio::test]
async fn draining_does_not_wait_for_ever() {
    let running = server(Limits { drain_timeout: Duration::from_millis(100), ..Limits::default() }).await;
    let mut half = connect(&running).await;
    half.write_all(head("Host: localhost\r\n", 100).as_bytes()).await.unwrap();
    exchange(&running, &post("Connection: close\r\n", PING)).await;
    let begun = Instant::now();
    running.drain().await;
    assert!(begun.elapsed() < Duration::from_secs(5));
}

const KINDS: [&str; 4] = ["skills", "tools", "resources", "prompts"];

/// A client that keeps its connections in a pool.
fn client() -> reqwest::Client {
    // A second installation is refused, which is fine: the first one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

/// A stream of the older versions. It is open once its head has arrived.
async fn get(client: &reqwest::Client, running: &Running) -> reqwest::Response {
    let request = client.get(format!("http://{}/mcp", running.addr())).header("accept", "text/event-stream");
    opened(request).await
}

async fn listen(client: &reqwest::Client, running: &Running) -> reqwest::Response {
    let wanted: Value = KINDS.iter().map(|kind| (format!("{kind}ListChanged"), Value::Bool(true))).collect();
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}
    });
    let params = json!({"notifications": wanted, "_meta": meta});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params});
    let request = client
        .post(format!("http://{}/mcp", running.addr()))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "subscriptions/listen")
        .body(body.to_string());
    opened(request).await
}

async fn opened(request: reqwest::RequestBuilder) -> reqwest::Response {
    let response = request.timeout(Duration::from_secs(60)).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    response
}

/// Every message until the stream ends in good order.
async fn all_messages(response: reqwest::Response) -> Vec<Value> {
    let text = response.text().await.unwrap();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// How often each kind of list was said to have changed.
fn heard(messages: &[Value]) -> [usize; 4] {
    KINDS.map(|kind| {
        let method = format!("notifications/{kind}/list_changed");
        messages.iter().filter(|message| message["method"] == method.as_str()).count()
    })
}

async fn until_no_stream_is_open(host: &Host) {
    let closed = async {
        while host.open_streams() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), closed).await.expect("every stream is forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stream_hears_each_publication_once_a_kind() {
    let (host, client) = (host(), client());
    let running = server_of(host.clone(), Limits::default()).await;
    let unasked = tokio::spawn(all_messages(get(&client, &running).await));
    let subscription = tokio::spawn(all_messages(listen(&client, &running).await));
    for _ in 0..50 {
        host.publish(snapshot());
        tokio::task::yield_now().await;
    }
    host.close_streams();
    let unasked = unasked.await.unwrap();
    assert_eq!((heard(&unasked), unasked.len()), ([50; 4], 200));
    let subscription = subscription.await.unwrap();
    assert_eq!((heard(&subscription), subscription.len()), ([50; 4], 202));
    assert_eq!(subscription[0]["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(subscription[201]["result"]["resultType"], "complete");
    until_no_stream_is_open(&host).await;
    running.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_opened_amid_publications_hear_whole_ones_after_the_acknowledgement() {
    let (host, client) = (host(), client());
    let running = Arc::new(server_of(host.clone(), Limits::default()).await);
    let publishing = tokio::spawn({
        let host = host.clone();
        async move {
            for _ in 0..50 {
                host.publish(snapshot());
                tokio::task::yield_now().await;
            }
        }
    });
    let streams: Vec<_> = (0..16)
        .map(|_| {
            let (client, running) = (client.clone(), running.clone());
            tokio::spawn(async move { listen(&client, &running).await })
        })
        .collect();
    let mut open = Vec::new();
    for stream in streams {
        open.push(stream.await.unwrap());
    }
    publishing.await.unwrap();
    host.publish(snapshot());
    host.close_streams();
    for stream in open {
        let messages = all_messages(stream).await;
        let [skills, rest @ ..] = heard(&messages);
        assert_eq!(messages[0]["method"], "notifications/subscriptions/acknowledged");
        assert!((1..=51).contains(&skills) && rest == [skills; 3], "{skills} {rest:?}");
        assert_eq!(messages.len(), skills * 4 + 2);
    }
    Arc::into_inner(running).unwrap().drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_whose_client_went_away_is_forgotten() {
    let (host, client) = (host(), client());
    let running = server_of(host.clone(), Limits::default()).await;
    for _ in 0..3 {
        let streams = [get(&client, &running).await, listen(&client, &running).await];
        assert_eq!(host.open_streams(), 2);
        drop(streams);
        until_no_stream_is_open(&host).await;
    }
    running.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn draining_ends_open_streams_and_does_not_wait_for_them() {
    let client = client();
    let limits = Limits { max_connections: 2, drain_timeout: Duration::from_secs(600), ..Limits::default() };
    let running = server(limits).await;
    let unasked = get(&client, &running).await;
    let subscription = listen(&client, &running).await;
    // Both slots are taken, so the listener is not even waiting for connections.
    let drained = tokio::time::timeout(Duration::from_secs(20), running.drain()).await;
    assert!(drained.is_ok(), "waited for streams that nobody ends");
    assert!(all_messages(unasked).await.is_empty(), "it just ends");
    let last = all_messages(subscription).await.pop().unwrap();
    assert_eq!((&last["id"], &last["result"]["resultType"]), (&json!(1), &json!("complete")));
}
