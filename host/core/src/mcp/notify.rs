//! Which notifications a request wants while it runs, and how they are written. Never queues or sends one.

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use crate::mcp::jsonrpc::{self, json};

/// Log levels of RFC 5424, least severe first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Everything.
    Debug,
    /// Ordinary progress.
    Info,
    /// Worth knowing; events of scripts have this level.
    Notice,
    /// Might become a problem.
    Warning,
    /// Something failed.
    Error,
    /// A component failed.
    Critical,
    /// Act now.
    Alert,
    /// Unusable.
    Emergency,
}

impl Level {
    const NAMES: [(&'static str, Self); 8] = [
        ("debug", Self::Debug),
        ("info", Self::Info),
        ("notice", Self::Notice),
        ("warning", Self::Warning),
        ("error", Self::Error),
        ("critical", Self::Critical),
        ("alert", Self::Alert),
        ("emergency", Self::Emergency),
    ];

    /// The level of exactly this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|(name, _)| *name == text).map(|(_, level)| level)
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        Self::NAMES[self as usize].0
    }

    /// Every name, for error messages.
    pub fn names() -> String {
        Self::NAMES.map(|(name, _)| name).join(", ")
    }
}

/// What a request asked to be told while it runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wants {
    /// Log messages at or above this level; none if absent.
    pub level: Option<Level>,
    /// Progress under this token; none if absent.
    pub progress_token: Option<Value>,
}

impl Wants {
    /// Whether anything could ever be sent.
    pub fn anything(&self) -> bool {
        self.level.is_some() || self.progress_token.is_some()
    }

    /// Whether a log message of this level is sent.
    pub fn logs(&self, level: Level) -> bool {
        self.level.is_some_and(|lowest| level >= lowest)
    }
}

/// `notifications/message`.
pub fn log(level: &str, logger: &str, data: &Value) -> Bytes {
    #[derive(Serialize)]
    struct Params<'a> {
        level: &'a str,
        logger: &'a str,
        data: &'a Value,
    }
    jsonrpc::notification("notifications/message", &json(&Params { level, logger, data }))
}

/// `notifications/progress` without a total.
pub fn progress(token: &Value, progress: u64, message: &str) -> Bytes {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Params<'a> {
        progress_token: &'a Value,
        progress: u64,
        message: &'a str,
    }
    let params = Params { progress_token: token, progress, message };
    jsonrpc::notification("notifications/progress", &json(&params))
}
