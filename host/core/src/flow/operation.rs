//! One upstream call, whoever asked for it: plan, fetch a token if need be, fetch, read the answer.

use http::StatusCode;
use serde_json::Value;

use super::Resources;
use crate::openapi::operation::Operation;
use crate::ports::Inbound;
use crate::registry::snapshot::Snapshot;
use crate::upstream::{self, Next, Outcome, Plan, Terms, TokenRequest, ToolError};

/// Requests of one call to token endpoints, at most.
const MAX_TOKENS: usize = 4;

/// Performs an operation. The caller has checked that it is granted.
pub(super) async fn perform(
    resources: &Resources,
    snapshot: &Snapshot,
    operation: &Operation,
    input: &Value,
) -> Result<Outcome, ToolError> {
    let mut fetched = 0;
    let mut refused: Option<(Plan, Inbound)> = None;
    let mut retried = false;
    loop {
        match plan(resources, snapshot, operation, input)? {
            Next::Token(_) if fetched == MAX_TOKENS => {
                return Err(ToolError::new("UNAUTHORIZED", "The token endpoint's tokens expire at once"));
            }
            Next::Token(request) => {
                fetch_token(resources, &request).await?;
                fetched += 1;
                refused = None;
            }
            Next::Send(plan) => {
                if let Some((plan, answer)) = refused {
                    return upstream::finish(operation, Ok(answer), &plan.redactions);
                }
                match resources.ports.fetch.fetch(plan.outbound.clone()).await {
                    // The token may have been revoked. If there was one, planning again asks for another.
                    Ok(answer) if answer.status == StatusCode::UNAUTHORIZED && !retried => {
                        resources.tokens.discard(&plan);
                        refused = Some((plan, answer));
                        retried = true;
                    }
                    answer => return upstream::finish(operation, answer, &plan.redactions),
                }
            }
        }
    }
}

/// Calls that need a token at the same time may each fetch one; the last one stays.
async fn fetch_token(resources: &Resources, request: &TokenRequest) -> Result<(), ToolError> {
    let ports = &resources.ports;
    let answer = ports.fetch.fetch(request.outbound.clone()).await;
    resources.tokens.accept(request, answer, ports.clock.now_ms())
}

fn plan(
    resources: &Resources,
    snapshot: &Snapshot,
    operation: &Operation,
    input: &Value,
) -> Result<Next, ToolError> {
    let Some(spec) = snapshot.specs.get(&operation.spec) else {
        return Err(ToolError::new("NOT_FOUND", format!("Tool `{}` was not found", operation.tool())));
    };
    let ports = &resources.ports;
    let mut nonce = [0; 16];
    ports.entropy.fill(&mut nonce);
    let terms = Terms {
        spec,
        declared: &snapshot.secrets,
        secrets: &*ports.secrets,
        tokens: &resources.tokens,
        settings: &resources.settings.upstream,
        nonce,
        now_ms: ports.clock.now_ms(),
    };
    upstream::plan(operation, input, &terms)
}

#[cfg(test)]
#[path = "operation_tests.rs"]
mod tests;
