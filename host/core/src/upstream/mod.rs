//! Operation ⇄ HTTP exchange. Pure both ways; never opens a connection.
//!
//! A driver loops: [`plan`] until it says [`Next::Send`], fetching a token and handing it to [`Tokens::accept`]
//! when it says [`Next::Token`] (at most once per security scheme); then one fetch; then [`finish`].

use serde_json::{Map, Value, json};
use url::Url;

use crate::openapi::operation::{Operation, Spec};
use crate::openapi::schema::Violation;
use crate::ports::{FetchError, Inbound, Outbound, Secrets};
use crate::settings::UpstreamSettings;

mod body;
pub mod credentials;
pub mod guard;
mod redact;
mod request;
mod response;
mod style;
#[cfg(test)]
mod testing;
mod token;

pub use redact::Redactions;
pub use token::{TokenRequest, Tokens};

use credentials::Found;
use token::TokenKey;

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

impl Terms<'_> {
    fn allows_private(&self, url: &Url) -> bool {
        let port = url.port_or_known_default().unwrap_or_default();
        url.host_str().is_some_and(|host| self.settings.allows_private(host.trim_matches(['[', ']']), port))
    }
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
    tokens: Vec<TokenKey>,
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
    /// How the value was read.
    pub form: Form,
}

/// How the body of an answer became a value; with its media type, without parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// There was none.
    Nothing,
    /// JSON.
    Json(String),
    /// A string.
    Text(String),
    /// `{contentType, base64}`.
    Bytes(String),
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
    pub details: Option<Box<Value>>,
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
            object["details"] = (**details).clone();
        }
        if let Some(seconds) = self.retry_after_s {
            object["retryAfter"] = seconds.into();
        }
        object
    }
}

/// Checks the input, finds the credentials and builds the request. A null input counts as an empty object.
pub fn plan(operation: &Operation, input: &Value, terms: &Terms<'_>) -> Result<Next, ToolError> {
    let nothing = Value::Object(Map::new());
    let input = if input.is_null() { &nothing } else { input };
    let checked = operation.checks.input(&operation.input_schema, input);
    let object = match (checked, input.as_object()) {
        (Ok(()), Some(object)) => object,
        (checked, _) => return Err(refused_input(operation, &checked.err().unwrap_or_default())),
    };
    let mut proof = match credentials::find(operation, terms)? {
        Found::Ready(proof) => proof,
        Found::Token(request) => return Ok(Next::Token(*request)),
    };
    let redactions = std::mem::take(&mut proof.redactions);
    let tokens = std::mem::take(&mut proof.tokens);
    let outbound = request::build(operation, object, proof, terms)?;
    Ok(Next::Send(Plan { outbound, redactions, tokens }))
}

fn refused_input(operation: &Operation, violations: &[Violation]) -> ToolError {
    let listed: Vec<String> = violations.iter().map(ToString::to_string).collect();
    let message = format!(
        "`{}` was not called, its input is invalid: {}. Describe the operation to see its input schema",
        operation.tool(),
        if listed.is_empty() { "it must be an object".to_owned() } else { listed.join("; ") }
    );
    let details = violations.iter().map(|each| json!({ "path": each.path, "message": each.message }));
    let details = json!({ "violations": details.collect::<Vec<_>>() });
    ToolError { details: Some(Box::new(details)), ..ToolError::new("VALIDATION", message) }
}

/// Reads the answer, or says why there is none.
pub fn finish(
    operation: &Operation,
    answer: Result<Inbound, FetchError>,
    redactions: &Redactions,
) -> Result<Outcome, ToolError> {
    match answer {
        Ok(answer) => response::read(operation, &answer, redactions),
        Err(error) => Err(response::unreachable(&error)),
    }
}
