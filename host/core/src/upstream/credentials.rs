//! Which secret serves which security scheme, and how it goes onto the request. Never shows a value.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use super::ToolError;
use crate::ports::{Inbound, Outbound};

/// Secret values used in one request. Debug output shows none of them.
#[derive(Clone, Default)]
pub struct Redactions {
    values: Vec<String>,
}

impl fmt::Debug for Redactions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Redactions({})", self.values.len())
    }
}

/// A token that must be fetched before the call.
#[derive(Debug)]
pub struct TokenRequest {
    /// The token request, for `ports::Fetch`.
    pub outbound: Outbound,
    key: TokenKey,
    redactions: Redactions,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct TokenKey {}

/// Access tokens by who asked for what. Shared by all calls of a host; survives reloads.
#[derive(Default)]
pub struct Tokens {
    tokens: Mutex<BTreeMap<TokenKey, String>>,
}

impl Tokens {
    /// Keeps the token that answers `request`, or says why there is none.
    pub fn accept(&self, request: &TokenRequest, answer: Inbound, now_ms: u64) -> Result<(), ToolError> {
        let _ = (request, answer, now_ms, &self.tokens, &request.key, &request.redactions);
        todo!("credentials::accept")
    }
}
