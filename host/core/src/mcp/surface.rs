//! What this server presents of itself, written out once per snapshot so that answering is copying.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::mcp::completion::{self, Completions};
use crate::mcp::jsonrpc::{Id, RpcError, json as text};
use crate::mcp::listen::SUBSCRIPTION_ID_KEY;
use crate::mcp::pages::{Listed, Pages};
use crate::mcp::skills::{self, Directory, SkillListing, Skills};
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

/// What there is besides tools.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Offer {
    /// For `resources/list`.
    pub resources: Vec<Listed>,
    /// Files of skills, which are plain resources where the Skills extension does not exist.
    pub files: Vec<Listed>,
    /// For `resources/templates/list`.
    pub templates: Vec<Listed>,
    /// Known values of the templates' variables.
    pub completions: Completions,
    /// For the Skills extension.
    pub skills: Vec<SkillListing>,
    /// The folders of the skills.
    pub directories: Vec<Directory>,
}

/// How long a client may keep what it has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// As long as a list.
    Listed,
    /// Not at all: it was asked of an upstream.
    Nothing,
}

/// The lists of both eras.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// `tools/list`
    Tools,
    /// `resources/list`
    Resources,
    /// `resources/templates/list`
    Templates,
    /// `prompts/list`
    Prompts,
}

/// Something that is made when it is first asked for, so that a deployment is live before it is.
pub type Later<T> = LazyLock<T, Box<dyn FnOnce() -> T + Send>>;

/// Answers that only depend on the snapshot, as JSON text.
#[derive(Debug)]
pub struct Surface {
    info: ServerInfo,
    modern_tail: String,
    discover: String,
    tools: Pages,
    prompts: Pages,
    offered: Later<Offered>,
}

/// An [`Offer`], written out.
#[derive(Debug)]
struct Offered {
    resources: Pages,
    legacy_resources: Pages,
    templates: Pages,
    completions: Completions,
    skills: Skills,
}

impl Offered {
    fn new(offer: Offer, max_items: usize) -> Self {
        let all = offer.resources.iter().cloned().chain(offer.files).collect();
        Self {
            legacy_resources: pages("resources", "resources", all, max_items),
            resources: pages("resources", "resources", offer.resources, max_items),
            templates: pages("resourceTemplates", "templates", offer.templates, max_items),
            completions: offer.completions,
            skills: Skills::new(offer.skills, offer.directories, max_items),
        }
    }
}

fn pages(member: &'static str, scope: &'static str, items: Vec<Listed>, max_items: usize) -> Pages {
    Pages::new(member, scope, items, &[], max_items)
}

impl Surface {
    /// Writes out what every client asks for; what there is besides tools, when somebody does. Lists have pages of at
    /// most `max_items`.
    pub fn new(
        info: ServerInfo,
        tools: &[ToolListing],
        offer: impl FnOnce() -> Offer + Send + 'static,
        max_items: usize,
    ) -> Self {
        let modern_tail = modern_tail(&info);
        let tools = tools.iter().enumerate().map(listed_tool).collect();
        Self {
            discover: discover(&info, &modern_tail),
            tools: Pages::new("tools", "tools", tools, &["annotations"], max_items),
            prompts: pages("prompts", "prompts", Vec::new(), max_items),
            offered: Later::new(Box::new(move || Offered::new(offer(), max_items))),
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

    /// One page of a list.
    ///
    /// # Errors
    /// `-32602` for a bad cursor.
    pub fn list(
        &self,
        list: List,
        version: Version,
        params: &Map<String, Value>,
    ) -> Result<String, RpcError> {
        let pages = match list {
            List::Tools => &self.tools,
            List::Resources if version.is_modern() => &self.offered.resources,
            List::Resources => &self.offered.legacy_resources,
            List::Templates => &self.offered.templates,
            List::Prompts => &self.prompts,
        };
        Ok(self.cacheable(&pages.page(version, params)?, LIST_TTL_MS, version))
    }

    /// The result of `skills/list`; 2026-07-28 only, like the two below.
    ///
    /// # Errors
    /// `-32602` for a bad cursor.
    pub fn skills(&self, params: &Map<String, Value>) -> Result<String, RpcError> {
        Ok(self.cacheable(&self.offered.skills.list(params)?, LIST_TTL_MS, Version::V2026_07_28))
    }

    /// The result of `skills/get`.
    ///
    /// # Errors
    /// `-32602` for a skill that is not there.
    pub fn skill(&self, params: &Map<String, Value>) -> Result<String, RpcError> {
        Ok(self.cacheable(&self.offered.skills.get(params)?, LIST_TTL_MS, Version::V2026_07_28))
    }

    /// The result of `resources/directory/read`.
    ///
    /// # Errors
    /// `-32602` for what is no directory, and for a bad cursor.
    pub fn directory(&self, params: &Map<String, Value>) -> Result<String, RpcError> {
        Ok(self.complete(&self.offered.skills.directory(params)?, Version::V2026_07_28))
    }

    /// The result of `completion/complete`.
    ///
    /// # Errors
    /// `-32602` naming the parameter that is missing or malformed.
    pub fn completion(&self, version: Version, params: &Map<String, Value>) -> Result<String, RpcError> {
        Ok(self.complete(&completion::complete(&self.offered.completions, params)?, version))
    }

    /// The result of `resources/read` with one content.
    pub fn read_result(&self, content: &Value, keep: Keep, version: Version) -> String {
        let ttl_ms = match keep {
            Keep::Listed => LIST_TTL_MS,
            Keep::Nothing => 0,
        };
        self.cacheable(&format!(r#""contents":[{}]"#, text(content)), ttl_ms, version)
    }

    /// The result of `subscriptions/listen`, given when the server ends it.
    pub fn listen_end(&self, id: &Id) -> String {
        let server_info = implementation(&self.info, Version::V2026_07_28);
        let meta = json!({SERVER_INFO_KEY: server_info, SUBSCRIPTION_ID_KEY: id});
        text(&json!({"resultType": "complete", "_meta": meta}))
    }

    /// A result that clients may keep for a while. Private, since what a caller sees will depend on who it is once
    /// there is authentication; the same for every page of a list.
    fn cacheable(&self, members: &str, ttl_ms: u64, version: Version) -> String {
        if version.is_modern() {
            format!("{{{members},{},{}}}", cache_hints(ttl_ms), self.modern_tail)
        } else {
            format!("{{{members}}}")
        }
    }

    /// Completes the members of a result, written without braces, by what the version adds to each result.
    fn complete(&self, members: &str, version: Version) -> String {
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
        "tools": {"listChanged": true}, "resources": {"subscribe": true, "listChanged": true},
        "prompts": {"listChanged": true}, "completions": {}, "logging": {},
        "extensions": {skills::EXTENSION: {"directoryRead": true}}
    });
    let instructions = match info.instructions.as_str() {
        "" => String::new(),
        instructions => format!(r#","instructions":{}"#, text(instructions)),
    };
    format!(
        r#"{{"supportedVersions":{},"capabilities":{}{instructions},{},{tail}}}"#,
        text(&versions),
        text(&capabilities),
        cache_hints(LIST_TTL_MS),
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

/// Tools are listed in the order in which an agent uses them.
fn listed_tool((place, tool): (usize, &ToolListing)) -> Listed {
    let value = json!({
        "name": tool.name, "title": tool.title, "description": tool.description,
        "inputSchema": tool.input_schema, "annotations": tool.annotations
    });
    Listed { key: format!("{place:04}"), value }
}

fn cache_hints(ttl_ms: u64) -> String {
    format!(r#""ttlMs":{ttl_ms},"cacheScope":"private""#)
}
