//! Bytes ⇄ messages: Streamable HTTP rules and SSE framing. Never knows what a method does.
