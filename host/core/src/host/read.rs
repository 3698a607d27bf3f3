//! `resources/read`: files of skills at once, answers of operations by calling them. Never looks at a header.

use serde_json::{Value, json};

use crate::codecall::CallContext;
use crate::flow;
use crate::host::Host;
use crate::host::live::Live;
use crate::mcp::jsonrpc::{INTERNAL_ERROR, INVALID_PARAMS, RpcError};
use crate::mcp::methods;
use crate::mcp::surface::Keep;
use crate::mcp::version::Version;
use crate::resource::{Found, Missing, content};
use crate::upstream::ToolError;

/// The result of reading `uri`, or the error to answer with.
pub(super) async fn read(
    host: &Host,
    live: &Live,
    context: &CallContext,
    version: Version,
    uri: &str,
) -> Result<String, RpcError> {
    match live.inventory.find(&live.snapshot, uri) {
        Ok(Found::File(path, file)) => {
            let content = content::of_file(uri, path, &file.bytes);
            Ok(live.surface.read_result(&content, Keep::Listed, version))
        }
        Ok(Found::Operation(operation, input)) => {
            let outcome = flow::read::read(&host.resources, context, operation, &input).await;
            let outcome = outcome.map_err(|fault| host.rpc_error(fault.into()))?;
            let outcome = outcome.map_err(|error| failed(version, uri, error))?;
            Ok(live.surface.read_result(&content::of_outcome(uri, outcome), Keep::Nothing, version))
        }
        Err(Missing::Unknown) => Err(methods::unknown_resource(version, uri)),
        Err(Missing::Invalid(problems)) => {
            let message = format!("the resource does not take these values: {}", problems.join("; "));
            Err(RpcError::invalid_params(message).data(json!({"uri": uri, "problems": problems})))
        }
    }
}

/// What the upstream did not find is a resource that is not there. The error's message carries no credential; its body
/// stays here.
fn failed(version: Version, uri: &str, error: ToolError) -> RpcError {
    let code = match error.code.as_str() {
        "NOT_FOUND" => methods::unknown_resource(version, uri).code,
        "VALIDATION" => INVALID_PARAMS,
        _ => INTERNAL_ERROR,
    };
    let mut data = json!({"uri": uri, "code": error.code});
    if let Some(status) = error.status {
        data["status"] = Value::from(status);
    }
    if let Some(seconds) = error.retry_after_s {
        data["retryAfter"] = Value::from(seconds);
    }
    RpcError::new(code, error.message).data(data)
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
