//! Sessions of the versions up to 2025-11-25: begun, found, used and ended. What must survive is in storage; here is
//! what is quicker to have at hand. Never lets one principal have another's.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::stream::AbortHandle;

use crate::auth::Principal;
use crate::host::turnstile::Turnstile;
use crate::mcp::jsonrpc::{INVALID_REQUEST, Id, Notification, RpcError};
use crate::mcp::notify::Level;
use crate::mcp::version::Version;
use crate::mcp::watch::Watched;
use crate::ports::sessions::{Created, Session, SessionLimits};
use crate::ports::{Clock, Entropy, SessionPorts};
use crate::reject::Fault;
use crate::settings::SessionSettings;

use bell::Bell;

pub(crate) mod bell;
pub(crate) mod call;
pub(crate) mod tail;

/// Random bytes of a session id.
const ID_BYTES: usize = 24;
/// Sessions at hand; the others are looked up when they are used.
const AT_HAND: usize = 16_384;
/// Calls one session may have at once.
const MAX_CALLS: usize = 256;
/// Longest id of a request, written out, that is kept while the request runs.
const MAX_REQUEST_ID: usize = 1024;
/// Milliseconds between two looks at whether a session that is to end has calls left.
const LINGER_MS: u64 = 50;
/// Sessions that one step of a sweep ends.
const ENDED_AT_ONCE: usize = 1_000;

/// The id of a session that is yet to begin: for a shell that has a place of its own for each session, and must know
/// the place before it asks. It goes with the request, as an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionName(String);

impl SessionName {
    /// A new one, which nobody can guess.
    pub fn draw(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; ID_BYTES];
        entropy.fill(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// One that was drawn before; `None` for what never was.
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == ID_BYTES);
        is_one.then(|| Self(text.to_owned()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// All sessions.
pub(crate) struct Sessions {
    pub(crate) ports: SessionPorts,
    pub(crate) bell: Arc<Bell>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: SessionSettings,
    at_hand: Mutex<HashMap<String, Arc<Open>>>,
}

/// A session in use.
pub(crate) struct Open {
    pub(crate) id: String,
    /// See [`Principal::key`].
    pub(crate) principal: String,
    state: Mutex<State>,
    /// Held from a change of subscriptions until it is noted here, so that an older set never takes a newer one's place.
    subscribing: futures_util::lock::Mutex<()>,
}

struct State {
    version: Option<Version>,
    level: Option<Level>,
    seen_ms: u64,
    /// When storage last heard that it was used.
    noted_ms: u64,
    /// Known once somebody reads its stream or subscribes.
    subscriptions: Option<HashSet<String>>,
    running: HashMap<Id, AbortHandle>,
    /// The ends of calls' streams that could not be written when they were due.
    owed: HashMap<u64, Vec<Bytes>>,
}

impl Sessions {
    pub(crate) fn new(
        ports: SessionPorts,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: SessionSettings,
        streams: Arc<Turnstile>,
    ) -> Self {
        Self { ports, bell: Bell::new(streams), clock, entropy, settings, at_hand: Mutex::default() }
    }

    /// Begins a session; without a version, one that is still to be negotiated.
    ///
    /// # Errors
    /// Storage failed.
    pub(crate) async fn begin(
        &self,
        principal: &Principal,
        version: Option<Version>,
        name: Option<SessionName>,
    ) -> Result<Result<Arc<Open>, Created>, Fault> {
        let SessionName(id) = name.unwrap_or_else(|| SessionName::draw(&*self.entropy));
        let now_ms = self.clock.now_ms();
        let session = Session {
            principal: principal.key(),
            version: version.map(|version| version.as_str().to_owned()).unwrap_or_default(),
            level: None,
            seen_ms: now_ms,
        };
        // Everybody is the same principal on a server without authentication.
        let per_principal = if principal.is_anonymous() { u64::MAX } else { self.settings.max_per_principal };
        let limits = SessionLimits { total: self.settings.max_sessions, per_principal };
        match self.ports.sessions.create(&id, session.clone(), limits).await? {
            Created::Kept => Ok(Ok(self.keep_at_hand(Open::new(id, &session)))),
            refused => Ok(Err(refused)),
        }
    }

    /// The session of this id, if it is there and this principal's. Using it keeps it.
    ///
    /// # Errors
    /// Storage failed.
    pub(crate) async fn find(&self, id: &str, principal: &Principal) -> Result<Option<Arc<Open>>, Fault> {
        if id.len() > 2 * ID_BYTES {
            return Ok(None);
        }
        let at_hand = self.at_hand().get(id).cloned();
        let is_at_hand = at_hand.is_some();
        let open = match at_hand {
            Some(open) => open,
            None => match self.ports.sessions.get(id).await? {
                Some(session) => self.keep_at_hand(Open::new(id.to_owned(), &session)),
                None => return Ok(None),
            },
        };
        let now_ms = self.clock.now_ms();
        if open.principal != principal.key() || open.is_idle(now_ms, self.settings.idle_ms) {
            return Ok(None);
        }
        let is_due = open.is_used(now_ms, self.settings.idle_ms / 16);
        // One that was fetched may have ended while it was on its way.
        if (is_due || !is_at_hand) && !self.ports.sessions.touch(id, now_ms).await? {
            self.drop_ended(id);
            return Ok(None);
        }
        Ok(Some(open))
    }

    /// Ends a session: its calls, its streams, and what is remembered of it.
    ///
    /// # Errors
    /// Storage failed.
    pub(crate) async fn end(&self, open: &Open) -> Result<(), Fault> {
        self.ports.sessions.end(&open.id).await?;
        self.drop_ended(&open.id);
        Ok(())
    }

    /// Ends a session once none of its calls runs any more: who goes away does not cancel them.
    ///
    /// # Errors
    /// Storage failed.
    pub(crate) async fn end_when_idle(&self, open: &Open) -> Result<(), Fault> {
        while open.is_busy() {
            self.clock.sleep(LINGER_MS).await;
        }
        self.end(open).await
    }

    /// What the session subscribed to hears of `uri` from now on, or no more. `false` if it has too many.
    ///
    /// # Errors
    /// Storage failed.
    pub(crate) async fn subscribe(&self, open: &Open, uri: &str, hears: bool) -> Result<bool, Fault> {
        let sessions = &self.ports.sessions;
        // What is never announced need not be remembered.
        let Some(watched) = Watched::new(uri) else { return Ok(true) };
        let uri = watched.key();
        let _turn = open.subscribing.lock().await;
        if !hears {
            sessions.unsubscribe(&open.id, uri).await?;
        } else if !sessions.subscribe(&open.id, uri, self.settings.max_subscriptions).await? {
            return Ok(false);
        }
        self.note_subscriptions(open).await.map(|()| true)
    }

    /// So that its stream is woken for what it subscribed to.
    pub(crate) async fn load_subscriptions(&self, open: &Open) -> Result<(), Fault> {
        let _turn = open.subscribing.lock().await;
        self.note_subscriptions(open).await
    }

    async fn note_subscriptions(&self, open: &Open) -> Result<(), Fault> {
        let uris = self.ports.sessions.subscriptions(&open.id).await?;
        open.state().subscriptions = Some(uris.into_iter().collect());
        Ok(())
    }

    /// Ends some idle sessions and forgets some old events. Whether there may be more.
    ///
    /// # Errors
    /// Storage failed.
    pub(crate) async fn sweep(&self) -> Result<bool, Fault> {
        let now_ms = self.clock.now_ms();
        self.note_use(now_ms).await?;
        let before_ms = now_ms.saturating_sub(self.settings.idle_ms);
        let ended = self.ports.sessions.expire(before_ms, ENDED_AT_ONCE).await?;
        ended.iter().for_each(|id| self.drop_ended(id));
        let more = self.ports.events.forget(now_ms.saturating_sub(self.settings.keep_events_ms)).await?;
        Ok(more || ended.len() == ENDED_AT_ONCE)
    }

    /// Sessions whose stream is being read are in use, although nothing arrives.
    pub(crate) async fn note_use(&self, now_ms: u64) -> Result<(), Fault> {
        for open in self.bell.sessions() {
            if open.is_used(now_ms, self.settings.idle_ms / 16) {
                self.ports.sessions.touch(&open.id, now_ms).await?;
            }
        }
        Ok(())
    }

    pub(crate) fn running_calls(&self) -> usize {
        self.at_hand().values().map(|open| open.state().running.len()).sum()
    }

    fn drop_ended(&self, id: &str) {
        let open = self.at_hand().remove(id);
        open.into_iter().for_each(|open| open.cancel_all());
        self.bell.end(id);
    }

    fn keep_at_hand(&self, open: Open) -> Arc<Open> {
        let mut at_hand = self.at_hand();
        if at_hand.len() >= AT_HAND {
            // Those that nobody holds are only looked up again.
            at_hand.retain(|_, open| Arc::strong_count(open) > 1 || open.is_busy() || open.owes());
        }
        at_hand.entry(open.id.clone()).or_insert_with(|| Arc::new(open)).clone()
    }

    /// No code panics between two writes, so a poisoned lock is as good as any.
    fn at_hand(&self) -> MutexGuard<'_, HashMap<String, Arc<Open>>> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn new(id: String, session: &Session) -> Self {
        let state = State {
            version: Version::parse(&session.version),
            level: session.level.as_deref().and_then(Level::parse),
            seen_ms: session.seen_ms,
            noted_ms: session.seen_ms,
            subscriptions: None,
            running: HashMap::new(),
            owed: HashMap::new(),
        };
        Self {
            id,
            principal: session.principal.clone(),
            state: Mutex::new(state),
            subscribing: Default::default(),
        }
    }

    /// Whose it is, if somebody vouches for them.
    fn vouched_principal(&self) -> Option<String> {
        (!Principal::is_anonymous_key(&self.principal)).then(|| self.principal.clone())
    }

    /// What was negotiated, if anything was.
    pub(crate) fn version(&self) -> Option<Version> {
        self.state().version
    }

    pub(crate) fn agree(&self, version: Version) {
        self.state().version = Some(version);
    }

    /// Every message, as long as the client did not say otherwise.
    pub(crate) fn level(&self) -> Level {
        self.state().level.unwrap_or(Level::Debug)
    }

    pub(crate) fn set_level(&self, level: Level) {
        self.state().level = Some(level);
    }

    /// Whether it asked to hear of the resource with this key, see [`Watched::key`].
    pub(crate) fn hears_of(&self, uri: &str) -> bool {
        self.state().subscriptions.as_ref().is_some_and(|uris| uris.contains(uri))
    }

    /// A request begins under its id.
    ///
    /// # Errors
    /// `-32600` if one is running under this id, or too many are.
    pub(crate) fn run(self: &Arc<Self>, id: &Id, handle: AbortHandle) -> Result<Running, RpcError> {
        if matches!(id, Id::String(text) if text.len() > MAX_REQUEST_ID) {
            let message = format!("a request id has at most {MAX_REQUEST_ID} bytes");
            return Err(RpcError::new(INVALID_REQUEST, message));
        }
        let running = &mut self.state().running;
        if running.contains_key(id) {
            return Err(RpcError::new(INVALID_REQUEST, "a request with this id is still running"));
        }
        if running.len() >= MAX_CALLS {
            return Err(RpcError::new(INVALID_REQUEST, format!("more than {MAX_CALLS} requests at once")));
        }
        running.insert(id.clone(), handle);
        Ok(Running { session: self.clone(), id: id.clone() })
    }

    /// The client wants no answer to this request any more. Unknown ids are nothing to speak of.
    fn cancel(&self, id: &Id) {
        let handle = self.state().running.get(id).cloned();
        handle.into_iter().for_each(|handle| handle.abort());
    }

    /// Heeds a notification of the client.
    pub(crate) fn take(&self, notification: &Notification) {
        if notification.method == "notifications/cancelled" {
            let id = notification.params.get("requestId");
            let id = id.and_then(|id| serde::Deserialize::deserialize(id).ok());
            id.iter().for_each(|id: &Id| self.cancel(id));
        }
    }

    fn cancel_all(&self) {
        let handles: Vec<AbortHandle> = self.state().running.values().cloned().collect();
        handles.iter().for_each(AbortHandle::abort);
    }

    /// This end of a call's stream is to be written when somebody comes back for it.
    fn owe(&self, call: u64, said: Vec<Bytes>) {
        let owed = &mut self.state().owed;
        if owed.len() < MAX_CALLS {
            owed.insert(call, said);
        }
    }

    fn owed(&self, call: u64) -> Option<Vec<Bytes>> {
        self.state().owed.get(&call).cloned()
    }

    fn is_paid(&self, call: u64) {
        self.state().owed.remove(&call);
    }

    fn owes(&self) -> bool {
        !self.state().owed.is_empty()
    }

    fn is_busy(&self) -> bool {
        !self.state().running.is_empty()
    }

    fn is_idle(&self, now_ms: u64, idle_ms: u64) -> bool {
        self.state().seen_ms + idle_ms < now_ms
    }

    /// Notes that it is used. Whether storage should hear of that, which it does now and then.
    fn is_used(&self, now_ms: u64, every_ms: u64) -> bool {
        let mut state = self.state();
        state.seen_ms = state.seen_ms.max(now_ms);
        let due = state.noted_ms + every_ms < now_ms;
        if due {
            state.noted_ms = now_ms;
        }
        due
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that runs. Dropping it frees its id.
pub(crate) struct Running {
    session: Arc<Open>,
    id: Id,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.session.state().running.remove(&self.id);
    }
}
