//! What this server presents of itself, written out once per snapshot so that answering is copying.

use serde_json::{Map, Value, json};

use crate::mcp::jsonrpc::{Id, json as text};
use crate::mcp::listen::SUBSCRIPTION_ID_KEY;
use crate::mcp::version::Version;

/// Milliseconds a client may keep a list before it asks again.
const LIST_TTL_MS: u64 = 60_000;

/// The `_meta` key of every result that says who answers.
const SERVER_INFO_KEY: &str = "io.modelcontextprotocol/serverInfo";

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerInfo {
    /// `serverInfo.name`.
    pub name: String,
    /// `serverInfo.version`.
    pub version: String,
    /// `serverInfo.title`.
    pub title: Option<String>,
    /// What a client should know before it calls anything; empty for nothing.
    pub instructions: String,
}

/// A tool as it is listed.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolListing {
    /// The listed name.
    pub name: String,
    /// For people.
    pub title: &'static str,
    /// For models.
    pub description: &'static str,
    /// JSON Schema 2020-12 of the arguments; its root is an object.
    pub input_schema: Value,
    /// Behaviour hints.
    pub annotations: Value,
}

/// Answers that only depend on the snapshot, as JSON text.
#[derive(Debug)]
pub struct Surface {
    info: ServerInfo,
    modern_tail: String,
    discover: String,
    tools: [String; 4],
}

impl Surface {
    /// Writes everything out.
    pub fn new(info: ServerInfo, tools: &[ToolListing]) -> Self {
        let modern_tail = modern_tail(&info);
        Self {
            discover: discover(&info, &modern_tail),
            tools: [
                list("tools", tools.iter().map(plain_tool).collect()),
                list("tools", tools.iter().map(annotated_tool).collect()),
                list("tools", tools.iter().map(titled_tool).collect()),
                modern_list("tools", tools.iter().map(titled_tool).collect(), &modern_tail),
            ],
            modern_tail,
            info,
        }
    }

    /// The result of `initialize`.
    pub fn initialize(&self, version: Version) -> String {
        let mut result = json!({
            "protocolVersion": version.as_str(),
            "capabilities": legacy_capabilities(version),
            "serverInfo": implementation(&self.info, version),
        });
        if !self.info.instructions.is_empty() {
            result["instructions"] = Value::from(self.info.instructions.as_str());
        }
        text(&result)
    }

    /// The result of `server/discover`.
    pub fn discover(&self) -> &str {
        &self.discover
    }

    /// The result of `tools/list`.
    pub fn tools(&self, version: Version) -> &str {
        match version {
            Version::V2024_11_05 => &self.tools[0],
            Version::V2025_03_26 => &self.tools[1],
            Version::V2025_06_18 | Version::V2025_11_25 => &self.tools[2],
            Version::V2026_07_28 => &self.tools[3],
        }
    }

    /// The result of `subscriptions/listen`, given when the server ends it.
    pub fn listen_end(&self, id: &Id) -> String {
        let server_info = implementation(&self.info, Version::V2026_07_28);
        let meta = json!({SERVER_INFO_KEY: server_info, SUBSCRIPTION_ID_KEY: id});
        text(&json!({"resultType": "complete", "_meta": meta}))
    }

    /// The result of a list that has nothing in it.
    pub fn empty_list(&self, member: &str, version: Version) -> String {
        if version.is_modern() {
            modern_list(member, Vec::new(), &self.modern_tail)
        } else {
            list(member, Vec::new())
        }
    }

    /// Completes the members of a result, written without braces, by what the version adds to each result.
    pub fn complete(&self, members: &str, version: Version) -> String {
        if version.is_modern() {
            format!("{{{members},{}}}", self.modern_tail)
        } else {
            format!("{{{members}}}")
        }
    }

    /// The result of `tools/call`: `structured` is JSON text, and goes out as text and, where the version has it,
    /// as structured content.
    pub fn tool_result(&self, structured: &str, is_error: bool, version: Version) -> String {
        let mut result = String::with_capacity(structured.len() * 5 / 2 + 256);
        result.push_str(r#"{"content":[{"type":"text","text":"#);
        result.push_str(&text(structured));
        result.push_str("}]");
        if version.has_structured_content() && (version.is_modern() || structured.starts_with('{')) {
            result.push_str(r#","structuredContent":"#);
            result.push_str(structured);
        }
        result.push_str(if is_error { r#","isError":true"# } else { r#","isError":false"# });
        if version.is_modern() {
            result.push(',');
            result.push_str(&self.modern_tail);
        }
        result.push('}');
        result
    }
}

fn modern_tail(info: &ServerInfo) -> String {
    let server_info = text(&implementation(info, Version::V2026_07_28));
    format!(r#""resultType":"complete","_meta":{{"{SERVER_INFO_KEY}":{server_info}}}"#)
}

fn discover(info: &ServerInfo, tail: &str) -> String {
    let versions: Vec<&str> = Version::MODERN.iter().map(|version| version.as_str()).collect();
    let capabilities = json!({
        "tools": {"listChanged": true}, "resources": {"listChanged": true}, "prompts": {"listChanged": true},
        "completions": {}, "logging": {}
    });
    let instructions = match info.instructions.as_str() {
        "" => String::new(),
        instructions => format!(r#","instructions":{}"#, text(instructions)),
    };
    format!(
        r#"{{"supportedVersions":{},"capabilities":{}{instructions},{},{tail}}}"#,
        text(&versions),
        text(&capabilities),
        cache_hints(),
    )
}

fn legacy_capabilities(version: Version) -> Value {
    let mut capabilities = json!({
        "tools": {"listChanged": true}, "resources": {"subscribe": true, "listChanged": true},
        "prompts": {"listChanged": true}, "logging": {}
    });
    if version.has_annotations() {
        capabilities["completions"] = json!({});
    }
    capabilities
}

fn implementation(info: &ServerInfo, version: Version) -> Value {
    let mut implementation = json!({"name": info.name, "version": info.version});
    if let (Some(title), true) = (&info.title, version.has_structured_content()) {
        implementation["title"] = Value::from(title.as_str());
    }
    implementation
}

fn plain_tool(tool: &ToolListing) -> Value {
    json!({"name": tool.name, "description": tool.description, "inputSchema": tool.input_schema})
}

fn annotated_tool(tool: &ToolListing) -> Value {
    with(plain_tool(tool), "annotations", tool.annotations.clone())
}

fn titled_tool(tool: &ToolListing) -> Value {
    with(annotated_tool(tool), "title", Value::from(tool.title))
}

fn with(mut object: Value, key: &str, value: Value) -> Value {
    object[key] = value;
    object
}

fn list(member: &str, items: Vec<Value>) -> String {
    text(&Map::from_iter([(member.to_owned(), Value::Array(items))]))
}

fn modern_list(member: &str, items: Vec<Value>, tail: &str) -> String {
    format!(r#"{{"{member}":{},{},{tail}}}"#, text(&items), cache_hints())
}

/// Private, since what a caller sees will depend on who it is once there is authentication.
fn cache_hints() -> String {
    format!(r#""ttlMs":{LIST_TTL_MS},"cacheScope":"private""#)
}
