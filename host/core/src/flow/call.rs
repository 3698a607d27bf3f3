//! One tool call, from arguments to answer. Awaits the sandbox and upstreams; decides nothing itself.

use serde_json::Value;

use super::Resources;
use super::audit::Trail;
use super::{execute, operation};
use crate::codecall::{Answer, CallContext, Reply, Tool, describe, invoke, search};
use crate::reject::Failure;

/// Runs one of the five tools. Errors are protocol-level only; everything a model can mend is an [`Answer`]. What has to
/// be on record is durable before this returns.
pub(crate) async fn call(
    resources: &Resources,
    context: &CallContext,
    tool: Tool,
    arguments: Value,
) -> Result<Reply, Failure> {
    let trail = Trail::begin(resources, context, tool, &arguments);
    let answered = run(resources, context, &trail, tool, &arguments).await;
    trail.finish(answered).await
}

async fn run(
    resources: &Resources,
    context: &CallContext,
    trail: &Trail<'_>,
    tool: Tool,
    arguments: &Value,
) -> Result<Reply, Failure> {
    let snapshot = &context.snapshot;
    match tool {
        Tool::SearchSkills => Ok(search::skills(snapshot, arguments)),
        Tool::SearchKnowledge => Ok(search::knowledge(snapshot, arguments)),
        Tool::Describe => Ok(describe::describe(snapshot, arguments).into()),
        Tool::Execute => execute::execute(resources, context, trail, arguments).await,
        Tool::Invoke => Ok(invoke(resources, context, trail, arguments).await.into()),
    }
}

async fn invoke(
    resources: &Resources,
    context: &CallContext,
    trail: &Trail<'_>,
    arguments: &Value,
) -> Answer {
    let (operation, input) = match invoke::parse(&context.snapshot, arguments) {
        Ok(parsed) => parsed,
        Err(answer) => {
            if let Some((tool, error)) = invoke::unavailable(arguments, &answer) {
                let input = arguments.get("input").map(Value::to_string).unwrap_or_default();
                trail.refused(tool, &input, &error);
            }
            return answer;
        }
    };
    let attempt = trail.attempt(&operation.tool(), &input);
    let outcome = operation::perform(resources, &context.snapshot, &operation, &input).await;
    attempt.ended(&outcome);
    match outcome {
        Ok(outcome) => {
            context.announcements.note(&operation, &input);
            invoke::succeeded(outcome.value)
        }
        Err(error) => invoke::failed(&operation, &input, error.to_json(&operation.tool())),
    }
}
