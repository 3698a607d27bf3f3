//! What a shell owes the core: the whole list of effects, as traits.
//!
//! Never implements one. Every future is `Send`; a single-threaded shell wraps its own.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::reject::Fault;

pub mod audit;
pub mod bundles;
pub mod sessions;

pub use audit::Audit;
pub use bundles::{Blobs, Bundles};
pub use sessions::{Events, Sessions};

/// A boxed, sendable future.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Everything the core may ask of its shell.
#[derive(Clone)]
pub struct Ports {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Outbound HTTP.
    pub fetch: Arc<dyn Fetch>,
    /// Fresh script sandboxes.
    pub sandbox: Arc<dyn Sandbox>,
    /// Secret values by name.
    pub secrets: Arc<dyn Secrets>,
    /// What an operator watches.
    pub log: Arc<dyn Log>,
    /// Durable storage, if the shell has any; without it no bundle is accepted.
    pub storage: Option<Storage>,
    /// Sessions of the older protocol versions, if the shell keeps any; without them each request stands alone.
    pub sessions: Option<SessionPorts>,
    /// Other instances of this host that serve the same deployment, if there are any.
    pub peers: Option<Arc<dyn Peers>>,
}

/// What sessions live in and by.
#[derive(Clone)]
pub struct SessionPorts {
    /// The sessions.
    pub sessions: Arc<dyn Sessions>,
    /// What their streams say.
    pub events: Arc<dyn Events>,
    /// What goes on when a client goes away.
    pub tasks: Arc<dyn Tasks>,
}

/// Durable storage. One process writes.
#[derive(Clone)]
pub struct Storage {
    /// Accepted bundles.
    pub bundles: Arc<dyn Bundles>,
    /// Their large artifacts.
    pub blobs: Arc<dyn Blobs>,
    /// Who did what, and what came of it.
    pub audit: Arc<dyn Audit>,
}

impl Ports {
    /// Logs a fault under a fresh id, unless it has one already, and returns it with the id.
    pub fn record(&self, mut fault: Fault) -> Fault {
        if fault.id.is_empty() {
            let mut id = [0; 8];
            self.entropy.fill(&mut id);
            fault.id = format!("{:016x}", u64::from_be_bytes(id));
            self.log.fault(&fault);
        }
        fault
    }
}

/// Wall-clock time and timers.
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;
    /// Microseconds from an arbitrary origin that never go back; for measuring, not for dates.
    fn monotonic_us(&self) -> u64;
    /// Resolves after at least `ms` milliseconds.
    fn sleep(&self, ms: u64) -> BoxFuture<'static, ()>;
}

/// Work that nobody waits for.
pub trait Tasks: Send + Sync {
    /// Runs it to its end, whoever goes away meanwhile.
    fn spawn(&self, work: BoxFuture<'static, ()>);
}

/// Instances of this host beside each other. They share storage, and tell each other what has no place there.
pub trait Peers: Send + Sync {
    /// Lets all others [hear](crate::Host::hear) it who have streams open. Who cannot be reached finds it in the log.
    fn tell(&self, news: News) -> BoxFuture<'_, ()>;
}

/// What changed, for everyone who listens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct News {
    /// Lists that are others now, by the methods of their notifications.
    pub lists: Vec<String>,
    /// URIs of resources whose content is another one.
    pub updated: Vec<String>,
}

impl News {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty() && self.updated.is_empty()
    }
}

/// Cryptographically secure randomness.
pub trait Entropy: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// Secret values. Names come from the manifest's `secrets[]`.
pub trait Secrets: Send + Sync {
    /// The value, if bound. Never logged, never part of an error.
    fn get(&self, name: &str) -> Option<String>;
}

/// Where an operator looks: log lines and figures.
pub trait Log: Send + Sync {
    /// Records a fault of ours under its id, once.
    fn fault(&self, fault: &Fault);
    /// A push was answered.
    fn pushed(&self, _push: &Pushed<'_>) {}
}

/// One answered push.
#[derive(Debug, Clone, Copy)]
pub struct Pushed<'a> {
    /// What came of it, e.g. `applied`.
    pub outcome: &'static str,
    /// Why, for a refusal.
    pub message: &'a str,
    /// SHA-256 of the bundle, once the signature was verified.
    pub bundle_sha256: Option<&'a str>,
    /// Its place in the order of bundles, once the signature was verified.
    pub seq: Option<u64>,
    /// Microseconds from request to answer.
    pub us: u64,
}

/// Outbound HTTP with the address guard's verdict enforced on the connection.
pub trait Fetch: Send + Sync {
    /// Performs one exchange. Never follows redirects, never uses a proxy, pins the checked address.
    fn fetch(&self, request: Outbound) -> BoxFuture<'_, Result<Inbound, FetchError>>;
}

/// One outbound request, complete. Debug output leaves out query and body, which may carry credentials.
#[derive(Clone)]
pub struct Outbound {
    /// The HTTP method.
    pub method: Method,
    /// The absolute URL, already checked by `upstream::guard::check_url`.
    pub url: Url,
    /// Headers, credentials included.
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Bytes,
    /// Whether private and loopback addresses are allowed for this host.
    pub allow_private: bool,
    /// Milliseconds for the whole exchange, connection included.
    pub timeout_ms: u64,
    /// Largest accepted response body, in bytes.
    pub max_response_bytes: usize,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.url[..url::Position::AfterPath];
        write!(
            formatter,
            "{} {place} ({} headers, {} bytes)",
            self.method,
            self.headers.len(),
            self.body.len()
        )
    }
}

/// One response, body read in full.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// The HTTP status.
    pub status: StatusCode,
    /// Response headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// Why an exchange did not produce a response. Display texts are safe for callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchError {
    /// The name resolved to an address that the guard refuses.
    ForbiddenAddress(IpAddr),
    /// The name did not resolve.
    Unresolved,
    /// No answer within the deadline.
    Timeout,
    /// The response body exceeded the cap, in bytes.
    TooLarge(usize),
    /// The connection failed; the text names the kind of failure only.
    Unreachable(String),
}

/// Makes fresh sandboxes. No instance ever serves two scripts.
pub trait Sandbox: Send + Sync {
    /// A fresh instance, or a fault when the pool is exhausted or broken.
    fn open(&self) -> Result<Box<dyn Script>, SandboxError>;
}

/// Why no sandbox could be had.
#[derive(Debug, Clone)]
pub enum SandboxError {
    /// All slots are taken; the caller may try again.
    Busy,
    /// Broken on our side.
    Fault(Fault),
}

impl From<Fault> for SandboxError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// One script in one fresh sandbox: `start` once, then `step` until it is done.
///
/// Follows `frontmcp:sandbox/engine` in `wit/`.
pub trait Script: Send {
    /// Evaluates the script up to its first wait.
    fn start(&mut self, start: ScriptStart) -> BoxFuture<'_, Result<ScriptStep, Fault>>;
    /// Settles calls and runs on to the next wait.
    fn step(&mut self, completions: Vec<Completion>, now_ms: u64)
    -> BoxFuture<'_, Result<ScriptStep, Fault>>;
}

/// What a sandbox needs to begin.
#[derive(Debug, Clone)]
pub struct ScriptStart {
    /// Plain JavaScript: the body of an async function, checked and stripped.
    pub source: String,
    /// The frozen scope, as JSON (see `script::run::Globals`).
    pub globals_json: String,
    /// The limits enforced inside the sandbox.
    pub limits: ScriptLimits,
    /// The clock the script sees, milliseconds since the Unix epoch.
    pub now_ms: u64,
    /// Seeds `Math.random`.
    pub seed: u64,
}

/// Limits enforced by the engine itself, the same in every shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScriptLimits {
    /// Heap, in bytes.
    pub memory_bytes: u64,
    /// JavaScript stack, in bytes.
    pub stack_bytes: u32,
    /// Calls that may be unsettled at once.
    pub max_pending_calls: u32,
    /// Calls in total.
    pub max_calls: u32,
    /// Engine steps of active compute (interrupt-handler ticks).
    pub max_steps: u64,
    /// The serialised result, in bytes.
    pub max_result_bytes: u32,
    /// Captured log text, in bytes.
    pub max_log_bytes: u32,
    /// Wall time of active compute per whole script, enforced by the shell where it can, in milliseconds.
    pub compute_ms: u64,
}

/// A call the script wants made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptCall {
    /// Unique within the script.
    pub id: u32,
    /// A tool name (`spec.operation`), as named by the scope or by `callTool`.
    pub tool: String,
    /// The arguments, as JSON.
    pub args_json: String,
}

/// The outcome of one call, handed back to the script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The call's id.
    pub id: u32,
    /// Whether the promise resolves or rejects.
    pub ok: bool,
    /// The value, or the error object `{code, message, toolName, ...}`, as JSON.
    pub json: String,
}

/// A line the script logged or an event it announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptEvent {
    /// `console`, `log` (mcpLog) or `notify` (mcpNotify).
    pub kind: ScriptEventKind,
    /// The level, or the event name for `notify`.
    pub level: String,
    /// The text, or the payload as JSON for `notify`.
    pub message: String,
    /// Structured data as JSON, empty for none.
    pub data_json: String,
}

/// Which function produced a [`ScriptEvent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptEventKind {
    /// `console.*`
    Console,
    /// `mcpLog`
    Log,
    /// `mcpNotify`
    Notify,
}

/// Where a script stands after a step.
#[derive(Debug, Clone)]
pub struct ScriptStep {
    /// What it waits for, or how it ended.
    pub state: ScriptState,
    /// Logged and announced since the last step, in order.
    pub events: Vec<ScriptEvent>,
    /// Engine steps spent so far.
    pub steps: u64,
    /// Highest heap use so far, in bytes.
    pub peak_memory_bytes: u64,
    /// Microseconds of active compute spent in this step, measured by the shell.
    pub compute_us: u64,
}

/// The three ways a step can end.
#[derive(Debug, Clone)]
pub enum ScriptState {
    /// These new calls were made; at least one call is unsettled.
    Pending(Vec<ScriptCall>),
    /// The script returned; its value as JSON.
    Done(String),
    /// It failed.
    Failed(ScriptError),
}

/// How a script failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptError {
    /// What kind of failure.
    pub kind: ScriptErrorKind,
    /// The error's name, e.g. `TypeError`.
    pub name: String,
    /// The error's message.
    pub message: String,
    /// Frames in the script's own coordinates.
    pub stack: String,
    /// For an error a tool call threw and nobody caught: the rejected completion's object, as JSON.
    pub tool_error_json: Option<String>,
}

/// Kinds of script failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptErrorKind {
    /// The engine could not parse it (the check should have caught that).
    Syntax,
    /// An uncaught exception.
    Exception,
    /// The heap limit.
    OutOfMemory,
    /// The stack limit.
    StackOverflow,
    /// It awaits something that nothing will settle.
    Deadlock,
    /// Too many calls, pending calls, or a result or log beyond its cap.
    Limit,
    /// The compute budget (steps or wall time) is spent.
    Timeout,
}
