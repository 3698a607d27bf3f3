//! The server's life: bind, serve on a thread of its own, drain when the handle is dropped. Knows no routes.

use std::future::pending;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use tokio::sync::oneshot;

use crate::app::{self, App, Config, Counts};

/// How long open requests may take to finish once the handle is dropped.
const DRAIN: Duration = Duration::from_secs(2);

/// A running example API. Dropping it drains and stops the server.
pub struct ExampleApi {
    addr: SocketAddr,
    app: Arc<App>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ExampleApi {
    /// Binds `listen` (port 0 picks a free one), seeds the data if it is new, and serves on its own thread.
    ///
    /// Works inside and outside an async runtime. Fails if the address is taken or the data file is unusable.
    pub fn start(listen: SocketAddr, config: Config) -> anyhow::Result<Self> {
        let app = Arc::new(App::open(config)?);
        let listener = TcpListener::bind(listen).with_context(|| format!("listening on {listen}"))?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let router = app::router(app.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new()
            .name("example-api".into())
            .spawn(move || runtime.block_on(serve(listener, router, stopped)))?;
        Ok(Self { addr, app, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What it has seen since the start or the last [`reset`](Self::reset).
    pub fn counts(&self) -> Counts {
        self.app.counts()
    }

    /// Puts the seeded data back and zeroes the counts, so that the next test starts from a known state.
    pub fn reset(&self) -> anyhow::Result<()> {
        self.app.reset()
    }
}

impl Drop for ExampleApi {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panicked server thread has already reported itself; there is nothing to add while dropping.
            let _ = thread.join();
        }
    }
}

async fn serve(listener: TcpListener, router: Router, stopped: oneshot::Receiver<()>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a bound, non-blocking listener");
    let (draining, drain) = oneshot::channel::<()>();
    let shutdown = async move {
        // The sender is only ever dropped; both outcomes mean "stop".
        let _ = stopped.await;
        drop(draining);
    };
    let deadline = async move {
        if drain.await.is_err() {
            tokio::time::sleep(DRAIN).await;
        } else {
            pending::<()>().await;
        }
    };
    tokio::select! {
        // Accept errors are retried by axum itself, so this only ends after the drain.
        _ = axum::serve(listener, router).with_graceful_shutdown(shutdown).into_future() => {}
        () = deadline => {}
    }
}
