//! The host: one snapshot, the ports, and the entry points a shell calls. Drives everything, decides little.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response, StatusCode};
use serde_json::Value;

use crate::auth::{self, Principal};
use crate::codecall::{Announcements, CallContext, tools};
use crate::flow::{self, Resources};
use crate::host::announce::Announcer;
use crate::host::audit::Ration;
use crate::host::deploy::Deploys;
use crate::host::feed::Feed;
use crate::host::legacy::Legacy;
use crate::host::live::Live;
use crate::host::outbox::Outbox;
use crate::host::session::Sessions;
use crate::host::turnstile::{Crowded, Limits, Pass, Turnstile};
use crate::mcp::jsonrpc::{self, INTERNAL_ERROR, Id, RpcError};
use crate::mcp::methods::{self, Call, ToolCall};
use crate::mcp::version::Version;
use crate::ports::{BoxFuture, Ports};
use crate::registry::diff::Changes;
use crate::registry::snapshot::Snapshot;
use crate::reject::{Failure, Fault};
use crate::settings::Settings;
use crate::transport::Body;
use crate::transport::http as rules;

mod agent_skills;
mod announce;
mod audit;
mod deploy;
mod endpoint;
mod exchange;
mod feed;
mod legacy;
mod live;
mod outbox;
mod place;
mod read;
mod session;
mod shipped;
mod sse;
mod stdio;
mod stream;
mod turnstile;

pub use deploy::{Admission, Restored};
pub use place::Place;
pub use session::SessionName;
pub use shipped::{Current, Published};
pub use stdio::Stdio;

/// The host logic, shared by every shell.
pub struct Host {
    resources: Resources,
    live: Arc<ArcSwapOption<Live>>,
    deploys: Deploys,
    feed: Arc<Feed>,
    sessions: Option<Arc<Sessions>>,
    auth_failures: Ration,
    turnstile: Arc<Turnstile>,
}

/// Whose call it is.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    principal: Principal,
    /// The session it belongs to, where there are any.
    session: Option<String>,
    /// Its place among the calls that run; whoever started the program needs none.
    pass: Option<Arc<Pass>>,
}

impl Host {
    /// A host without a snapshot: alive, not ready.
    pub fn new(ports: Ports, settings: Settings) -> Self {
        let streams = Limits {
            total: settings.max_streams,
            per_principal: settings.sessions.max_streams_per_principal,
        };
        // One for both kinds: what one may read is counted in one place.
        let streams = Turnstile::new(streams);
        let calls = Limits { total: settings.calls.total, per_principal: settings.calls.per_principal };
        let sessions = ports.sessions.clone().map(|storage| {
            let (clock, entropy) = (ports.clock.clone(), ports.entropy.clone());
            let limits = settings.sessions.clone();
            Arc::new(Sessions::new(storage, clock, entropy, limits, streams.clone()))
        });
        Self {
            sessions,
            feed: Feed::new(streams),
            turnstile: Turnstile::new(calls),
            resources: Resources::new(ports, settings),
            live: Arc::default(),
            deploys: Deploys::default(),
            auth_failures: Ration::default(),
        }
    }

    /// Swaps the live snapshot in whole; requests in flight finish on the one they hold. Unless it is the first,
    /// every open stream hears then, once for each kind of list, that it changed.
    pub fn publish(&self, snapshot: Snapshot) {
        let told = self.swap(Live::new(snapshot, self.settings()));
        self.spawn(told);
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

    /// The future tells the sessions, whose streams outlive this process.
    fn swap(&self, live: Live) -> BoxFuture<'static, ()> {
        self.swap_back(Some(Arc::new(live)))
    }

    fn swap_back(&self, live: Option<Arc<Live>>) -> BoxFuture<'static, ()> {
        let is_first = self.live.swap(live.clone()).is_none();
        self.tell_of(live, !is_first)
    }

    /// Does it although nobody waits for it.
    fn spawn(&self, work: BoxFuture<'static, ()>) {
        if let Some(sessions) = &self.sessions {
            sessions.ports.tasks.spawn(work);
        }
    }

    /// Answers the calls that died with the process before this one. For a start, before anything is served.
    ///
    /// # Errors
    /// Storage is broken.
    pub async fn recover(&self) -> Result<(), Fault> {
        match &self.sessions {
            Some(sessions) => {
                session::call::recover(sessions, None, self.resources.ports.clock.now_ms()).await
            }
            None => Ok(()),
        }
    }

    /// The same for one session, where each has an instance of its own.
    ///
    /// # Errors
    /// Storage is broken.
    pub async fn recover_session(&self, id: &str) -> Result<(), Fault> {
        match &self.sessions {
            Some(sessions) => {
                session::call::recover(sessions, Some(id), self.resources.ports.clock.now_ms()).await
            }
            None => Ok(()),
        }
    }

    /// Notes that sessions whose streams are read here are in use; for an instance that leaves sweeping to others.
    pub async fn note_use(&self) {
        let Some(sessions) = &self.sessions else { return };
        if let Err(fault) = sessions.note_use(self.resources.ports.clock.now_ms()).await {
            self.record(fault);
        }
    }

    /// Ends some sessions that nobody uses and forgets some of what is old; for a shell to do now and then. Whether there
    /// may be more to do.
    pub async fn sweep(&self) -> bool {
        let Some(sessions) = &self.sessions else { return false };
        sessions.sweep().await.unwrap_or_else(|fault| {
            self.record(fault);
            false
        })
    }

    /// How requests of the older versions are answered that belong to a session or begin one. Others stand alone: who
    /// only asks once needs no session.
    fn legacy<'a>(
        self: &'a Arc<Self>,
        principal: &'a Principal,
        sent: &'a http::HeaderMap,
    ) -> Option<Legacy<'a>> {
        let sessions = self.sessions.as_ref()?;
        Some(Legacy { host: self, sessions, principal, sent, name: None })
    }

    /// Who makes a call, with a place for it.
    ///
    /// # Errors
    /// 429 or 503, if as many calls run as may.
    fn caller(
        &self,
        principal: &Principal,
        session: Option<&str>,
        id: Option<&Id>,
    ) -> Result<Caller, Response<Body>> {
        let pass = self.turnstile.enter(principal).map_err(|crowded| {
            let (status, message) = match crowded {
                Crowded::Principal => {
                    (StatusCode::TOO_MANY_REQUESTS, "you have as many calls as one may have")
                }
                Crowded::Total => {
                    (StatusCode::SERVICE_UNAVAILABLE, "there are as many calls as there may be")
                }
            };
            rules::turned_away(status, id, message)
        })?;
        let session = session.map(str::to_owned);
        Ok(Caller { principal: principal.clone(), session, pass: Some(pass) })
    }

    /// Who sends a request to the MCP endpoint, by the rules of what the request is to be served from; who cannot say so
    /// goes on record.
    async fn authenticate(&self, live: &Live, sent: &http::HeaderMap) -> Result<Principal, Response<Body>> {
        let Some(manifest) = &live.snapshot.manifest else { return Ok(Principal::anonymous()) };
        let secret = |name: &str| self.resources.ports.secrets.get(name);
        let refused = match auth::authenticate(&manifest.auth, sent, &secret) {
            Ok(principal) => return Ok(principal),
            Err(refused) => refused,
        };
        if let Err(fault) = self.record_auth_failure("unauthorized", refused.message).await {
            let fault = self.record(fault);
            return Err(rules::refusal(StatusCode::INTERNAL_SERVER_ERROR, &fault.to_string()));
        }
        let mut response = rules::refusal(StatusCode::UNAUTHORIZED, refused.message);
        response.headers_mut().insert(http::header::WWW_AUTHENTICATE, refused.challenge);
        Err(response)
    }

    /// Ends every notification stream politely, and those that are opened later at once: for a host that is about
    /// to end. Calls that run are not touched.
    pub fn close_streams(&self) {
        self.feed.close();
        self.sessions.iter().for_each(|sessions| sessions.bell.close());
    }

    /// How many notification streams are open.
    pub fn open_streams(&self) -> usize {
        self.feed.len() + self.sessions.as_ref().map_or(0, |sessions| sessions.bell.len())
    }

    /// How many calls run inside sessions, whether or not their clients are still there.
    pub fn running_calls(&self) -> usize {
        self.sessions.as_ref().map_or(0, |sessions| sessions.running_calls())
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
            path if sse::serves(path) => sse::serve(self, request).await,
            path if agent_skills::serves(self, path) => agent_skills::serve(self, &request).await,
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

    /// What the shell gave it.
    pub fn ports(&self) -> &Ports {
        &self.resources.ports
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
        caller: Caller,
        version: Version,
        id: Id,
        call: Call,
        outbox: Arc<Outbox>,
    ) -> Bytes {
        let _pass = caller.pass;
        let announcements = Arc::new(Announcements::default());
        let announcer = Announcer::new(self.clone(), announcements.clone());
        let context = CallContext {
            snapshot: live.snapshot.clone(),
            bundle_sha256: self.audited_bundle(&live),
            principal: caller.principal,
            session: caller.session,
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
        announcer.finish().await;
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
        let reply = flow::call::call(&self.resources, context, tool, arguments).await?;
        let (structured, is_error) = reply.into_text();
        Ok(Ok(live.surface.tool_result(&structured, is_error, version)))
    }

    /// The answer to a request for a subscription.
    fn subscribed(&self, id: &Id, kept: bool) -> Bytes {
        if kept {
            return jsonrpc::result(id, "{}");
        }
        let most = self.settings().sessions.max_subscriptions;
        let message = format!("a session has at most {most} subscriptions");
        jsonrpc::error(Some(id), &RpcError::invalid_params(message))
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
