//! The guard on real sockets: what is refused, that nothing was connected to, caps, deadlines, turns.

use std::sync::atomic::{AtomicUsize, Ordering};

use http::{HeaderMap, Method};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Barrier;

use super::*;

/// A loopback server that gives one raw answer to every connection and counts them.
struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn answering(answer: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                let answer = answer.clone();
                tokio::spawn(async move {
                    let mut head = vec![0; 4096];
                    let _ = stream.read(&mut head).await;
                    let _ = stream.write_all(&answer).await;
                });
            }
        });
        Self { port, connections }
    }

    fn seen(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn request(url: &str, allow_private: bool) -> Outbound {
    Outbound {
        method: Method::GET,
        url: url.parse().unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        allow_private,
        timeout_ms: 5_000,
        max_response_bytes: 1_000,
    }
}

fn resolving_to(addresses: &[&str]) -> HttpFetch {
    let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    let lookup: Lookup = Arc::new(move |_| {
        let addresses = addresses.clone();
        Box::pin(async move { Ok(addresses) })
    });
    HttpFetch::with_lookup(&lookup).unwrap()
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
        .into_bytes()
}

#[tokio::test]
async fn loopback_is_refused_in_every_notation_unless_allowed() {
    let server = Server::answering(ok("hello")).await;
    let fetch = HttpFetch::new().unwrap();
    for host in
        ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "127.1", "[::ffff:127.0.0.1]", "localhost"]
    {
        let url = format!("http://{host}:{}/", server.port);
        let error = fetch.fetch(request(&url, false)).await.unwrap_err();
        assert!(matches!(error, FetchError::ForbiddenAddress(_)), "{host}: {error:?}");
    }
    assert_eq!(server.seen(), 0, "nothing was connected to");
    let answer = fetch.fetch(request(&format!("http://127.0.0.1:{}/", server.port), true)).await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"hello"[..]));
}

#[tokio::test]
async fn one_private_address_among_public_ones_refuses_the_name() {
    let server = Server::answering(ok("hello")).await;
    for addresses in [
        &["127.0.0.1"][..],
        &["93.184.216.34", "::ffff:127.0.0.1"],
        &["169.254.169.254"],
        &["64:ff9b::7f00:1"],
    ] {
        let fetch = resolving_to(addresses);
        let error =
            fetch.fetch(request(&format!("http://api.test:{}/", server.port), false)).await.unwrap_err();
        assert!(matches!(error, FetchError::ForbiddenAddress(_)), "{addresses:?}: {error:?}");
    }
    assert_eq!(server.seen(), 0, "nothing was connected to");
}

#[tokio::test]
async fn the_checked_address_is_the_one_connected_to() {
    let server = Server::answering(ok("pinned")).await;
    let fetch = resolving_to(&["127.0.0.1"]);
    let answer =
        fetch.fetch(request(&format!("http://no-such-name.test:{}/", server.port), true)).await.unwrap();
    assert_eq!(&answer.body[..], b"pinned");
}

#[tokio::test]
async fn link_local_stays_forbidden_where_private_is_allowed() {
    let error =
        resolving_to(&["169.254.169.254"]).fetch(request("http://api.test/", true)).await.unwrap_err();
    assert_eq!(error, FetchError::ForbiddenAddress("169.254.169.254".parse().unwrap()));
    let fetch = HttpFetch::new().unwrap();
    assert!(matches!(
        fetch.fetch(request("http://[fe80::1]/", true)).await,
        Err(FetchError::ForbiddenAddress(_))
    ));
    assert!(matches!(fetch.fetch(request("http://metadata/", true)).await, Err(FetchError::Unreachable(_))));
}

#[tokio::test]
async fn names_that_do_not_resolve_are_told_apart() {
    assert_eq!(
        resolving_to(&[]).fetch(request("http://api.test/", false)).await.unwrap_err(),
        FetchError::Unresolved
    );
}

#[tokio::test]
async fn redirects_are_handed_back() {
    let server = Server::answering(
        b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
    )
    .await;
    let fetch = HttpFetch::new().unwrap();
    let answer = fetch.fetch(request(&format!("http://127.0.0.1:{}/", server.port), true)).await.unwrap();
    assert_eq!((answer.status.as_u16(), server.seen()), (302, 1));
}

#[tokio::test]
async fn bodies_beyond_the_cap_are_refused_announced_or_not() {
    let fetch = HttpFetch::new().unwrap();
    let streamed = ["HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", &"x".repeat(1_001)].concat().into_bytes();
    for answer in [ok(&"x".repeat(1_001)), streamed] {
        let server = Server::answering(answer).await;
        let error =
            fetch.fetch(request(&format!("http://127.0.0.1:{}/", server.port), true)).await.unwrap_err();
        assert_eq!(error, FetchError::TooLarge(1_000));
    }
    let server = Server::answering(ok(&"x".repeat(1_000))).await;
    assert!(fetch.fetch(request(&format!("http://127.0.0.1:{}/", server.port), true)).await.is_ok());
}

#[tokio::test]
async fn the_deadline_covers_the_whole_exchange() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let slow = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ports = [silent.local_addr().unwrap().port(), slow.local_addr().unwrap().port()];
    // Announces a body, sends part of it, and keeps the connection open.
    let half_answered = tokio::spawn(async move {
        let (mut stream, _) = slow.accept().await.unwrap();
        let mut head = vec![0; 4096];
        assert!(stream.read(&mut head).await.unwrap() > 0);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe").await.unwrap();
        stream
    });
    let fetch = HttpFetch::new().unwrap();
    for port in ports {
        let request = Outbound { timeout_ms: 200, ..request(&format!("http://127.0.0.1:{port}/"), true) };
        assert_eq!(fetch.fetch(request).await.unwrap_err(), FetchError::Timeout);
    }
    half_answered.await.unwrap();
}

#[tokio::test]
async fn failures_name_their_kind_and_never_the_url() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let fetch = HttpFetch::new().unwrap();
    let error =
        fetch.fetch(request(&format!("http://127.0.0.1:{closed}/?key=hunter2"), true)).await.unwrap_err();
    assert_eq!(error, FetchError::Unreachable("connection refused".to_owned()));
    let server = Server::answering(b"this is no HTTP".to_vec()).await;
    let error = fetch
        .fetch(request(&format!("https://127.0.0.1:{}/?key=hunter2", server.port), true))
        .await
        .unwrap_err();
    assert_eq!(error, FetchError::Unreachable("the TLS handshake failed".to_owned()));
}

#[tokio::test]
async fn calls_to_one_host_take_turns() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    // Nobody is answered before a full set of calls is there, so fewer turns would end in timeouts.
    let full = Arc::new(Barrier::new(MAX_PER_HOST));
    let server = (Arc::clone(&open), Arc::clone(&most), full);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (open, most, full) = server.clone();
            tokio::spawn(async move {
                let mut head = vec![0; 4096];
                let _ = stream.read(&mut head).await;
                most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                full.wait().await;
                open.fetch_sub(1, Ordering::SeqCst);
                let _ = stream.write_all(&ok("done")).await;
            });
        }
    });
    let fetch = Arc::new(HttpFetch::new().unwrap());
    let calls = (0..3 * MAX_PER_HOST).map(|_| fetch.fetch(request(&url, true)));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(most.load(Ordering::SeqCst), MAX_PER_HOST);
}
