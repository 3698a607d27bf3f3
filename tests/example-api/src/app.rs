//! The application: what all handlers share, and the router with its counters. Never opens a socket.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use rusqlite::Connection;

use crate::error::Problem;
use crate::{DEVELOPMENT_BILLING_KEY, DEVELOPMENT_TOKEN, acme, auth, billing, db};

/// Largest request body, in bytes.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// How the example API is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// The bearer token that `/acme/v1` accepts.
    pub token: String,
    /// The `X-Billing-Key` that `/billing/v1` accepts.
    pub billing_key: String,
    /// The SQLite file; `None` keeps the data in memory.
    pub data: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self { token: DEVELOPMENT_TOKEN.into(), billing_key: DEVELOPMENT_BILLING_KEY.into(), data: None }
    }
}

/// What the server has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Requests received, whatever their outcome.
    pub requests: u64,
    /// The most requests that were being answered at the same time.
    pub max_concurrency: u64,
}

/// Shared by all handlers.
pub(crate) struct App {
    pub(crate) config: Config,
    db: Mutex<Connection>,
    /// How often `/reports/flaky` was asked, by key.
    pub(crate) flaky: Mutex<HashMap<String, u32>>,
    requests: AtomicU64,
    running: AtomicU64,
    max_concurrency: AtomicU64,
}

impl App {
    pub(crate) fn open(config: Config) -> anyhow::Result<Self> {
        let db = Mutex::new(db::open(config.data.as_deref())?);
        Ok(Self {
            config,
            db,
            flaky: Mutex::default(),
            requests: AtomicU64::new(0),
            running: AtomicU64::new(0),
            max_concurrency: AtomicU64::new(0),
        })
    }

    /// The database, one handler at a time. Never held across an await.
    pub(crate) fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            requests: self.requests.load(Ordering::SeqCst),
            max_concurrency: self.max_concurrency.load(Ordering::SeqCst),
        }
    }

    pub(crate) fn reset(&self) -> anyhow::Result<()> {
        db::reset(&mut self.db())?;
        self.flaky.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.requests.store(0, Ordering::SeqCst);
        self.max_concurrency.store(0, Ordering::SeqCst);
        Ok(())
    }
}

pub(crate) fn router(app: Arc<App>) -> Router {
    let acme = acme::router().route_layer(from_fn_with_state(app.clone(), auth::bearer));
    let billing = billing::router().route_layer(from_fn_with_state(app.clone(), auth::billing_key));
    Router::new()
        .nest("/acme/v1", acme)
        .nest("/billing/v1", billing)
        .fallback(|| async { Problem::not_found("there is no such resource") })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn_with_state(app.clone(), count))
        .with_state(app)
}

async fn count(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let _running = Running::enter(&app);
    next.run(request).await
}

/// One request being answered. A guard, because an answer may be abandoned halfway.
struct Running<'a>(&'a App);

impl<'a> Running<'a> {
    fn enter(app: &'a App) -> Self {
        app.requests.fetch_add(1, Ordering::SeqCst);
        let running = app.running.fetch_add(1, Ordering::SeqCst) + 1;
        app.max_concurrency.fetch_max(running, Ordering::SeqCst);
        Self(app)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}
