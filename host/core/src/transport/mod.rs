//! Bytes ⇄ messages: Streamable HTTP rules and SSE framing. Never knows what a method does.

use std::fmt;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;

pub mod headers;
pub mod http;
pub mod sse;

/// A response body. Dropping a stream ends the work behind it.
pub enum Body {
    /// Known in full.
    Full(Bytes),
    /// Produced while it is read.
    Stream(ByteStream),
}

/// Chunks of a body, or lines of a conversation.
pub type ByteStream = Pin<Box<dyn Stream<Item = Bytes> + Send>>;

impl Body {
    /// No bytes at all.
    pub fn empty() -> Self {
        Self::Full(Bytes::new())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(bytes) => formatter.debug_tuple("Full").field(bytes).finish(),
            Self::Stream(_) => formatter.write_str("Stream"),
        }
    }
}
