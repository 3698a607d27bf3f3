//! The listener over real sockets: limits, refusals, draining.

use std::time::Instant;

use frontmcp_core::ports::{
    BoxFuture, Fetch, FetchError, Inbound, Outbound, Sandbox, SandboxError, Script, Secrets,
};
use frontmcp_core::skill::{catalog::Catalog, index::Index};
use frontmcp_core::{Ports, Settings, Snapshot};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::ports::{clock::SystemClock, entropy::SystemEntropy, log::TracingLog};

struct Nothing;

impl Fetch for Nothing {
    fn fetch(&self, _: Outbound) -> BoxFuture<'_, Result<Inbound, FetchError>> {
        Box::pin(async { Err(FetchError::Unresolved) })
    }
}

impl Sandbox for Nothing {
    fn open(&self) -> Result<Box<dyn Script>, SandboxError> {
        Err(SandboxError::Busy)
    }
}

impl Secrets for Nothing {
    fn get(&self, _: &str) -> Option<String> {
        None
    }
}

fn host() -> Arc<Host> {
    let ports = Ports {
        clock: Arc::new(SystemClock::default()),
        entropy: Arc::new(SystemEntropy),
        fetch: Arc::new(Nothing),
        sandbox: Arc::new(Nothing),
        secrets: Arc::new(Nothing),
        log: Arc::new(TracingLog::new(Arc::default())),
        storage: None,
    };
    let host = Host::new(ports, Settings::default());
    host.publish(Snapshot {
        name: "test".to_owned(),
        version: "1".to_owned(),
        title: None,
        instructions: String::new(),
        specs: Default::default(),
        operations: Default::default(),
        namespaces: Default::default(),
        catalog: Catalog::default(),
        manifest: None,
        environment: None,
        secrets: Vec::new(),
        visible: Vec::new(),
        executable: 0,
        index: Index::build([]),
    });
    Arc::new(host)
}

async fn server(limits: Limits) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    start(listener, host(), limits).unwrap()
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
