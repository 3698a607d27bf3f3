//! Operation ⇄ HTTP exchange. Pure both ways; never opens a connection.
//!
//! A driver loops: [`plan`] until it says [`Next::Send`], fetching and handing in tokens when it says
//! [`Next::Token`]; then one fetch; then [`finish`].

use serde_json::{Value, json};

use crate::openapi::operation::{Operation, Spec};
use crate::ports::{FetchError, Inbound, Outbound, Secrets};
use crate::settings::UpstreamSettings;

pub mod credentials;
pub mod guard;
pub mod request;
pub mod response;

pub use credentials::{Redactions, TokenRequest, Tokens};

/// What a call may use besides its input.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// The operation's spec, for its security schemes.
    pub spec: &'a Spec,
    /// Names in the manifest's `secrets[]`: no other is ever asked for.
    pub declared: &'a [String],
    /// Values of secrets.
    pub secrets: &'a dyn Secrets,
    /// Access tokens fetched so far.
    pub tokens: &'a Tokens,
    /// Limits, and where private addresses are allowed.
    pub settings: &'a UpstreamSettings,
    /// Sixteen random bytes; make the multipart boundary.
    pub nonce: [u8; 16],
    /// Milliseconds since the Unix epoch.
    pub now_ms: u64,
}

/// What has to happen next.
#[derive(Debug)]
pub enum Next {
    /// Fetch this; then [`finish`].
    Send(Plan),
    /// Fetch `request.outbound`, hand the answer to [`Tokens::accept`], then plan again.
    Token(TokenRequest),
}

/// One request, complete, and what must never be shown of it.
#[derive(Debug)]
pub struct Plan {
    /// For `ports::Fetch`.
    pub outbound: Outbound,
    /// Every secret value in it.
    pub redactions: Redactions,
}

/// A successful answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// JSON as it is, text as a string, anything else as `{contentType, base64}`, no content as null.
    pub value: Value,
    /// The HTTP status, 2xx.
    pub status: u16,
    /// How the answer differs from its schema; the value is complete all the same.
    pub warnings: Vec<String>,
}

/// Why a call has no answer. Goes to the script word for word; never carries a secret.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolError {
    /// `VALIDATION`, `NOT_FOUND`, `ACCESS_DENIED`, `RATE_LIMITED`, `TIMEOUT`, `HTTP_<status>`, …
    pub code: String,
    /// What is wrong and how to mend it.
    pub message: String,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Violations, or the answer's body, bounded.
    pub details: Option<Value>,
    /// Seconds after which trying again makes sense.
    pub retry_after_s: Option<u64>,
}

impl ToolError {
    /// An error with a code and a message only.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status: None, details: None, retry_after_s: None }
    }

    /// The object a script catches: `{code, message, toolName, status?, details?, retryAfter?}`.
    pub fn to_json(&self, tool: &str) -> Value {
        let mut object = json!({ "code": self.code, "message": self.message, "toolName": tool });
        if let Some(status) = self.status {
            object["status"] = status.into();
        }
        if let Some(details) = &self.details {
            object["details"] = details.clone();
        }
        if let Some(seconds) = self.retry_after_s {
            object["retryAfter"] = seconds.into();
        }
        object
    }
}

/// Checks the input, finds the credentials and builds the request.
pub fn plan(operation: &Operation, input: &Value, terms: &Terms<'_>) -> Result<Next, ToolError> {
    let _ = (operation, input, terms);
    todo!("upstream::plan")
}

/// Reads the answer, or says why there is none.
pub fn finish(
    operation: &Operation,
    answer: Result<Inbound, FetchError>,
    redactions: &Redactions,
) -> Result<Outcome, ToolError> {
    let _ = (operation, answer, redactions);
    todo!("upstream::finish")
}
