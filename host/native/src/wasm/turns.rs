//! Takes turns among scripts that compute for long, so that they never hold every worker thread.
//!
//! A script's first slice runs at once; each further slice needs one of a few permits, handed out in order
//! of arrival. Permits are one fewer than cores, so a worker stays free for everybody else. Since a script
//! is a suspendable future, dropping its call ends it at the end of its slice.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The permits, shared by all scripts of one sandbox.
#[derive(Clone)]
pub(super) struct Turns(Arc<Semaphore>);

/// One script's place among the others; holds a permit while it runs a further slice.
#[derive(Clone)]
pub(super) struct Turn {
    turns: Turns,
    held: Arc<Mutex<Option<OwnedSemaphorePermit>>>,
}

impl Turns {
    pub(super) fn for_this_machine() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self(Arc::new(Semaphore::new(cores.saturating_sub(1).max(1))))
    }

    pub(super) fn turn(&self) -> Turn {
        Turn { turns: self.clone(), held: Arc::default() }
    }
}

impl Turn {
    /// Gives the worker and the permit back, then resolves when this script may run its next slice.
    pub(super) fn next(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let turn = self.clone();
        Box::pin(async move {
            turn.end();
            tokio::task::yield_now().await;
            // The semaphore is never closed; without a permit the script would merely run on.
            let permit = turn.turns.0.clone().acquire_owned().await.ok();
            *turn.held.lock().unwrap_or_else(PoisonError::into_inner) = permit;
        })
    }

    /// Gives the permit back.
    pub(super) fn end(&self) {
        drop(self.held.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}
