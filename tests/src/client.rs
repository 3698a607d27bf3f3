//! MCP 2026-07-28 over plain values: one request, one JSON answer. Opens no socket.

use std::sync::Arc;

use bytes::Bytes;
use frontmcp_core::Host;
use frontmcp_core::transport::{Body, ByteStream};
use futures_util::StreamExt;
use http::Request;
use serde_json::{Value, json};

const VERSION: &str = "2026-07-28";

/// A client of one host.
#[derive(Clone)]
pub struct Client {
    host: Arc<Host>,
}

impl Client {
    /// A client that speaks to the host directly.
    pub fn new(host: Arc<Host>) -> Self {
        Self { host }
    }

    /// Calls a tool and returns its structured content, success or not.
    ///
    /// # Panics
    /// If the protocol answer is not a tool result.
    pub async fn call(&self, tool: &str, arguments: Value) -> Value {
        let (_, mut answer) = self.request("tools/call", json!({"name": tool, "arguments": arguments})).await;
        let content = answer.pointer_mut("/result/structuredContent").map(Value::take);
        content.unwrap_or_else(|| panic!("no tool result: {answer}"))
    }

    /// Runs a script.
    pub async fn execute(&self, script: &str) -> Value {
        self.call("codecall:execute", json!({ "script": script })).await
    }

    /// Sends one request; returns what was notified on the way, and the answer.
    ///
    /// # Panics
    /// If the answer is not JSON or a stream of JSON.
    pub async fn request(&self, method: &str, params: Value) -> (Vec<Value>, Value) {
        let mut messages = messages(self.send(method, params).await).await;
        let answer = messages.pop().expect("an answer");
        (messages, answer)
    }

    /// Opens a subscription to these notifications.
    ///
    /// # Panics
    /// If the answer is no stream.
    pub async fn listen(&self, notifications: Value) -> Subscription {
        let params = json!({ "notifications": notifications });
        match self.send("subscriptions/listen", params).await {
            Body::Stream(stream) => Subscription(stream),
            Body::Full(bytes) => panic!("no stream: {}", String::from_utf8_lossy(&bytes)),
        }
    }

    async fn send(&self, method: &str, mut params: Value) -> Body {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": VERSION,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/logLevel": "debug",
        });
        let name = params["name"].as_str().or(params["uri"].as_str()).unwrap_or_default().to_owned();
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = Request::post("/mcp")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", VERSION)
            .header("mcp-method", method)
            .header("mcp-name", name)
            .body(Bytes::from(body.to_string()))
            .expect("the headers are plain text");
        self.host.handle(request).await.into_body()
    }
}

/// An open subscription.
pub struct Subscription(ByteStream);

impl Subscription {
    /// The next message, when it comes; nothing once the stream has ended.
    ///
    /// # Panics
    /// If a message is not JSON.
    pub async fn next(&mut self) -> Option<Value> {
        while let Some(frame) = self.0.next().await {
            let text = String::from_utf8(frame.to_vec()).expect("UTF-8");
            if let Some(data) = text.lines().find_map(|line| line.strip_prefix("data:")) {
                return Some(serde_json::from_str(data).expect("JSON"));
            }
        }
        None
    }
}

async fn messages(body: Body) -> Vec<Value> {
    match body {
        Body::Full(bytes) => vec![serde_json::from_slice(&bytes).expect("JSON")],
        Body::Stream(stream) => {
            let parts: Vec<Bytes> = stream.collect().await;
            let text = String::from_utf8(parts.concat()).expect("UTF-8");
            let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
            data.filter(|data| !data.trim().is_empty())
                .map(|data| serde_json::from_str(data).expect("JSON"))
                .collect()
        }
    }
}
