//! Time, randomness, secrets, log, background work and peers, each a line of JavaScript away.

use std::pin::Pin;
use std::task::{Context, Poll};

use frontmcp_core::Fault;
use frontmcp_core::ports::{BoxFuture, Clock, Entropy, Log, News, Peers, Pushed, Secrets, Tasks};
use send_wrapper::SendWrapper;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::{Shared, here};
use crate::platform::{Timer, words};

/// The ports that need no state of their own.
pub(super) struct System(pub(super) Shared);

impl Clock for System {
    fn now_ms(&self) -> u64 {
        self.0.now() as u64
    }

    /// Stands still while code computes: the platform allows no finer look at its clock.
    fn monotonic_us(&self) -> u64 {
        (self.0.elapsed() * 1000.0) as u64
    }

    fn sleep(&self, ms: u64) -> BoxFuture<'static, ()> {
        let timer = self.0.timer(ms as f64);
        let done = JsFuture::from(timer.done());
        Box::pin(SendWrapper::new(Sleep { timer, done }))
    }
}

/// A timer that is cancelled when nobody waits for it any more: it would keep the object from resting.
struct Sleep {
    timer: Timer,
    done: JsFuture,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.done).poll(context).map(drop)
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.timer.cancel();
    }
}

impl Entropy for System {
    fn fill(&self, buffer: &mut [u8]) {
        let length = u32::try_from(buffer.len()).expect("nobody asks for gigabytes of randomness");
        buffer.copy_from_slice(&self.0.random(length));
    }
}

impl Secrets for System {
    fn get(&self, name: &str) -> Option<String> {
        self.0.secret(name)
    }
}

impl Log for System {
    fn fault(&self, fault: &Fault) {
        self.0.log("error", &format!("fault {}: {}", fault.id, fault.detail));
    }

    fn pushed(&self, push: &Pushed<'_>) {
        let bundle = push.bundle_sha256.unwrap_or("unknown");
        self.0.log("info", &format!("push {} of bundle {bundle}: {}", push.outcome, push.message));
    }
}

impl Tasks for System {
    fn spawn(&self, work: BoxFuture<'static, ()>) {
        let promise = future_to_promise(std::panic::AssertUnwindSafe(async move {
            work.await;
            Ok(JsValue::UNDEFINED)
        }));
        self.0.wait_until(promise);
    }
}

impl Peers for System {
    fn tell(&self, news: News) -> BoxFuture<'_, ()> {
        here(async move {
            let told = match serde_wasm_bindgen::to_value(&news) {
                Ok(news) => self.0.tell(news).await,
                Err(error) => Err(error.into()),
            };
            if let Err(thrown) = told {
                // Whoever was not reached finds it in the log of events.
                self.0.log("warn", &format!("telling other objects of a change: {}", words(&thrown)));
            }
        })
    }
}
