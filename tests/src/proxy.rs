//! A TCP proxy in front of a server under test, whose connections can be cut. It notes what passes over the streams
//! that clients open with GET, changes no byte, and never leaves the loopback interface.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The proxy; it ends with this value.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    upstream: SocketAddr,
    gate: watch::Sender<Gate>,
    streams: watch::Sender<Vec<GetStream>>,
}

#[derive(Clone, Copy)]
struct Gate {
    open: bool,
    /// How often everything was cut.
    cuts: u64,
}

/// Where bytes go.
#[derive(PartialEq)]
enum Side {
    Client,
    Server,
}

/// What passed over a connection after a client's GET.
#[derive(Debug, Clone, Default)]
pub struct GetStream {
    /// The request.
    pub request: String,
    /// Everything the server answered.
    pub answer: String,
    /// Nothing more will come.
    pub ended: bool,
}

impl GetStream {
    /// A header of the request.
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.request.lines().filter_map(|line| line.split_once(':'));
        headers.map(|(known, value)| (known, value.trim())).find_map(|(known, value)| {
            (known.eq_ignore_ascii_case(name) && !value.is_empty()).then_some(value)
        })
    }

    fn was_opened(&self) -> bool {
        self.answer.starts_with("HTTP/1.1 200")
    }
}

impl Proxy {
    /// Starts it on a free port, open.
    ///
    /// # Panics
    /// If there is none.
    pub async fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let gate = watch::Sender::new(Gate { open: true, cuts: 0 });
        let shared = Arc::new(Shared { upstream, gate, streams: watch::Sender::default() });
        let accepting = tokio::spawn({
            let shared = shared.clone();
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    tokio::spawn(shared.clone().carry(client));
                }
            }
        });
        Self { address, shared, accepting }
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts every connection, and lets those that come after it wait until `open`.
    pub async fn cut(&self) {
        self.shared.gate.send_modify(|gate| *gate = Gate { open: false, cuts: gate.cuts + 1 });
        self.all_ended().await;
    }

    /// Lets connections through again.
    pub fn open(&self) {
        self.shared.gate.send_modify(|gate| gate.open = true);
    }

    /// Waits until a stream is open.
    pub async fn a_stream_is_open(&self) {
        self.wait_until(|streams| streams.iter().any(|stream| stream.was_opened() && !stream.ended)).await;
    }

    /// Waits until all streams have ended.
    pub async fn all_ended(&self) {
        self.wait_until(|streams| streams.iter().all(|stream| stream.ended || !stream.was_opened())).await;
    }

    /// The streams so far that the server let be opened, in order.
    pub fn streams(&self) -> Vec<GetStream> {
        self.shared.streams.borrow().iter().filter(|stream| stream.was_opened()).cloned().collect()
    }

    async fn wait_until(&self, holds: impl Fn(&[GetStream]) -> bool) {
        let mut streams = self.shared.streams.subscribe();
        let _ = streams.wait_for(|streams| holds(streams)).await.expect("the sender lives as long as this");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.shared.gate.send_modify(|gate| *gate = Gate { open: false, cuts: gate.cuts + 1 });
    }
}

impl Shared {
    /// Carries one connection until it ends at either side or is cut.
    async fn carry(self: Arc<Self>, mut client: TcpStream) {
        let cuts = self.wait_until_open().await;
        let Ok(mut server) = TcpStream::connect(self.upstream).await else { return };
        let mut stream = None;
        let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        loop {
            let (to, read, buffer) = tokio::select! {
                () = self.wait_until_cut(cuts) => break,
                read = client.read(&mut asked) => (Side::Server, read, &asked),
                read = server.read(&mut answered) => (Side::Client, read, &answered),
            };
            let Ok(length @ 1..) = read else { break };
            let bytes = &buffer[..length];
            if to == Side::Client {
                self.note(stream, |stream| stream.answer.push_str(&String::from_utf8_lossy(bytes)));
            } else if bytes.starts_with(b"GET ") {
                stream = Some(self.note_request(bytes));
            }
            let to = if to == Side::Client { &mut client } else { &mut server };
            if to.write_all(bytes).await.is_err() {
                break;
            }
        }
        drop((client, server));
        self.note(stream, |stream| stream.ended = true);
    }

    async fn wait_until_open(&self) -> u64 {
        let mut gate = self.gate.subscribe();
        gate.wait_for(|gate| gate.open).await.expect("the sender lives as long as this").cuts
    }

    async fn wait_until_cut(&self, cuts: u64) {
        let mut gate = self.gate.subscribe();
        let _ = gate.wait_for(|gate| gate.cuts != cuts).await.expect("the sender lives as long as this");
    }

    fn note_request(&self, bytes: &[u8]) -> usize {
        let request = String::from_utf8_lossy(bytes).into_owned();
        let mut place = 0;
        self.streams.send_modify(|streams| {
            place = streams.len();
            streams.push(GetStream { request, ..GetStream::default() });
        });
        place
    }

    fn note(&self, stream: Option<usize>, change: impl FnOnce(&mut GetStream)) {
        if let Some(stream) = stream {
            self.streams.send_modify(|streams| change(&mut streams[stream]));
        }
    }
}
