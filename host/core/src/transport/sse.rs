//! Server-sent events: framing of one-line JSON messages. Never holds a stream open by itself.

use bytes::Bytes;

/// One `message` event. The data must be one line, as serialised JSON always is.
pub fn event(data: &[u8]) -> Bytes {
    debug_assert!(!data.contains(&b'\n'), "serialised JSON has no line breaks");
    let mut frame = Vec::with_capacity(data.len() + 24);
    frame.extend_from_slice(b"event: message\ndata: ");
    frame.extend_from_slice(data);
    frame.extend_from_slice(b"\n\n");
    frame.into()
}

/// Milliseconds after which a client should come back.
pub const RETRY_MS: u32 = 1_000;

/// As [`event`], under an id that a client can come back with.
pub fn identified(id: &str, data: &[u8]) -> Bytes {
    [b"id: ", id.as_bytes(), b"\n", &event(data)].concat().into()
}

/// The first event of the transport of 2024-11-05: where to send messages.
pub fn endpoint(uri: &str) -> Bytes {
    format!("event: endpoint\ndata: {uri}\n\n").into()
}

/// An event that carries nothing but its id, and says how soon to come back.
pub fn priming(id: &str) -> Bytes {
    format!("id: {id}\nretry: {RETRY_MS}\ndata:\n\n").into()
}

/// Says how soon to come back, before the stream is closed.
pub fn retry() -> Bytes {
    format!("retry: {RETRY_MS}\n\n").into()
}

/// A comment, which clients skip: it only shows that the stream lives.
pub fn comment() -> Bytes {
    Bytes::from_static(b": keep-alive\n\n")
}
