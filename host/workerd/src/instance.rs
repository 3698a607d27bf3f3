//! One host in one object (or in the Worker itself), as JavaScript drives it. A panic is a fault like any other: the
//! object lives on.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use frontmcp_core::host::{Current, Place, Published, SessionName};
use frontmcp_core::ports::News;
use frontmcp_core::ports::bundles::Packed;
use frontmcp_core::transport::Body;
use frontmcp_core::transport::http as rules;
use frontmcp_core::{Fault, Host};
use futures_util::FutureExt;
use http::{Request, Response, StatusCode};
use js_sys::{Array, Promise};
use send_wrapper::SendWrapper;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::exchange::{Reply, head};
use crate::options;
use crate::platform::Platform;
use crate::ports::{Ledger, Shared, all};

thread_local! {
    /// What the objects of this isolate serve, read once for all of them.
    static NEWEST: RefCell<Option<Published>> = const { RefCell::new(None) };
}

/// Milliseconds between two notes that a session is in use whose stream is read, at most.
const NOTE_USE_MS: u64 = 60_000;

/// A host and what belongs to it.
#[wasm_bindgen]
pub struct Instance(Rc<Inner>);

struct Inner {
    host: Arc<Host>,
    shipped: Packed,
    ledger: Option<Ledger>,
}

// The core leaves nothing half-done behind a panic: its locks are taken poisoned or not, its swaps are whole.
impl RefUnwindSafe for Instance {}
impl UnwindSafe for Instance {}

/// What is told of a request's head.
#[wasm_bindgen]
pub struct Admission {
    /// Bytes the body may have.
    #[wasm_bindgen(js_name = maxBodyBytes, readonly)]
    pub max_body_bytes: f64,
    admission: Option<frontmcp_core::host::Admission>,
    refusal: Option<Reply>,
}

// Holds a place in a queue, and nothing that could be half-done.
impl RefUnwindSafe for Admission {}
impl UnwindSafe for Admission {}

#[wasm_bindgen]
impl Admission {
    /// The answer, if the body is not worth reading.
    pub fn refusal(&mut self) -> Option<Reply> {
        self.refusal.take()
    }

    /// The answer to a body that is larger.
    #[wasm_bindgen(js_name = tooLarge)]
    pub fn too_large(&self) -> Option<Reply> {
        self.admission.as_ref().map(|admission| admission.too_large().into())
    }
}

/// The bundle that other objects should serve.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    bundle_sha256: String,
    /// Nothing for the bundle that everyone was shipped with.
    #[serde(default)]
    encoding: Option<String>,
    #[serde(default, with = "serde_bytes")]
    bytes: Option<Vec<u8>>,
}

#[wasm_bindgen]
impl Instance {
    /// A host over a platform, with the bundle it was shipped with. One of all of them writes the audit log.
    #[wasm_bindgen(constructor)]
    pub fn new(
        platform: Platform,
        shipped: &[u8],
        vars: JsValue,
        writes_audit: bool,
    ) -> Result<Instance, JsError> {
        let platform: Shared = Arc::new(SendWrapper::new(platform));
        let (ports, ledger) = all(&platform, writes_audit).map_err(opaque)?;
        let settings = options::settings(vars)?;
        let shipped = packed(Bytes::copy_from_slice(shipped));
        Ok(Self(Rc::new(Inner { host: Arc::new(Host::new(ports, settings)), shipped, ledger })))
    }

    /// Looks at a request before its body is read.
    pub fn admit(&self, method: String, url: String, headers: Array) -> Promise {
        self.promise(async move |this| {
            let head = head(&method, &url, &headers)?;
            let admitted = this.guarded(this.host.admit(&head)).await;
            Ok(match admitted {
                Ok(Ok(admission)) => Admission {
                    max_body_bytes: admission.max_body_bytes as f64,
                    admission: Some(admission),
                    refusal: None,
                },
                Ok(Err(refusal)) => {
                    Admission { max_body_bytes: 0.0, admission: None, refusal: Some(refusal.into()) }
                }
                Err(failure) => {
                    Admission { max_body_bytes: 0.0, admission: None, refusal: Some(failure.into()) }
                }
            })
        })
    }

    /// Where a request belongs: `anywhere`, `bundles`, `fresh`, `none`, or a session's id after `session:`.
    pub fn place(&self, method: &str, url: &str, headers: Array, body: Vec<u8>) -> Result<String, JsError> {
        let request = Request::from_parts(head(method, url, &headers)?, Bytes::from(body));
        Ok(match self.0.host.place(&request) {
            Place::Anywhere => "anywhere".to_owned(),
            Place::Bundles => "bundles".to_owned(),
            Place::Fresh => "fresh".to_owned(),
            Place::NoSession => "none".to_owned(),
            Place::Session(name) => format!("session:{}", name.as_str()),
        })
    }

    /// Answers a request. A session that begins in it gets the given name.
    pub fn handle(
        &self,
        method: String,
        url: String,
        headers: Array,
        body: Vec<u8>,
        name: Option<String>,
    ) -> Promise {
        self.promise(async move |this| {
            let mut head = head(&method, &url, &headers)?;
            if let Some(name) = name.as_deref().and_then(SessionName::parse) {
                head.extensions.insert(name);
            }
            let answer = this.host.handle(Request::from_parts(head, Bytes::from(body)));
            Ok(Reply::from(this.guarded(answer).await.unwrap_or_else(|failure| failure)))
        })
    }

    /// Puts live the newest of the shipped bundle and those pushed since. Only where bundles are accepted.
    pub fn boot(&self) -> Promise {
        self.promise(async move |this| {
            let skipped = this.host.boot(&this.shipped).await.map_err(|fault| this.told(fault))?;
            for reason in skipped {
                crate::report(&reason);
            }
            Ok(JsValue::UNDEFINED)
        })
    }

    /// The bundle others should serve, unless it is the one they have.
    pub fn current(&self, have: Option<String>) -> Promise {
        self.promise(async move |this| {
            let current = this.host.current().await.map_err(|fault| this.told(fault))?;
            let Some(Current { bundle_sha256, envelope }) = current else { return Ok(JsValue::NULL) };
            if have.is_some_and(|have| have == bundle_sha256) {
                return Ok(JsValue::NULL);
            }
            let (encoding, bytes) = envelope.map(|packed| (packed.encoding, packed.bytes.to_vec())).unzip();
            Ok(serde_wasm_bindgen::to_value(&Told { bundle_sha256, encoding, bytes })?)
        })
    }

    /// The digest of what this isolate has read last, for [`Instance::current`].
    pub fn newest(&self) -> Option<String> {
        NEWEST.with_borrow(|newest| newest.as_ref().map(|newest| newest.bundle_sha256().to_owned()))
    }

    /// Serves what [`Instance::current`] told, or what this isolate has read last.
    pub fn adopt(&self, told: JsValue) -> Promise {
        self.promise(async move |this| {
            let told: Option<Told> = serde_wasm_bindgen::from_value(told)?;
            if let Some(told) = told {
                let published = this.open(told).await.map_err(|fault| this.told(fault))?;
                NEWEST.set(Some(published));
            }
            NEWEST.with_borrow(|newest| newest.iter().for_each(|newest| this.host.adopt(newest)));
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Serves a copy of the newest bundle or the bundle it was shipped with: when nobody can be asked.
    #[wasm_bindgen(js_name = fallBack)]
    pub fn fall_back(&self, copy: Option<Vec<u8>>) -> Promise {
        self.promise(async move |this| {
            let copy = copy.map(|bytes| packed(bytes.into()));
            let opened = this.host.open_fallback(&this.shipped, copy.as_ref()).await;
            let (published, passed_over) = opened.map_err(|fault| this.told(fault))?;
            passed_over.iter().for_each(|reason| crate::report(reason));
            this.host.adopt(&published);
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Whether there is anything to serve.
    #[wasm_bindgen(js_name = isReady)]
    pub fn is_ready(&self) -> bool {
        self.0.host.published().is_some()
    }

    /// Answers the calls of a session that died with the object before this one.
    pub fn recover(&self, session: String) -> Promise {
        self.promise(async move |this| {
            this.host.recover_session(&session).await.map_err(|fault| this.told(fault))?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Ends some of what is old. Whether there may be more.
    pub fn sweep(&self) -> Promise {
        self.promise(async move |this| Ok(this.host.sweep().await))
    }

    /// Notes that the sessions whose streams are read here are in use.
    #[wasm_bindgen(js_name = keepAlive)]
    pub fn keep_alive(&self) -> Promise {
        self.promise(async move |this| {
            this.host.note_use().await;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Milliseconds after which [`Instance::keep_alive`] is due again while streams are read.
    #[wasm_bindgen(js_name = noteUseMs)]
    pub fn note_use_ms(&self) -> f64 {
        (self.0.host.settings().sessions.idle_ms / 4).min(NOTE_USE_MS) as f64
    }

    /// Passes on what another object announced.
    pub fn hear(&self, news: JsValue) -> Result<(), JsError> {
        let news: News = serde_wasm_bindgen::from_value(news)?;
        self.0.host.hear(&news);
        Ok(())
    }

    /// How many streams are read here.
    #[wasm_bindgen(js_name = openStreams)]
    pub fn open_streams(&self) -> usize {
        self.0.host.open_streams()
    }

    /// Whether a request is for the object that accepts bundles; its body is not for others to read.
    #[wasm_bindgen(js_name = acceptsBundles)]
    pub fn accepts_bundles(&self, url: &str) -> bool {
        let path = url::Url::parse(url).map(|url| url.path().to_owned()).unwrap_or_default();
        Place::accepts_bundles(&path)
    }

    /// The id of a session that is yet to begin.
    #[wasm_bindgen(js_name = drawName)]
    pub fn draw_name(&self) -> String {
        SessionName::draw(&*self.0.host.ports().entropy).as_str().to_owned()
    }

    /// Whether there are sessions that will have to end some day.
    #[wasm_bindgen(js_name = hasSessions)]
    pub fn has_sessions(&self) -> Promise {
        self.promise(async move |this| {
            let Some(sessions) = &this.host.ports().sessions else { return Ok(false) };
            sessions.sessions.count().await.map(|count| count > 0).map_err(|fault| this.told(fault))
        })
    }

    /// What the audit log's checkpoints are verified with, where it is written: a JWK.
    #[wasm_bindgen(js_name = auditKey)]
    pub fn audit_key(&self) -> Option<String> {
        self.0.ledger.as_ref().map(Ledger::public_jwk)
    }

    /// Signs where the audit log ends.
    pub fn checkpoint(&self) -> Promise {
        self.promise(async move |this| {
            let Some(ledger) = &this.ledger else { return Ok(JsValue::UNDEFINED) };
            ledger.checkpoint(this.host.ports().clock.now_ms()).await.map_err(|fault| this.told(fault))?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Writes to the audit log for other objects: see `ports/storage.rs`.
    #[wasm_bindgen(js_name = writeAudit)]
    pub fn write_audit(&self, request: String) -> Promise {
        self.promise(async move |this| {
            let ledger =
                this.ledger.as_ref().ok_or_else(|| JsError::new("the audit log is written elsewhere"))?;
            ledger.serve(&request).await.map_err(|fault| this.told(fault))
        })
    }
}

impl Instance {
    fn promise<T: Into<JsValue>>(
        &self,
        work: impl AsyncFnOnce(Rc<Inner>) -> Result<T, JsError> + 'static,
    ) -> Promise {
        let inner = self.0.clone();
        future_to_promise(AssertUnwindSafe(async move {
            let done = AssertUnwindSafe(work(inner)).catch_unwind().await;
            match done.unwrap_or_else(|_| Err(JsError::new("a fault of the host"))) {
                Ok(value) => Ok(value.into()),
                Err(error) => Err(error.into()),
            }
        }))
    }
}

impl Inner {
    async fn open(&self, told: Told) -> Result<Published, Fault> {
        match (told.encoding, told.bytes) {
            (Some(encoding), Some(bytes)) => {
                let packed = Packed { encoding, bytes: Bytes::from(bytes) };
                self.host.open_accepted(&packed, &told.bundle_sha256).await
            }
            _ => self.host.open_shipped(&self.shipped).await,
        }
    }

    async fn guarded<T>(&self, work: impl Future<Output = T>) -> Result<T, Response<Body>> {
        AssertUnwindSafe(work).catch_unwind().await.map_err(|_| {
            let fault = self.host.record(Fault::new("a request handler panicked"));
            rules::refusal(StatusCode::INTERNAL_SERVER_ERROR, &fault.to_string())
        })
    }

    /// What other objects of this Worker are told; the log has the rest.
    fn told(&self, fault: Fault) -> JsError {
        let detail = fault.detail.clone();
        let fault = self.host.record(fault);
        JsError::new(&format!("{fault}: {detail}"))
    }
}

/// Bytes that say themselves how they are packed.
fn packed(bytes: Bytes) -> Packed {
    let encoding = match &bytes[..] {
        [0x1f, 0x8b, ..] => "gzip",
        [0x28, 0xb5, ..] => "zstd",
        _ => "identity",
    };
    Packed { encoding: encoding.to_owned(), bytes }
}

fn opaque(fault: Fault) -> JsError {
    JsError::new(&fault.detail)
}
