//! What a method asks for, in either era. Answers what needs no I/O and names the call otherwise.

use serde_json::{Map, Value, json};

use crate::mcp::jsonrpc::{self, Request, RpcError, clip};
use crate::mcp::listen::Listen;
use crate::mcp::notify::Level;
use crate::mcp::surface::{List, Surface};
use crate::mcp::version::Version;

/// Longest URI that can be subscribed to, in bytes.
const MAX_URI_BYTES: usize = 2048;

/// What to do about a request.
#[derive(Debug, PartialEq)]
pub enum Step {
    /// Answer with this result, JSON text.
    Result(String),
    /// Answer with this error.
    Error(RpcError),
    /// Do this, then answer.
    Call(Call),
    /// Remember the log level for this session, and answer `{}`.
    SetLevel(Level),
    /// From now on this session hears of changes of a resource, or no more; answer `{}`.
    Subscribe {
        /// The resource.
        uri: String,
        /// Whether it is to hear.
        hears: bool,
    },
    /// Open a notification stream; 2026-07-28 only.
    Listen(Listen),
}

/// What takes more than looking it up.
#[derive(Debug, PartialEq)]
pub enum Call {
    /// Call a tool.
    Tool(ToolCall),
    /// Read the resource of this URI.
    Read(String),
}

/// A well-formed `tools/call`.
#[derive(Debug, PartialEq)]
pub struct ToolCall {
    /// As the client named it.
    pub name: String,
    /// The arguments; empty if there were none.
    pub arguments: Map<String, Value>,
}

/// Dispatches a request of 2024-11-05 to 2025-11-25.
pub fn legacy(surface: &Surface, version: Version, request: Request) -> Step {
    let Request { method, params, .. } = request;
    match method.as_str() {
        "initialize" => initialize(surface, &params),
        "ping" => empty(),
        "logging/setLevel" => set_level(&params),
        "resources/subscribe" | "resources/unsubscribe" => match string(&params, "uri") {
            Ok(uri) if uri.len() > MAX_URI_BYTES => Step::Error(RpcError::invalid_params(format!(
                "params.uri has more than {MAX_URI_BYTES} bytes"
            ))),
            Ok(uri) => Step::Subscribe { uri: uri.to_owned(), hears: method == "resources/subscribe" },
            Err(error) => Step::Error(error),
        },
        _ => shared(surface, version, &method, params),
    }
}

/// Dispatches a request of 2026-07-28 whose envelope and headers are in order.
pub fn modern(surface: &Surface, request: Request) -> Step {
    let Request { id, method, params } = request;
    match method.as_str() {
        "server/discover" => Step::Result(surface.discover().to_owned()),
        "subscriptions/listen" => Listen::parse(&id, &params).map_or_else(Step::Error, Step::Listen),
        "skills/list" => answer(surface.skills(&params)),
        "skills/get" => answer(surface.skill(&params)),
        "resources/directory/read" => answer(surface.directory(&params)),
        // This server asks for no input, so that whatever comes back as its own state is somebody else's.
        "tools/call" | "resources/read" | "prompts/get" if params.contains_key("requestState") => {
            Step::Error(RpcError::invalid_params("params.requestState is none that this server gave"))
        }
        _ => shared(surface, Version::V2026_07_28, &method, params),
    }
}

fn shared(surface: &Surface, version: Version, method: &str, params: Map<String, Value>) -> Step {
    let list = |list| answer(surface.list(list, version, &params));
    match method {
        "tools/call" => tool_call(params),
        "tools/list" => list(List::Tools),
        "resources/list" => list(List::Resources),
        "resources/templates/list" => list(List::Templates),
        "prompts/list" => list(List::Prompts),
        "resources/read" => match string(&params, "uri") {
            Ok(uri) => Step::Call(Call::Read(uri.to_owned())),
            Err(error) => Step::Error(error),
        },
        "prompts/get" => Step::Error(unknown_prompt(&params)),
        "completion/complete" => answer(surface.completion(version, &params)),
        _ => Step::Error(RpcError::method_not_found(method)),
    }
}

fn answer(result: Result<String, RpcError>) -> Step {
    result.map_or_else(Step::Error, Step::Result)
}

fn initialize(surface: &Surface, params: &Map<String, Value>) -> Step {
    let requested = match string(params, "protocolVersion") {
        Ok(requested) => requested,
        Err(error) => return Step::Error(error),
    };
    for member in ["capabilities", "clientInfo"] {
        if !params.get(member).is_some_and(Value::is_object) {
            return Step::Error(RpcError::invalid_params(format!("params.{member} must be an object")));
        }
    }
    Step::Result(surface.initialize(Version::negotiate(requested)))
}

fn set_level(params: &Map<String, Value>) -> Step {
    match string(params, "level").map(Level::parse) {
        Ok(Some(level)) => Step::SetLevel(level),
        Ok(None) => {
            Step::Error(RpcError::invalid_params(format!("params.level must be one of {}", Level::names())))
        }
        Err(error) => Step::Error(error),
    }
}

fn tool_call(mut params: Map<String, Value>) -> Step {
    let arguments = match params.remove("arguments") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(arguments)) => arguments,
        Some(_) => return Step::Error(RpcError::invalid_params("params.arguments must be an object")),
    };
    match params.remove("name") {
        Some(Value::String(name)) => Step::Call(Call::Tool(ToolCall { name, arguments })),
        _ => Step::Error(RpcError::invalid_params("params.name must be a string")),
    }
}

/// `-32602` for a tool nobody knows.
pub fn unknown_tool(name: &str) -> RpcError {
    RpcError::invalid_params(format!("unknown tool {}; tools/list names them all", clip(name)))
}

/// The error for a resource that is not there.
pub fn unknown_resource(version: Version, uri: &str) -> RpcError {
    let code = if version.is_modern() { jsonrpc::INVALID_PARAMS } else { jsonrpc::RESOURCE_NOT_FOUND };
    RpcError::new(code, format!("unknown resource {}", clip(uri))).data(json!({"uri": uri}))
}

fn unknown_prompt(params: &Map<String, Value>) -> RpcError {
    match string(params, "name") {
        Ok(name) => RpcError::invalid_params(format!("unknown prompt {}", clip(name))),
        Err(error) => error,
    }
}

/// The text that a parameter must be.
pub(super) fn string<'a>(params: &'a Map<String, Value>, member: &str) -> Result<&'a str, RpcError> {
    params
        .get(member)
        .and_then(Value::as_str)
        .ok_or_else(|| RpcError::invalid_params(format!("params.{member} must be a string")))
}

fn empty() -> Step {
    Step::Result("{}".to_owned())
}
