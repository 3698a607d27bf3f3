//! The host: one snapshot, the ports, and the entry points a shell calls. Drives everything, decides little.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response, StatusCode};
use serde_json::Value;

use crate::auth::Principal;
use crate::codecall::{Announcements, Answer, CallContext, tools};
use crate::flow::{self, Resources};
use crate::host::announce::Announcer;
use crate::host::deploy::Deploys;
use crate::host::feed::Feed;
use crate::host::live::Live;
use crate::host::outbox::Outbox;
use crate::mcp::jsonrpc::{self, INTERNAL_ERROR, Id, RpcError, json};
use crate::mcp::listen::Kind;
use crate::mcp::methods::{self, Call, ToolCall};
use crate::mcp::version::Version;
use crate::ports::Ports;
use crate::registry::diff::Changes;
use crate::registry::snapshot::Snapshot;
use crate::reject::{Failure, Fault};
use crate::settings::Settings;
use crate::transport::Body;
use crate::transport::http as rules;

mod agent_skills;
mod announce;
mod deploy;
mod endpoint;
mod exchange;
mod feed;
mod live;
mod outbox;
mod read;
mod stdio;
mod stream;

pub use deploy::{Admission, Restored};
pub use stdio::Stdio;

/// The host logic, shared by every shell.
pub struct Host {
    resources: Resources,
    live: ArcSwapOption<Live>,
    deploys: Deploys,
    feed: Arc<Feed>,
}

impl Host {
    /// A host without a snapshot: alive, not ready.
    pub fn new(ports: Ports, settings: Settings) -> Self {
        Self {
            feed: Feed::new(settings.max_streams),
            resources: Resources::new(ports, settings),
            live: ArcSwapOption::empty(),
            deploys: Deploys::default(),
        }
    }

    /// Swaps the live snapshot in whole; requests in flight finish on the one they hold. Unless it is the first,
    /// every open stream hears then, once for each kind of list, that it changed.
    pub fn publish(&self, snapshot: Snapshot) {
        self.swap(Live::new(snapshot, self.settings()));
    }

    /// Publishes a snapshot that nobody signed, if it differs from the live one, and says in what. For a developer's
    /// own machine.
    pub fn reload(&self, snapshot: Snapshot) -> Option<Changes> {
        let live = self.live();
        let changes = Changes::between(live.as_ref().map(|live| &*live.snapshot), &snapshot);
        if live.is_some() && changes.is_empty() {
            return None;
        }
        self.publish(snapshot);
        Some(changes)
    }

    fn swap(&self, live: Live) {
        self.swap_back(Some(Arc::new(live)));
    }

    fn swap_back(&self, live: Option<Arc<Live>>) {
        if self.live.swap(live).is_some() {
            self.feed.announce(&Kind::ALL);
        }
    }

    /// Ends every notification stream politely, and those that are opened later at once: for a host that is about
    /// to end. Calls that run are not touched.
    pub fn close_streams(&self) {
        self.feed.close();
    }

    /// How many notification streams are open.
    pub fn open_streams(&self) -> usize {
        self.feed.len()
    }

    /// Answers one HTTP request: the MCP endpoint, pushes, `/.well-known/agent-skills/`, `/healthz`, `/readyz`, 404
    /// for the rest. The body must have been read in full; it need not be larger than one byte over what [`Host::admit`] allows.
    pub async fn handle(self: &Arc<Self>, request: Request<Bytes>) -> Response<Body> {
        match request.uri().path() {
            path if deploy::serves(path) => {
                let (head, body) = request.into_parts();
                deploy::serve(self, &head, body).await
            }
            path if path == self.settings().mcp_path => endpoint::serve(self, request).await,
            path if agent_skills::serves(self, path) => agent_skills::serve(self, &request),
            "/healthz" => plain(StatusCode::OK, "ok\n"),
            "/readyz" if self.live.load().is_some() => plain(StatusCode::OK, "ready\n"),
            "/readyz" => plain(StatusCode::SERVICE_UNAVAILABLE, "no deployment is loaded yet\n"),
            _ => plain(StatusCode::NOT_FOUND, "not found\n"),
        }
    }

    /// Logs a fault under a fresh id and returns it, ready to go out.
    pub fn record(&self, fault: Fault) -> Fault {
        self.resources.ports.record(fault)
    }

    /// What the operator set.
    pub fn settings(&self) -> &Settings {
        &self.resources.settings
    }

    fn live(&self) -> Option<Arc<Live>> {
        self.live.load_full()
    }

    /// Does what a request asks for and writes its answer. A panic on the way is a fault like any other.
    async fn call(
        self: Arc<Self>,
        live: Arc<Live>,
        version: Version,
        id: Id,
        call: Call,
        outbox: Arc<Outbox>,
    ) -> Bytes {
        let announcements = Arc::new(Announcements::default());
        let _announcer = Announcer::new(self.clone(), announcements.clone());
        let context = CallContext {
            snapshot: live.snapshot.clone(),
            principal: Principal::anonymous(),
            session: None,
            notify: outbox,
            announcements,
        };
        let work = async {
            match call {
                Call::Tool(call) => self.tool(&live, &context, version, call).await,
                Call::Read(uri) => Ok(read::read(&self, &live, &context, version, &uri).await),
            }
        };
        let done = AssertUnwindSafe(work)
            .catch_unwind()
            .await
            .unwrap_or_else(|panic| Err(Fault::new(format!("panicked: {}", panic_text(&*panic))).into()));
        match done.unwrap_or_else(|failure| Err(self.rpc_error(failure))) {
            Ok(result) => jsonrpc::result(&id, &result),
            Err(error) => jsonrpc::error(Some(&id), &error),
        }
    }

    async fn tool(
        &self,
        live: &Live,
        context: &CallContext,
        version: Version,
        call: ToolCall,
    ) -> Result<Result<String, RpcError>, Failure> {
        let Some(tool) = tools::resolve(&call.name) else {
            return Ok(Err(methods::unknown_tool(&call.name)));
        };
        let arguments = Value::Object(call.arguments);
        let Answer { structured, is_error } =
            flow::call::call(&self.resources, context, tool, arguments).await?;
        Ok(Ok(live.surface.tool_result(&json(&structured), is_error, version)))
    }

    fn rpc_error(&self, failure: Failure) -> RpcError {
        match failure {
            Failure::Reject(reject) => {
                let data = serde_json::json!({"code": reject.code, "details": reject.details});
                RpcError::invalid_params(reject.message).data(data)
            }
            Failure::Fault(fault) => {
                let fault = self.record(fault);
                RpcError::new(INTERNAL_ERROR, format!("internal error (id {})", fault.id))
            }
        }
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = rules::document(status, Bytes::from_static(text.as_bytes()));
    let content_type = http::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, content_type);
    response
}

#[cfg(test)]
mod tests;
