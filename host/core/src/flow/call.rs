//! One tool call, from arguments to answer. Awaits the sandbox and upstreams; decides nothing itself.

use serde_json::Value;

use super::Resources;
use super::{execute, operation};
use crate::codecall::{Answer, CallContext, Tool, describe, invoke, search};
use crate::reject::Failure;

/// Runs one of the five tools. Errors are protocol-level only; everything a model can mend is an [`Answer`].
pub(crate) async fn call(
    resources: &Resources,
    context: &CallContext,
    tool: Tool,
    arguments: Value,
) -> Result<Answer, Failure> {
    let snapshot = &context.snapshot;
    match tool {
        Tool::SearchSkills => Ok(search::skills(snapshot, &arguments)),
        Tool::SearchKnowledge => Ok(search::knowledge(snapshot, &arguments)),
        Tool::Describe => Ok(describe::describe(snapshot, &arguments)),
        Tool::Execute => execute::execute(resources, context, &arguments).await,
        Tool::Invoke => Ok(invoke(resources, context, &arguments).await),
    }
}

async fn invoke(resources: &Resources, context: &CallContext, arguments: &Value) -> Answer {
    let (operation, input) = match invoke::parse(&context.snapshot, arguments) {
        Ok(parsed) => parsed,
        Err(answer) => return answer,
    };
    match operation::perform(resources, &context.snapshot, &operation, &input).await {
        Ok(outcome) => {
            context.announcements.note(&operation, &input);
            invoke::succeeded(outcome.value)
        }
        Err(error) => invoke::failed(&operation, &input, error.to_json(&operation.tool())),
    }
}
