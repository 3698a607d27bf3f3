//! What JavaScript offers: one class, `js/platform.js`, behind which the bindings and the clock of the object that runs
//! us are. Never holds a decision.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The platform, seen from one object.
    pub type Platform;

    /// Milliseconds since the Unix epoch.
    #[wasm_bindgen(method)]
    pub(crate) fn now(this: &Platform) -> f64;
    /// Milliseconds since some moment.
    #[wasm_bindgen(method)]
    pub(crate) fn elapsed(this: &Platform) -> f64;
    #[wasm_bindgen(method)]
    pub(crate) fn timer(this: &Platform, ms: f64) -> Timer;
    #[wasm_bindgen(method)]
    pub(crate) fn random(this: &Platform, length: u32) -> Vec<u8>;
    #[wasm_bindgen(method)]
    pub(crate) fn secret(this: &Platform, name: &str) -> Option<String>;
    #[wasm_bindgen(method)]
    pub(crate) fn log(this: &Platform, level: &str, line: &str);
    /// Keeps the object at work until the promise is settled.
    #[wasm_bindgen(method, js_name = waitUntil)]
    pub(crate) fn wait_until(this: &Platform, work: Promise);

    /// One exchange with an upstream; rejects with the kind of failure.
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn fetch(this: &Platform, outbound: JsValue) -> Result<JsValue, JsValue>;
    /// Performs binding operations, in order, and answers their outcomes.
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn perform(this: &Platform, ops: JsValue) -> Result<JsValue, JsValue>;
    /// Lets other objects hear it.
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn tell(this: &Platform, news: JsValue) -> Result<JsValue, JsValue>;
    /// Has the one writer of the audit log do something, and answers what it answers, as JSON.
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn audit(this: &Platform, request: &str) -> Result<JsValue, JsValue>;

    /// The seed of the key that signs the audit log, where it is written.
    #[wasm_bindgen(method, js_name = signingKey)]
    pub(crate) fn signing_key(this: &Platform) -> Option<Vec<u8>>;
    /// A fresh instance of the script sandbox.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn sandbox(this: &Platform) -> Result<Engine, JsValue>;
    /// The adapter component, which lives as long as the isolate.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn adapter(this: &Platform) -> Result<Plan, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// A timer that has not gone off yet.
    pub(crate) type Timer;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn done(this: &Timer) -> Promise;
    #[wasm_bindgen(method)]
    pub(crate) fn cancel(this: &Timer);
}

#[wasm_bindgen]
extern "C" {
    /// `frontmcp:sandbox/engine`, as the transpiled component exports it.
    pub(crate) type Engine;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn start(this: &Engine, request: JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn step(this: &Engine, completions: JsValue, now_ms: u64) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// `frontmcp:adapter/storage-plan`, as the transpiled component exports it.
    pub(crate) type Plan;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn begin(this: &Plan, request: JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn resume(this: &Plan, state: JsValue, outcomes: JsValue) -> Result<JsValue, JsValue>;
}

/// What JavaScript threw, in words.
pub(crate) fn words(thrown: &JsValue) -> String {
    let message = js_sys::Reflect::get(thrown, &"message".into()).ok().and_then(|text| text.as_string());
    message.or_else(|| thrown.as_string()).unwrap_or_else(|| format!("{thrown:?}"))
}
