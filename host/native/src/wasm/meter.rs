//! Measures the compute time of one script: the time a worker spends inside it, waiting excluded.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A stopwatch that runs while the script's future is being polled. Clones share the reading.
#[derive(Clone, Default)]
pub(super) struct Meter(Arc<Mutex<Reading>>);

#[derive(Default)]
struct Reading {
    spent: Duration,
    since: Option<Instant>,
}

impl Meter {
    /// Drives `future` to its end with the stopwatch running in every poll.
    pub(super) async fn measure<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        poll_fn(|context| {
            self.with(|reading| reading.since = Some(Instant::now()));
            let poll = future.as_mut().poll(context);
            self.with(|reading| {
                reading.spent = reading.total();
                reading.since = None;
            });
            poll
        })
        .await
    }

    /// All compute time so far, that of a poll in progress included.
    pub(super) fn total(&self) -> Duration {
        self.with(|reading| reading.total())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Reading) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Reading {
    fn total(&self) -> Duration {
        self.spent + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}
