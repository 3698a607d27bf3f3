//! Whose fault is it? [`Reject`] is the caller's and goes out word for word; [`Fault`] is ours and stays in.

use std::fmt;

use serde_json::Value;

/// A refusal that is the caller's to mend. Precise, safe to show, never carries a secret or a host path.
#[derive(Debug, Clone, PartialEq)]
pub struct Reject {
    /// A stable name of the refusal, e.g. `unknown_skill`.
    pub code: &'static str,
    /// What is wrong and how to mend it.
    pub message: String,
    /// Machine-readable details.
    pub details: Option<Value>,
}

impl Reject {
    /// A refusal without details.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: None }
    }

    /// The same refusal with machine-readable details.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Reject {}

/// Something broke on our side. Logged once where it happened; callers only learn the `id`.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Correlates the log line with the opaque answer.
    pub id: String,
    /// For the log only.
    pub detail: String,
}

impl Fault {
    /// A fault with a detail for the log; the id is filled in by whoever logs it.
    pub fn new(detail: impl Into<String>) -> Self {
        Self { id: String::new(), detail: detail.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "internal error (id {})", self.id)
    }
}

impl std::error::Error for Fault {}

/// What a step of the core can end with when it does not succeed.
#[derive(Debug, Clone)]
pub enum Failure {
    /// The caller's fault.
    Reject(Reject),
    /// Ours.
    Fault(Fault),
}

impl From<Reject> for Failure {
    fn from(reject: Reject) -> Self {
        Self::Reject(reject)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
