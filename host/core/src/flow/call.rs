//! One tool call, from arguments to answer. Awaits the sandbox and upstreams; decides nothing itself.

use serde_json::Value;

use crate::codecall::{Answer, CallContext, Tool};
use crate::host::Host;
use crate::reject::Failure;

/// Runs one of the five tools. Errors are protocol-level only; everything a model can mend is an [`Answer`].
pub(crate) async fn call(
    host: &Host,
    context: &CallContext,
    tool: Tool,
    arguments: Value,
) -> Result<Answer, Failure> {
    let _ = (host, context, tool, arguments);
    todo!("flow::call")
}
