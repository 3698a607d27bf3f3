//! The per-request `_meta` of 2026-07-28. Knows the keys, never what a method does with them.

use serde_json::{Map, Value};

use crate::mcp::era;
use crate::mcp::jsonrpc::RpcError;
use crate::mcp::notify::{Level, Wants};

const CLIENT_CAPABILITIES_KEY: &str = "io.modelcontextprotocol/clientCapabilities";
const CLIENT_INFO_KEY: &str = "io.modelcontextprotocol/clientInfo";
const LOG_LEVEL_KEY: &str = "io.modelcontextprotocol/logLevel";

/// Checks the envelope of a request whose claim is known to be good, and reads what it wants to be told.
///
/// # Errors
/// `-32602` naming the key that is missing or malformed.
pub fn read(params: &Map<String, Value>) -> Result<Wants, RpcError> {
    let Some(Value::Object(meta)) = params.get("_meta") else { return Err(era::missing_claim()) };
    match meta.get(CLIENT_CAPABILITIES_KEY) {
        Some(Value::Object(_)) => {}
        Some(_) => return Err(malformed(CLIENT_CAPABILITIES_KEY, "must be an object")),
        None => return Err(malformed(CLIENT_CAPABILITIES_KEY, "is missing")),
    }
    if meta.get(CLIENT_INFO_KEY).is_some_and(|info| !info.is_object()) {
        return Err(malformed(CLIENT_INFO_KEY, "must be an object"));
    }
    Ok(Wants { level: log_level(meta)?, progress_token: progress_token(params)? })
}

fn log_level(meta: &Map<String, Value>) -> Result<Option<Level>, RpcError> {
    let Some(value) = meta.get(LOG_LEVEL_KEY) else { return Ok(None) };
    let level = value.as_str().and_then(Level::parse);
    level.map(Some).ok_or_else(|| malformed(LOG_LEVEL_KEY, &format!("must be one of {}", Level::names())))
}

/// The progress token of a request of either era: a string or an integer.
///
/// # Errors
/// `-32602` if it is anything else.
pub fn progress_token(params: &Map<String, Value>) -> Result<Option<Value>, RpcError> {
    match params.get("_meta").and_then(|meta| meta.get("progressToken")) {
        None => Ok(None),
        Some(token) if token.is_string() || token.is_i64() || token.is_u64() => Ok(Some(token.clone())),
        Some(_) => Err(malformed("progressToken", "must be a string or an integer")),
    }
}

fn malformed(key: &str, problem: &str) -> RpcError {
    RpcError::invalid_params(format!("params._meta[\"{key}\"] {problem}"))
}
