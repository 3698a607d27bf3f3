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

/// A comment, which clients skip: it only shows that the stream lives.
pub fn comment() -> Bytes {
    Bytes::from_static(b": keep-alive\n\n")
}
