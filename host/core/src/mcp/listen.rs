//! What `subscriptions/listen` asks for, and how changes of lists are written. Never keeps a subscription.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::mcp::jsonrpc::{self, INVALID_REQUEST, Id, RpcError, json as text};

/// The `_meta` key that says which subscription a notification belongs to.
pub const SUBSCRIPTION_ID_KEY: &str = "io.modelcontextprotocol/subscriptionId";

/// Longest id of a subscription, written out: it is kept as long as the stream and repeated in every message.
const MAX_ID_BYTES: usize = 1024;

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

    fn method(self) -> &'static str {
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

/// A well-formed `subscriptions/listen`: its id, and what it asks for of what this server announces.
#[derive(Debug, Clone, PartialEq)]
pub struct Listen {
    id: Id,
    kinds: Vec<Kind>,
}

impl Listen {
    /// Reads the parameters. Members nobody knows are ignored; `resourceSubscriptions` is checked and left out of
    /// what is accepted, as this server does not advertise it.
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
        check_uris(asked)?;
        let mut kinds = Vec::new();
        for kind in Kind::ALL {
            match asked.get(kind.member()) {
                None | Some(Value::Bool(false)) => {}
                Some(Value::Bool(true)) => kinds.push(kind),
                Some(_) => return Err(malformed(kind.member(), "must be a boolean")),
            }
        }
        Ok(Self { id: id.clone(), kinds })
    }

    /// The kinds of list it wants to hear of.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The first message of the subscription: what of it was accepted.
    pub fn acknowledged(&self) -> Bytes {
        let accepted: Map<String, Value> =
            self.kinds.iter().map(|kind| (kind.member().to_owned(), Value::Bool(true))).collect();
        let params = json!({"notifications": accepted, "_meta": {SUBSCRIPTION_ID_KEY: self.id}});
        jsonrpc::notification("notifications/subscriptions/acknowledged", &text(&params))
    }

    /// Says that a list is another one now.
    pub fn changed(&self, kind: Kind) -> Bytes {
        jsonrpc::notification(kind.method(), &text(&json!({"_meta": {SUBSCRIPTION_ID_KEY: self.id}})))
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

fn check_uris(asked: &Map<String, Value>) -> Result<(), RpcError> {
    const MEMBER: &str = "resourceSubscriptions";
    match asked.get(MEMBER) {
        None => Ok(()),
        Some(Value::Array(uris)) if uris.iter().all(Value::is_string) => Ok(()),
        Some(_) => Err(malformed(MEMBER, "must be an array of URIs")),
    }
}

fn malformed(member: &str, problem: &str) -> RpcError {
    RpcError::invalid_params(format!("params.notifications.{member} {problem}"))
}

#[cfg(test)]
#[path = "listen_tests.rs"]
mod tests;
