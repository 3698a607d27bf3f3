//! One upstream call, whoever asked for it: plan, fetch a token if need be, fetch, read the answer.

use serde_json::Value;

use crate::host::Host;
use crate::openapi::operation::Operation;
use crate::ports::FetchError;
use crate::registry::snapshot::Snapshot;
use crate::upstream::{self, Next, Outcome, Terms, TokenRequest, ToolError};

/// Tokens fetched for one call, at most: one per scheme, and none that expires at once loops for ever.
const MAX_TOKENS: usize = 4;

/// Performs an operation. The caller has checked that it is granted.
pub(super) async fn perform(
    host: &Host,
    snapshot: &Snapshot,
    operation: &Operation,
    input: &Value,
) -> Result<Outcome, ToolError> {
    let ports = host.ports();
    let Some(spec) = snapshot.specs.get(&operation.spec) else {
        return Err(ToolError::new("NOT_FOUND", format!("Tool `{}` was not found", operation.tool())));
    };
    for _ in 0..=MAX_TOKENS {
        let mut nonce = [0; 16];
        ports.entropy.fill(&mut nonce);
        let terms = Terms {
            spec,
            declared: &snapshot.secrets,
            secrets: &*ports.secrets,
            tokens: &host.shared().tokens,
            settings: &host.settings().upstream,
            nonce,
            now_ms: ports.clock.now_ms(),
        };
        match upstream::plan(operation, input, &terms)? {
            Next::Send(plan) => {
                let answer = ports.fetch.fetch(plan.outbound).await;
                return upstream::finish(operation, answer, &plan.redactions);
            }
            Next::Token(request) => fetch_token(host, &request).await?,
        }
    }
    Err(ToolError::new("UNAUTHORIZED", "The token endpoint's tokens do not satisfy the operation"))
}

/// Calls that need a token at the same time may each fetch one; the last one stays.
async fn fetch_token(host: &Host, request: &TokenRequest) -> Result<(), ToolError> {
    let answer = host.ports().fetch.fetch(request.outbound.clone()).await.map_err(|error| no_token(&error))?;
    host.shared().tokens.accept(request, answer, host.ports().clock.now_ms())
}

fn no_token(error: &FetchError) -> ToolError {
    let (code, reason) = match error {
        FetchError::Timeout => ("TIMEOUT", "did not answer in time".to_owned()),
        FetchError::ForbiddenAddress(_) => ("UNREACHABLE", "has an address that is not allowed".to_owned()),
        FetchError::Unresolved => ("UNREACHABLE", "has a name that does not resolve".to_owned()),
        FetchError::TooLarge(limit) => ("UPSTREAM", format!("answered with more than {limit} bytes")),
        FetchError::Unreachable(kind) => ("UNREACHABLE", format!("is not reachable: {kind}")),
    };
    ToolError::new(code, format!("The token endpoint {reason}"))
}
