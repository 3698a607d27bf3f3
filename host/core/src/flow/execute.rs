//! The step loop: run the script to its next wait, make its calls concurrently, resume it with what is ready.
//!
//! Dropping the future drops the sandbox and every call in flight.

use std::collections::VecDeque;
use std::pin::pin;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde_json::Value;

use super::Resources;
use super::audit::Trail;
use super::operation;
use crate::codecall::{CallContext, Notification, Reply, execute};
use crate::json::written;
use crate::ports::{Completion, SandboxError, ScriptCall, ScriptEvent, ScriptStart};
use crate::reject::{Failure, Fault};
use crate::script::run::{Ending, Next, Run};
use crate::skill::grant::Grant;
use crate::upstream::{Outcome, ToolError};

/// Runs the `execute` tool.
pub(super) async fn execute(
    resources: &Resources,
    context: &CallContext,
    trail: &Trail<'_>,
    arguments: &Value,
) -> Result<Reply, Failure> {
    let limits = &resources.settings.script;
    let request = match execute::parse(&context.snapshot, arguments, limits) {
        Ok(request) => request,
        Err(answer) => return Ok(answer.into()),
    };
    if arguments.get("skills").is_some_and(Value::is_array) {
        trail.choose(&request.grant);
    }
    let names = execute::scope_names(&context.snapshot, &request.grant);
    let outcome = resources.checks.check(&request.script, &names, limits.max_source_bytes);
    let checked = match &*outcome {
        Ok(checked) => checked,
        Err(refusal) => return Ok(execute::refused(refusal).into()),
    };
    let mut seed = [0; 8];
    resources.ports.entropy.fill(&mut seed);
    let start = ScriptStart {
        globals_json: execute::globals(context, &request, &checked.mentions),
        source: checked.code.clone(),
        limits: limits.engine,
        now_ms: resources.ports.clock.now_ms(),
        seed: u64::from_le_bytes(seed),
    };
    within(resources, context, trail, &request, start).await
}

/// Runs the script until it ends or its time is up.
async fn within(
    resources: &Resources,
    context: &CallContext,
    trail: &Trail<'_>,
    request: &execute::Request,
    start: ScriptStart,
) -> Result<Reply, Failure> {
    let clock = &resources.ports.clock;
    let began = clock.monotonic_us();
    let mut run = Run::new(start.limits);
    let ending = {
        let driven = pin!(drive(resources, context, trail, &request.grant, start, &mut run));
        match select(driven, clock.sleep(request.total_ms)).await {
            Either::Left((Ok(ending), _)) => ending,
            Either::Left((Err(SandboxError::Busy), _)) => return Ok(execute::busy().into()),
            Either::Left((Err(SandboxError::Fault(fault)), _)) => return Err(fault.into()),
            Either::Right(((), _)) => execute::overdue(request.total_ms),
        }
    };
    Ok(execute::ended(ending, run, clock.monotonic_us().saturating_sub(began)))
}

async fn drive(
    resources: &Resources,
    context: &CallContext,
    trail: &Trail<'_>,
    grant: &Grant,
    start: ScriptStart,
    run: &mut Run,
) -> Result<Ending, SandboxError> {
    let mut script = resources.ports.sandbox.open()?;
    let mut step = script.start(start).await?;
    let mut waiting = VecDeque::new();
    let mut in_flight = FuturesUnordered::new();
    loop {
        announce(context, &step.events);
        match run.stepped(step) {
            Next::Call(calls) => waiting.extend(calls),
            Next::Finished(ending) => return Ok(ending),
        }
        while in_flight.len() < resources.settings.script.max_concurrent_calls {
            let Some(call) = waiting.pop_front() else { break };
            in_flight.push(settle(resources, context, trail, grant, call));
        }
        let Some(first) = in_flight.next().await else {
            return Err(Fault::new("the script engine waits, but made no call").into());
        };
        let mut completions = vec![note(run, first)];
        while let Some(Some(next)) = in_flight.next().now_or_never() {
            completions.push(note(run, next));
        }
        step = script.step(completions, resources.ports.clock.now_ms()).await?;
    }
}

/// One call with its outcome.
struct Settled {
    call: ScriptCall,
    outcome: Result<Outcome, ToolError>,
}

async fn settle(
    resources: &Resources,
    context: &CallContext,
    trail: &Trail<'_>,
    grant: &Grant,
    call: ScriptCall,
) -> Settled {
    let outcome = match execute::admit(&context.snapshot, grant, &call) {
        Ok((operation, input)) => {
            let attempt = trail.attempt(&operation.tool(), &input);
            let outcome = operation::perform(resources, &context.snapshot, operation, &input).await;
            attempt.ended(&outcome);
            if outcome.is_ok() {
                context.announcements.note(operation, &input);
            }
            outcome
        }
        Err(error) => {
            trail.refused(&call.tool, &call.args_json, &error);
            Err(error)
        }
    };
    Settled { call, outcome }
}

/// Enters an outcome into the run's accounts and puts it the way the sandbox reads it.
fn note(run: &mut Run, Settled { call, outcome }: Settled) -> Completion {
    let (ok, json) = match outcome {
        Ok(outcome) => {
            for warning in outcome.warnings {
                run.remark(format!("{}: {warning}", call.tool));
            }
            (true, written(&outcome.value))
        }
        Err(error) => (false, error.to_json(&call.tool).to_string()),
    };
    let completion = Completion { id: call.id, ok, json };
    run.settled(&call, &completion);
    completion
}

/// Passes `mcpLog` and `mcpNotify` on as they happen; `console` only goes into the logs.
fn announce(context: &CallContext, events: &[ScriptEvent]) {
    for event in events {
        if let Some(notification) = Notification::of(event) {
            context.notify.notify(notification);
        }
    }
}
