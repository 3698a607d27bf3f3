//! The meta-tools an agent sees: search skills, search knowledge, describe, execute, invoke.
//!
//! In domain terms: knows no JSON-RPC and no HTTP.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::auth::Principal;
use crate::json::written;
use crate::ports::{ScriptEvent, ScriptEventKind};
use crate::registry::snapshot::Snapshot;

mod announcements;
mod arguments;
pub mod describe;
pub mod execute;
pub mod invoke;
pub mod search;
pub mod tools;
mod typescript;

pub use announcements::Announcements;

/// The five tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// `codecall:searchSkills`
    SearchSkills,
    /// `codecall:searchKnowledge`
    SearchKnowledge,
    /// `codecall:describe`
    Describe,
    /// `codecall:execute`
    Execute,
    /// `codecall:invoke`
    Invoke,
}

/// What a tool answers. Refused arguments and failed operations are answers too (`is_error`), so that the
/// model can read and mend them.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The structured content.
    pub structured: Value,
    /// Whether it reports a failure.
    pub is_error: bool,
}

/// What goes out for a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// An answer, still to be written.
    Answer(Answer),
    /// The structured content of one that reports no failure, as JSON text: it was put together from texts, some of them a
    /// script's.
    Text(String),
}

impl Reply {
    /// The structured content, as JSON text, and whether it reports a failure.
    pub fn into_text(self) -> (String, bool) {
        match self {
            Self::Answer(answer) => (written(&answer.structured), answer.is_error),
            Self::Text(text) => (text, false),
        }
    }
}

#[cfg(test)]
impl Reply {
    /// The same as an answer.
    pub(crate) fn answer(self) -> Answer {
        match self {
            Self::Answer(answer) => answer,
            Self::Text(text) => {
                Answer { structured: serde_json::from_str(&text).expect("JSON"), is_error: false }
            }
        }
    }
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// What every call carries: one snapshot from start to end, who asks, and where notifications go.
#[derive(Clone)]
pub struct CallContext {
    /// The state this request holds.
    pub snapshot: Arc<Snapshot>,
    /// The digest of the bundle that is live, where there is an audit log that names it.
    pub bundle_sha256: Option<String>,
    /// Who asks.
    pub principal: Principal,
    /// The session id, where the protocol era has sessions.
    pub session: Option<String>,
    /// Receives log messages and events while the call runs.
    pub notify: Arc<dyn Notify>,
    /// Collects what the call changes.
    pub announcements: Arc<Announcements>,
}

/// Takes notifications that belong to a running call. Must not block.
pub trait Notify: Send + Sync {
    /// Hands over one notification; it may be dropped when the receiver is slow or gone.
    fn notify(&self, notification: Notification);
}

/// Something a running script tells the client.
#[derive(Debug, Clone, PartialEq)]
pub enum Notification {
    /// `mcpLog(level, message, meta)`; also used for nothing else.
    Log {
        /// An RFC 5424 level name: debug, info, notice, warning, error, critical, alert, emergency.
        level: String,
        /// `{message, ...meta}`.
        data: Value,
    },
    /// `mcpNotify(event, payload)`.
    Event {
        /// The event's name.
        event: String,
        /// Its payload.
        payload: Value,
    },
}

impl Notification {
    /// What a script's event tells the client; `console` tells it nothing.
    pub fn of(event: &ScriptEvent) -> Option<Self> {
        let json = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        match event.kind {
            ScriptEventKind::Console => None,
            ScriptEventKind::Notify => {
                Some(Self::Event { event: event.level.clone(), payload: json(&event.message) })
            }
            ScriptEventKind::Log => {
                let mut data = Map::new();
                data.insert("message".to_owned(), event.message.clone().into());
                match json(&event.data_json) {
                    Value::Object(meta) => data.extend(meta.into_iter().filter(|(key, _)| key != "message")),
                    _ if event.data_json.is_empty() => {}
                    other => {
                        data.insert("data".to_owned(), other);
                    }
                }
                Some(Self::Log { level: event.level.clone(), data: data.into() })
            }
        }
    }
}
