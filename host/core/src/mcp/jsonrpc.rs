//! JSON-RPC 2.0 envelopes: parse, classify, answer. Never interprets a method.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::de::{Deserializer, IgnoredAny, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use crate::json::written as json;

/// Not JSON.
pub const PARSE_ERROR: i32 = -32700;
/// JSON, but not a message.
pub const INVALID_REQUEST: i32 = -32600;
/// No such method in this era.
pub const METHOD_NOT_FOUND: i32 = -32601;
/// A parameter is missing, malformed or unknown.
pub const INVALID_PARAMS: i32 = -32602;
/// Our own fault.
pub const INTERNAL_ERROR: i32 = -32603;
/// A resource does not exist (protocol versions up to 2025-11-25).
pub const RESOURCE_NOT_FOUND: i32 = -32002;
/// A standard header is missing or contradicts the body (2026-07-28).
pub const HEADER_MISMATCH: i32 = -32020;
/// The protocol version is not implemented (2026-07-28).
pub const UNSUPPORTED_VERSION: i32 = -32022;

/// Elements accepted in one batch.
pub const MAX_BATCH: usize = 100;

/// A request id: a string or an integer, never null.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum Id {
    /// An integer.
    Number(serde_json::Number),
    /// A string.
    String(String),
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = Id;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string or an integer as `id`")
    }

    fn visit_u64<E>(self, value: u64) -> Result<Id, E> {
        Ok(Id::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Id, E> {
        Ok(Id::Number(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Id, E> {
        Ok(Id::String(value.to_owned()))
    }
}

/// One well-formed message.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Wants an answer.
    Request(Request),
    /// Wants none.
    Notification(Notification),
    /// Answers a request of ours.
    Response,
}

/// A call with an id.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Echoed in the answer.
    pub id: Id,
    /// The method's name.
    pub method: String,
    /// Named parameters; empty if there were none.
    pub params: Map<String, Value>,
}

/// A message without an id.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    /// The method's name.
    pub method: String,
    /// Named parameters; empty if there were none.
    pub params: Map<String, Value>,
}

/// One body: a message, or an array of them, each parsed on its own.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// A single message.
    Single(Message),
    /// A batch, not empty, in order.
    Batch(Vec<Result<Message, Malformed>>),
}

/// Why there is no message, and the id to answer under if it could be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Malformed {
    /// The id, where readable.
    pub id: Option<Id>,
    /// The answer.
    pub error: RpcError,
}

impl Malformed {
    fn new(id: Option<Id>, code: i32, message: impl Into<Cow<'static, str>>) -> Self {
        Self { id, error: RpcError::new(code, message) }
    }
}

/// The `error` member of an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RpcError {
    /// The numeric code.
    pub code: i32,
    /// One sentence.
    pub message: Cow<'static, str>,
    /// Machine-readable details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

impl RpcError {
    /// An error without data.
    pub fn new(code: i32, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// `-32602` with a message.
    pub fn invalid_params(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(INVALID_PARAMS, message)
    }

    /// `-32601` for a method.
    pub fn method_not_found(method: &str) -> Self {
        Self::new(METHOD_NOT_FOUND, format!("method not found: {}", clip(method)))
    }

    /// The same error with data.
    #[must_use]
    pub fn data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }
}

/// Parses one body: UTF-8, JSON no deeper than 128 levels, then the envelope.
pub fn parse(body: &[u8]) -> Result<Incoming, Malformed> {
    let text = std::str::from_utf8(body).map_err(|error| {
        let place = error.valid_up_to();
        Malformed::new(None, PARSE_ERROR, format!("the body is not UTF-8 (first bad byte at offset {place})"))
    })?;
    if text.trim_ascii_start().starts_with('[') {
        return parse_batch(text);
    }
    match serde_json::from_str::<Envelope>(text) {
        Ok(envelope) => envelope.classify().map(Incoming::Single),
        Err(error) => Err(explain(text, &error)),
    }
}

fn parse_batch(text: &str) -> Result<Incoming, Malformed> {
    let elements: Vec<Value> = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    if elements.is_empty() || elements.len() > MAX_BATCH {
        let message = format!("a batch has 1 to {MAX_BATCH} elements, this one has {}", elements.len());
        return Err(Malformed::new(None, INVALID_REQUEST, message));
    }
    Ok(Incoming::Batch(elements.into_iter().map(from_value).collect()))
}

fn from_value(value: Value) -> Result<Message, Malformed> {
    let id = readable_id(&value);
    match Envelope::deserialize(value) {
        Ok(envelope) => envelope.classify(),
        Err(error) => Err(Malformed::new(id, INVALID_REQUEST, format!("not a JSON-RPC message: {error}"))),
    }
}

/// The slow path: tells broken JSON from a broken envelope, and finds the id.
fn explain(text: &str, error: &serde_json::Error) -> Malformed {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => {
            let message = format!("not a JSON-RPC message: {error}");
            Malformed::new(readable_id(&value), INVALID_REQUEST, message)
        }
        Err(error) => not_json(&error),
    }
}

fn not_json(error: &serde_json::Error) -> Malformed {
    Malformed::new(None, PARSE_ERROR, format!("the body is not JSON: {error}"))
}

fn readable_id(value: &Value) -> Option<Id> {
    Id::deserialize(value.get("id")?).ok()
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    jsonrpc: Cow<'a, str>,
    #[serde(default, deserialize_with = "present")]
    id: Option<Id>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    params: Option<Map<String, Value>>,
    #[serde(default)]
    result: Option<IgnoredAny>,
    #[serde(default)]
    error: Option<IgnoredAny>,
}

impl Envelope<'_> {
    fn classify(self) -> Result<Message, Malformed> {
        let broken = |id, message: &'static str| Err(Malformed::new(id, INVALID_REQUEST, message));
        if self.jsonrpc != "2.0" {
            return broken(self.id, "`jsonrpc` must be \"2.0\"");
        }
        let answered = self.result.is_some() || self.error.is_some();
        match (self.method, self.id) {
            (Some(_), id) if answered => broken(id, "a message has a `method` or a result, not both"),
            (Some(method), Some(id)) => {
                Ok(Message::Request(Request { id, method, params: self.params.unwrap_or_default() }))
            }
            (Some(method), None) => {
                Ok(Message::Notification(Notification { method, params: self.params.unwrap_or_default() }))
            }
            (None, _) if answered => Ok(Message::Response),
            (None, id) => broken(id, "the message has neither `method` nor `result` nor `error`"),
        }
    }
}

/// Present means present: `null` is no id, and must not pass for an absent one.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Id>, D::Error> {
    Id::deserialize(deserializer).map(Some)
}

/// A successful answer around a result that is JSON text already.
pub fn result(id: &Id, result: &str) -> Bytes {
    let mut answer = String::with_capacity(result.len() + 64);
    answer.push_str(r#"{"jsonrpc":"2.0","id":"#);
    answer.push_str(&json(id));
    answer.push_str(r#","result":"#);
    answer.push_str(result);
    answer.push('}');
    answer.into()
}

/// An error answer; without an id the member is left out, as null would be invalid.
pub fn error(id: Option<&Id>, error: &RpcError) -> Bytes {
    let mut answer = String::from(r#"{"jsonrpc":"2.0""#);
    if let Some(id) = id {
        answer.push_str(r#","id":"#);
        answer.push_str(&json(id));
    }
    answer.push_str(r#","error":"#);
    answer.push_str(&json(error));
    answer.push('}');
    answer.into()
}

/// A notification around parameters that are JSON text already.
pub fn notification(method: &str, params: &str) -> Bytes {
    format!(r#"{{"jsonrpc":"2.0","method":{},"params":{params}}}"#, json(method)).into()
}

/// The beginning of a caller's text, short enough for an error message.
pub fn clip(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(80) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
#[path = "jsonrpc_tests.rs"]
mod tests;
