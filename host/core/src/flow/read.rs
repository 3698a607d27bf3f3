//! One read of a resource that an operation answers: the same way as any call of it. Decides nothing itself.

use serde_json::Value;

use super::Resources;
use super::operation;
use crate::codecall::CallContext;
use crate::openapi::operation::Operation;
use crate::upstream::{Outcome, ToolError};

/// Performs a GET operation. The caller has found it among the resources, so it is granted.
pub(crate) async fn read(
    resources: &Resources,
    context: &CallContext,
    operation: &Operation,
    input: &Value,
) -> Result<Outcome, ToolError> {
    operation::perform(resources, &context.snapshot, operation, input).await
}
