//! Request bodies read within a limit, response bodies as hyper wants them.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use frontmcp_core::transport::{Body, ByteStream};
use futures_util::StreamExt;
use futures_util::stream;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};

/// How long and how much a refused sender may go on.
const LINGER: Duration = Duration::from_secs(10);
const LINGER_BYTES: usize = 256 << 20;

/// Why a body was not read.
pub(super) enum ReadError {
    /// It is, or says it is, larger than the limit; the rest is still to come.
    TooLarge(Incoming),
    /// The peer stopped or broke the framing.
    Broken,
}

/// Reads a body of at most `max_bytes`; a larger one is not buffered beyond them.
pub(super) async fn read(mut incoming: Incoming, max_bytes: usize) -> Result<Bytes, ReadError> {
    if incoming.size_hint().lower() > max_bytes as u64 {
        return Err(ReadError::TooLarge(incoming));
    }
    let Some(first) = next(&mut incoming).await? else { return Ok(Bytes::new()) };
    if first.len() > max_bytes {
        return Err(ReadError::TooLarge(incoming));
    }
    if incoming.is_end_stream() {
        return Ok(first);
    }
    let mut whole = BytesMut::from(first);
    while let Some(data) = next(&mut incoming).await? {
        if whole.len() + data.len() > max_bytes {
            return Err(ReadError::TooLarge(incoming));
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

async fn next(incoming: &mut Incoming) -> Result<Option<Bytes>, ReadError> {
    while let Some(frame) = incoming.frame().await {
        if let Ok(data) = frame.map_err(|_| ReadError::Broken)?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// A response body.
pub(super) struct Outgoing(Body);

impl From<Body> for Outgoing {
    fn from(body: Body) -> Self {
        Self(body)
    }
}

impl Outgoing {
    /// Sends `answer`, then swallows the rest of the request before it ends.
    pub(super) fn lingering(answer: Body, rest: Incoming) -> Self {
        let answer: ByteStream = match answer {
            Body::Full(bytes) => Box::pin(stream::iter([bytes])),
            Body::Stream(stream) => stream,
        };
        let swallow = stream::once(async move {
            // Too slow or broken: the connection closes either way.
            let _ = tokio::time::timeout(LINGER, swallow(rest)).await;
            Bytes::new()
        });
        Self(Body::Stream(Box::pin(answer.chain(swallow))))
    }
}

async fn swallow(mut rest: Incoming) {
    let mut swallowed = 0;
    while let Ok(Some(data)) = next(&mut rest).await {
        swallowed += data.len();
        if swallowed > LINGER_BYTES {
            return;
        }
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.0 {
            Body::Full(bytes) if bytes.is_empty() => Poll::Ready(None),
            Body::Full(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Body::Stream(stream) => {
                stream.poll_next_unpin(context).map(|chunk| chunk.map(|bytes| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Body::Full(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Body::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Body::Stream(_) => SizeHint::default(),
        }
    }
}
