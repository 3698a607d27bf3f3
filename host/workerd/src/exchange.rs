//! Requests as JavaScript hands them over, and responses as it takes them. Never reads or writes a body's meaning.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use bytes::Bytes;
use frontmcp_core::transport::{Body, ByteStream};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use futures_util::{FutureExt, StreamExt};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response};
use js_sys::{Array, JsString, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

/// A request's head; a body that was read is added later.
pub(crate) fn head(method: &str, url: &str, headers: &Array) -> Result<Parts, JsError> {
    let mut request = Request::builder().method(method).uri(target(url)?);
    for pair in headers.iter() {
        let pair = Array::from(&pair);
        let (name, value) = (text(&pair.get(0)), text(&pair.get(1)));
        // JavaScript's headers are Latin-1, byte for byte.
        let value: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
        let value = value.ok_or_else(|| JsError::new("a header that is no Latin-1"))?;
        request = request.header(HeaderName::try_from(name)?, HeaderValue::from_bytes(&value)?);
    }
    Ok(request.body(())?.into_parts().0)
}

/// The path and query, as a server sees them; the host is in the `Host` header.
fn target(url: &str) -> Result<String, JsError> {
    let url = url::Url::parse(url)?;
    let mut target = url.path().to_owned();
    if let Some(query) = url.query() {
        target.push('?');
        target.push_str(query);
    }
    Ok(target)
}

fn text(value: &JsValue) -> String {
    value.as_string().unwrap_or_default()
}

/// A response, for JavaScript to read once.
#[wasm_bindgen]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Option<Body>,
}

// Only ever read.
impl RefUnwindSafe for Reply {}
impl UnwindSafe for Reply {}

impl From<Response<Body>> for Reply {
    fn from(response: Response<Body>) -> Self {
        let (head, body) = response.into_parts();
        let latin1 = |value: &HeaderValue| value.as_bytes().iter().copied().map(char::from).collect();
        let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), latin1(value)));
        Self { status: head.status.as_u16(), headers: headers.collect(), body: Some(body) }
    }
}

#[wasm_bindgen]
impl Reply {
    /// The status code.
    #[wasm_bindgen(getter)]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Pairs of names and values.
    #[wasm_bindgen(getter)]
    pub fn headers(&self) -> Array {
        let pair = |(name, value): &(String, String)| {
            Array::of2(&JsString::from(name.as_str()), &JsString::from(value.as_str()))
        };
        self.headers.iter().map(pair).collect()
    }

    /// The body, if it is known in full; nothing for an empty one.
    pub fn bytes(&mut self) -> Option<Uint8Array> {
        match self.body.take() {
            Some(Body::Full(bytes)) if bytes.is_empty() => None,
            Some(Body::Full(bytes)) => Some(Uint8Array::from(&bytes[..])),
            stream => {
                self.body = stream;
                None
            }
        }
    }

    /// The body, if it is produced while it is read.
    pub fn chunks(&mut self) -> Option<Chunks> {
        match self.body.take() {
            Some(Body::Stream(stream)) => Some(Chunks::new(stream)),
            known => {
                self.body = known;
                None
            }
        }
    }
}

/// A body that is produced while it is read.
#[wasm_bindgen]
pub struct Chunks(Rc<Reading>);

struct Reading {
    /// Taken while somebody waits for its next chunk.
    stream: Cell<Option<ByteStream>>,
    cancelled: Cell<Option<oneshot::Receiver<()>>>,
    cancel: Cell<Option<oneshot::Sender<()>>>,
}

// A stream that panicked is not asked again.
impl RefUnwindSafe for Chunks {}
impl UnwindSafe for Chunks {}

impl Chunks {
    fn new(stream: ByteStream) -> Self {
        let (cancel, cancelled) = oneshot::channel();
        Self(Rc::new(Reading {
            stream: Cell::new(Some(stream)),
            cancelled: Cell::new(Some(cancelled)),
            cancel: Cell::new(Some(cancel)),
        }))
    }
}

#[wasm_bindgen]
impl Chunks {
    /// The next chunk; nothing at the end.
    pub fn next(&self) -> Promise {
        let reading = self.0.clone();
        future_to_promise(AssertUnwindSafe(async move {
            match reading.next().await {
                Ok(chunk) => {
                    Ok(chunk.map_or(JsValue::UNDEFINED, |chunk| Uint8Array::from(&chunk[..]).into()))
                }
                Err(error) => Err(error.into()),
            }
        }))
    }

    /// Ends the work behind it.
    pub fn cancel(&self) {
        drop(self.0.cancel.take());
        drop(self.0.stream.take());
    }
}

impl Reading {
    async fn next(&self) -> Result<Option<Bytes>, JsError> {
        let (Some(mut stream), Some(cancelled)) = (self.stream.take(), self.cancelled.take()) else {
            return Ok(None);
        };
        let next = AssertUnwindSafe(stream.next()).catch_unwind();
        match select(next, cancelled).await {
            Either::Left((Ok(Some(chunk)), cancelled)) => {
                self.stream.set(Some(stream));
                self.cancelled.set(Some(cancelled));
                Ok(Some(chunk))
            }
            Either::Left((Err(_), _)) => Err(JsError::new("the stream ended by a fault of the host")),
            Either::Left((Ok(None), _)) | Either::Right(_) => Ok(None),
        }
    }
}
