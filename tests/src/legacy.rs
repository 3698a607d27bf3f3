//! MCP up to 2025-11-25 over plain values: sessions, and event streams read one event at a time. Opens no socket.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use frontmcp_core::Host;
use frontmcp_core::transport::{Body, ByteStream};
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, Method, Request};
use serde_json::{Value, json};

/// Long enough for anything that happens at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client of one host, with or without a session.
#[derive(Clone)]
pub struct Legacy {
    /// The host.
    pub host: Arc<Host>,
    /// Sent as `X-API-Key`.
    pub key: Option<String>,
    /// Sent as `Mcp-Session-Id`.
    pub session: Option<String>,
}

/// An answer.
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as it is read.
    pub events: EventStream,
    /// The document, if it is one.
    pub document: Value,
}

/// An event of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SseEvent {
    /// `id`
    pub id: Option<String>,
    /// `event`
    pub name: String,
    /// `data`, lines joined.
    pub data: String,
    /// `retry`
    pub retry: Option<u64>,
}

impl SseEvent {
    /// The message it carries.
    ///
    /// # Panics
    /// If it carries none.
    pub fn message(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|_| panic!("no message: {self:?}"))
    }
}

/// Events in the order in which they come.
pub struct EventStream {
    stream: ByteStream,
    text: String,
}

impl Legacy {
    /// A client without a session.
    pub fn new(host: Arc<Host>) -> Self {
        Self { host, key: None, session: None }
    }

    /// The same client with a key.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self.clone() }
    }

    /// A client in a session of its own.
    ///
    /// # Panics
    /// If none begins.
    pub async fn begin(&self, version: &str) -> Self {
        let params = json!({"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        let reply = Self { session: None, ..self.clone() }.request("initialize", "initialize", params).await;
        let session = reply.headers.get("mcp-session-id").map(|id| id.to_str().expect("ASCII").to_owned());
        assert!(session.is_some(), "{}: {}", reply.status, reply.document);
        Self { session, ..self.clone() }
    }

    /// Sends a request.
    pub async fn request(&self, id: impl Into<Value>, method: &str, params: Value) -> Reply {
        self.post(&json!({"jsonrpc": "2.0", "id": id.into(), "method": method, "params": params})).await
    }

    /// Runs a script.
    pub async fn execute(&self, id: impl Into<Value>, script: &str) -> Reply {
        let params = json!({"name": "codecall:execute", "arguments": {"script": script}});
        self.request(id, "tools/call", params).await
    }

    /// Sends a notification and returns the status.
    pub async fn notify(&self, method: &str, params: Value) -> u16 {
        self.post(&json!({"jsonrpc": "2.0", "method": method, "params": params})).await.status
    }

    /// Sends a body.
    pub async fn post(&self, body: &Value) -> Reply {
        self.send(Method::POST, "/mcp", None, body.to_string()).await
    }

    /// Opens the session's stream, or goes on with one.
    pub async fn stream(&self, last_event_id: Option<&str>) -> Reply {
        self.send(Method::GET, "/mcp", last_event_id, String::new()).await
    }

    /// Ends the session and returns the status.
    pub async fn end(&self) -> u16 {
        self.send(Method::DELETE, "/mcp", None, String::new()).await.status
    }

    /// Sends anything.
    ///
    /// # Panics
    /// If there is no answer in time.
    pub async fn send(&self, method: Method, path: &str, last_event_id: Option<&str>, body: String) -> Reply {
        let accept =
            if method == Method::GET { "text/event-stream" } else { "application/json, text/event-stream" };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("accept", accept);
        let headers = [
            ("mcp-session-id", self.session.as_deref()),
            ("x-api-key", self.key.as_deref()),
            ("last-event-id", last_event_id),
        ];
        for (name, value) in headers {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let request = request.body(Bytes::from(body)).expect("a request");
        let response = tokio::time::timeout(PATIENCE, self.host.handle(request)).await.expect("an answer");
        let (head, body) = response.into_parts();
        let (document, stream): (Value, ByteStream) = match body {
            Body::Full(bytes) => {
                (serde_json::from_slice(&bytes).unwrap_or_default(), Box::pin(futures_util::stream::empty()))
            }
            Body::Stream(stream) => (Value::Null, stream),
        };
        let events = EventStream { stream, text: String::new() };
        Reply { status: head.status.as_u16(), headers: head.headers, events, document }
    }
}

impl Reply {
    /// The answer to the request, whether it is a document or the last of a stream.
    ///
    /// # Panics
    /// If it is neither.
    pub async fn answer(mut self) -> Value {
        if !self.document.is_null() {
            return self.document;
        }
        let all = self.events.rest().await;
        all.iter().rev().find(|event| !event.data.is_empty()).expect("an answer").message()
    }
}

impl EventStream {
    /// Events over a connection; where it breaks, they end.
    pub fn of<E: Send + 'static>(chunks: impl Stream<Item = Result<Bytes, E>> + Send + 'static) -> Self {
        let whole = chunks.take_while(|chunk| ready(chunk.is_ok())).filter_map(|chunk| ready(chunk.ok()));
        Self { stream: Box::pin(whole), text: String::new() }
    }

    /// As [`EventStream::next`], but ends when `over` is set too, and takes a stream that is quiet for what it is.
    pub async fn next_or_break(&mut self, over: &AtomicBool) -> Option<SseEvent> {
        loop {
            if let Some(event) = self.parsed() {
                return Some(event);
            }
            let chunk = tokio::time::timeout(Duration::from_millis(200), self.stream.next()).await;
            match chunk {
                Ok(chunk) => self.text.push_str(std::str::from_utf8(&chunk?).expect("UTF-8")),
                Err(_) if over.load(Ordering::Relaxed) => return None,
                Err(_) => {}
            }
        }
    }

    /// The next event; `None` at the end of the stream. Comments and lone `retry` fields are no events.
    ///
    /// # Panics
    /// If nothing comes in time.
    pub async fn next(&mut self) -> Option<SseEvent> {
        loop {
            if let Some(event) = self.parsed() {
                return Some(event);
            }
            let chunk =
                tokio::time::timeout(PATIENCE, self.stream.next()).await.expect("an event or the end")?;
            self.text.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        }
    }

    /// The next event of what has arrived. Comments and lone `retry` fields are none.
    fn parsed(&mut self) -> Option<SseEvent> {
        while let Some((block, rest)) = self.text.split_once("\n\n") {
            let event = parse(block);
            self.text = rest.to_owned();
            if event.id.is_some() || !event.name.is_empty() {
                return Some(event);
            }
        }
        None
    }

    /// The next event that says something.
    ///
    /// # Panics
    /// If the stream ends before.
    pub async fn word(&mut self) -> SseEvent {
        loop {
            let event = self.next().await.expect("another event");
            if !event.data.is_empty() {
                return event;
            }
        }
    }

    /// Everything until the end.
    pub async fn rest(&mut self) -> Vec<SseEvent> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }

    /// Everything until the end, as it comes.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn raw_rest(&mut self) -> String {
        let mut text = std::mem::take(&mut self.text);
        while let Some(chunk) = tokio::time::timeout(PATIENCE, self.stream.next()).await.expect("the end") {
            text.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        }
        text
    }

    /// Whether nothing is there to be read now.
    pub async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(50), self.next()).await.is_err()
    }
}

fn parse(block: &str) -> SseEvent {
    let mut event = SseEvent::default();
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => event.id = Some(value.to_owned()),
            "event" => value.clone_into(&mut event.name),
            "data" => event.data.push_str(value),
            "retry" => event.retry = value.parse().ok(),
            _ => {}
        }
    }
    event
}
