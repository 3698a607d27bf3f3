//! One read of a resource that an operation answers: the same way as any call of it. Decides nothing itself.

use serde_json::Value;

use super::Resources;
use super::audit::Trail;
use super::operation;
use crate::codecall::CallContext;
use crate::openapi::operation::Operation;
use crate::reject::Fault;
use crate::upstream::{Outcome, ToolError};

/// Performs a GET operation. The caller has found it among the resources, so it is granted. What has to be on record is
/// durable before this returns.
pub(crate) async fn read(
    resources: &Resources,
    context: &CallContext,
    operation: &Operation,
    input: &Value,
) -> Result<Result<Outcome, ToolError>, Fault> {
    let trail = Trail::of_read(resources, context, input);
    let attempt = trail.attempt(&operation.tool(), input);
    let outcome = operation::perform(resources, &context.snapshot, operation, input).await;
    attempt.ended(&outcome);
    trail.finish_read().await?;
    Ok(outcome)
}
