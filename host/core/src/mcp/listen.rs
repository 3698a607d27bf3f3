//! What `subscriptions/listen` asks for, and how changes of lists are written. Never keeps a subscription.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::mcp::jsonrpc::{self, INVALID_REQUEST, Id, RpcError, json as text};
use crate::mcp::watch::Watched;

/// The `_meta` key that says which subscription a notification belongs to.
pub const SUBSCRIPTION_ID_KEY: &str = "io.modelcontextprotocol/subscriptionId";

/// Longest id of a subscription, written out: it is kept as long as the stream and repeated in every message.
const MAX_ID_BYTES: usize = 1024;
/// Resources of one subscription, and the bytes of all their URIs: they are kept as long as the stream.
const MAX_WATCHED: usize = 256;
const MAX_WATCHED_BYTES: usize = 64 << 10;
const RESOURCE_SUBSCRIPTIONS: &str = "resourceSubscriptions";
const UPDATED: &str = "notifications/resources/updated";

/// A list that clients see, whose changes are announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The skills behind the tools. Our extension: `skillsListChanged`, `notifications/skills/list_changed`.
    Skills,
    /// `tools/list`
    Tools,
    /// `resources/list` and `resources/templates/list`
    Resources,
    /// `prompts/list`
    Prompts,
}

impl Kind {
    /// Every kind, in the order in which they are announced.
    pub const ALL: [Self; 4] = [Self::Skills, Self::Tools, Self::Resources, Self::Prompts];

    /// The member of `params.notifications` that asks for it.
    fn member(self) -> &'static str {
        match self {
            Self::Skills => "skillsListChanged",
            Self::Tools => "toolsListChanged",
            Self::Resources => "resourcesListChanged",
            Self::Prompts => "promptsListChanged",
        }
    }

    /// The method of the notification that it changed.
    pub fn method(self) -> &'static str {
        match self {
            Self::Skills => "notifications/skills/list_changed",
            Self::Tools => "notifications/tools/list_changed",
            Self::Resources => "notifications/resources/list_changed",
            Self::Prompts => "notifications/prompts/list_changed",
        }
    }

    /// The notification of versions up to 2025-11-25, which belongs to no subscription.
    pub fn unasked(self) -> Bytes {
        jsonrpc::notification(self.method(), "{}")
    }
}

/// Something that happened to what clients see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A list is another one now.
    List(Kind),
    /// The content of the resource of this URI is.
    Updated(Arc<str>),
}

impl Change {
    /// The notification of versions up to 2025-11-25, which belongs to no subscription.
    pub fn unasked(self) -> Bytes {
        match self {
            Self::List(kind) => kind.unasked(),
            Self::Updated(uri) => jsonrpc::notification(UPDATED, &text(&json!({ "uri": &*uri }))),
        }
    }
}

/// A well-formed `subscriptions/listen`: its id, and what it asks for of what this server announces.
#[derive(Debug, Clone, PartialEq)]
pub struct Listen {
    id: Id,
    kinds: Vec<Kind>,
    watched: Vec<Watched>,
}

impl Listen {
    /// Reads the parameters. Members nobody knows are ignored; so are resources that are never announced one by one.
    ///
    /// # Errors
    /// `-32602` naming the member that is missing or malformed; `-32600` for an id that is too long to repeat.
    pub fn parse(id: &Id, params: &Map<String, Value>) -> Result<Self, RpcError> {
        if text(id).len() > MAX_ID_BYTES {
            let message = format!("the id of a subscription has at most {MAX_ID_BYTES} bytes");
            return Err(RpcError::new(INVALID_REQUEST, message));
        }
        let Some(Value::Object(asked)) = params.get("notifications") else {
            return Err(RpcError::invalid_params("params.notifications must be an object"));
        };
        let watched = watched(asked)?;
        let mut kinds = Vec::new();
        for kind in Kind::ALL {
            match asked.get(kind.member()) {
                None | Some(Value::Bool(false)) => {}
                Some(Value::Bool(true)) => kinds.push(kind),
                Some(_) => return Err(malformed(kind.member(), "must be a boolean")),
            }
        }
        Ok(Self { id: id.clone(), kinds, watched })
    }

    /// The kinds of list it wants to hear of.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The resources it wants to hear of.
    pub fn watched(&self) -> &[Watched] {
        &self.watched
    }

    /// The first message of the subscription: what of it was accepted.
    pub fn acknowledged(&self) -> Bytes {
        let mut accepted: Map<String, Value> =
            self.kinds.iter().map(|kind| (kind.member().to_owned(), Value::Bool(true))).collect();
        if !self.watched.is_empty() {
            let uris = self.watched.iter().map(Watched::uri).collect();
            accepted.insert(RESOURCE_SUBSCRIPTIONS.to_owned(), uris);
        }
        let params = json!({"notifications": accepted, "_meta": {SUBSCRIPTION_ID_KEY: self.id}});
        jsonrpc::notification("notifications/subscriptions/acknowledged", &text(&params))
    }

    /// Says what happened.
    pub fn changed(&self, change: &Change) -> Bytes {
        let meta = json!({SUBSCRIPTION_ID_KEY: self.id});
        match change {
            Change::List(kind) => jsonrpc::notification(kind.method(), &text(&json!({"_meta": meta}))),
            Change::Updated(uri) => {
                jsonrpc::notification(UPDATED, &text(&json!({"uri": &**uri, "_meta": meta})))
            }
        }
    }

    /// The answer to the request itself, which ends the subscription: `result` is `Surface::listen_end`.
    pub fn ended(&self, result: &str) -> Bytes {
        jsonrpc::result(&self.id, result)
    }

    /// The id of the request and of the subscription.
    pub fn id(&self) -> &Id {
        &self.id
    }
}

/// The resources asked for, each once, in the order in which they were named.
fn watched(asked: &Map<String, Value>) -> Result<Vec<Watched>, RpcError> {
    let uris = match asked.get(RESOURCE_SUBSCRIPTIONS) {
        None => return Ok(Vec::new()),
        Some(Value::Array(uris)) => uris.iter().map(Value::as_str).collect::<Option<Vec<&str>>>(),
        Some(_) => None,
    };
    let uris = uris.ok_or_else(|| malformed(RESOURCE_SUBSCRIPTIONS, "must be an array of URIs"))?;
    let bytes: usize = uris.iter().map(|uri| uri.len()).sum();
    if uris.len() > MAX_WATCHED || bytes > MAX_WATCHED_BYTES {
        let most = format!("has at most {MAX_WATCHED} URIs of {MAX_WATCHED_BYTES} bytes together");
        return Err(malformed(RESOURCE_SUBSCRIPTIONS, &most));
    }
    let mut watched: Vec<Watched> = Vec::new();
    for each in uris.into_iter().filter_map(Watched::new) {
        if !watched.contains(&each) {
            watched.push(each);
        }
    }
    Ok(watched)
}

fn malformed(member: &str, problem: &str) -> RpcError {
    RpcError::invalid_params(format!("params.notifications.{member} {problem}"))
}

#[cfg(test)]
#[path = "listen_tests.rs"]
mod tests;
