//! The manifest's shape, version 1. Every object is strict; the JSON Schema is generated from these types.
//!
//! Limits are JSON Schema keywords here. Lengths count UTF-16 code units, as the format's other readers do, not
//! characters or bytes. Defaults are not injected where an overlay could then mistake them for values.

mod auth;
mod bindings;
mod document;
mod specs;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use auth::{ApiKey, Auth, Frontegg, Oauth, TenantResolver};
pub use bindings::{Bindings, D1Database, DurableObject, KvNamespace, R2Bucket};
pub use document::json_schema;
pub(crate) use specs::stem;
pub use specs::{SpecEntry, SpecObject, Specs};

/// Names of things: a letter, then letters, digits, `_` and `-`.
pub(super) const IDENT: &str = "^[A-Za-z][A-Za-z0-9_-]*$";
/// Ids of API descriptions.
pub(super) const SPEC_ID: &str = "^[A-Za-z0-9][A-Za-z0-9_.-]*$";
/// Secrets and bindings, as environment variables are named.
pub(super) const CONSTANT: &str = "^[A-Z][A-Z0-9_]*$";
/// The shape of an ISO 8601 date.
pub(super) const DATE: &str = r"^\d{4}-\d{2}-\d{2}$";

/// Where skills are when the manifest does not say.
pub const DEFAULT_SKILLS: &str = "./skills/";

/// A deployment: API descriptions, the skills that use them, and how the server around them is run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// Lets an editor find this schema.
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    #[schemars(url)]
    pub schema: Option<String>,
    /// The version of this format.
    pub version: Version,
    /// Name of the deployment.
    #[schemars(length(min = 1, max = 128), regex(pattern = IDENT))]
    pub name: String,
    /// Where the deployment runs.
    pub runtime: Runtime,
    /// What clients learn about the server.
    pub server: Server,
    /// The API descriptions: a folder of them, or a list.
    pub specs: Specs,
    /// Which skills are served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skills: Option<Skills>,
    /// The tags that `skills.tags` may name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub tags: Option<Vec<Tag>>,
    /// Exceptions to how operations are classified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classification: Option<ClassificationRules>,
    /// What the platform binds to the deployment.
    pub bindings: Bindings,
    /// Whose bundles are accepted.
    pub signing: Signing,
    /// Who may use the server.
    pub auth: Auth,
    /// Names of the secrets the deployment needs; never their values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub secrets: Vec<Secret>,
    /// What differs by environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("propertyNames" = { "minLength": 1, "maxLength": 64, "pattern": IDENT }))]
    pub environments: BTreeMap<String, Overlay>,
}

impl Manifest {
    /// The folder of the skills, as written or by default.
    pub fn skills_source(&self) -> &str {
        self.skills.as_ref().and_then(|skills| skills.source.as_deref()).unwrap_or(DEFAULT_SKILLS)
    }
}

/// The number 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u64", into = "u64")]
#[schemars(transform = only_one)]
pub struct Version;

impl TryFrom<u64> for Version {
    type Error = &'static str;

    fn try_from(version: u64) -> Result<Self, Self::Error> {
        if version == 1 { Ok(Self) } else { Err("the version must be 1") }
    }
}

impl From<Version> for u64 {
    fn from(_: Version) -> Self {
        1
    }
}

fn only_one(schema: &mut schemars::Schema) {
    *schema = schemars::json_schema!({ "description": "The number 1.", "const": 1 });
}

/// Where the deployment runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Runtime {
    /// The platform. The server binary serves every target; `emit` commands need a supported one.
    pub target: Target,
    /// The platform behaviour to rely on, as `YYYY-MM-DD`.
    #[schemars(regex(pattern = DATE))]
    pub compatibility_date: String,
    /// Platform features to switch on or off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 128)))]
    pub compatibility_flags: Option<Vec<String>>,
}

/// A platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Cloudflare Workers.
    CloudflareWorker,
    /// Declared, not supported by this version.
    VercelEdge,
    /// Declared, not supported by this version.
    DenoDeploy,
}

/// What clients learn about the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Name and version.
    pub info: Info,
    /// What a client's model should know before it uses the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16384))]
    pub instructions: Option<String>,
}

/// Name and version of the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Info {
    /// The name for programs.
    #[schemars(length(min = 1, max = 128))]
    pub name: String,
    /// The version of the deployment.
    #[schemars(length(min = 1, max = 64))]
    pub version: String,
    /// The name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub title: Option<String>,
}

/// Which skills are served.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Skills {
    /// The folder with one folder per skill; `./skills/` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    pub source: Option<String>,
    /// Skills that join every script, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 128)))]
    pub always_load: Option<Vec<String>>,
    /// Serve only some of the skills in the folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<TagFilter>,
}

/// Serves skills by their tags.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TagFilter {
    /// Serve skills with any of these tags; all skills if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 64)))]
    pub include: Option<Vec<String>>,
    /// Never serve skills with any of these tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 64)))]
    pub exclude: Option<Vec<String>>,
}

/// A tag that skills may carry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// The tag.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// What it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub description: Option<String>,
}

/// Exceptions to how operations are classified.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassificationRules {
    /// The first rule that matches an operation wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub rules: Option<Vec<ClassificationRule>>,
}

/// An exception for some operations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassificationRule {
    /// A method or `*`, one space, and a path with `*` (within a segment) and `**` (across segments).
    #[schemars(length(min = 1, max = 256))]
    pub r#match: String,
    /// How the operations are exposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expose: Option<Expose>,
    /// What a successful call announces as changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emits: Option<Emits>,
}

/// How an operation is exposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Expose {
    /// A tool only.
    Tool,
    /// A resource only.
    Resource,
    /// Both.
    Both,
}

/// Which resource a successful call announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Emits {
    /// The one at the operation's own path.
    #[serde(rename = "self")]
    Own,
    /// The one a path segment above.
    Parent,
    /// Nothing.
    None,
}

/// Whose bundles are accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signing {
    /// How bundles are signed.
    pub algorithm: Algorithm,
    /// The keys that are trusted.
    #[schemars(length(min = 1, max = 8))]
    pub trust_roots: Vec<TrustRoot>,
    /// Refuses a bundle that was sent before.
    pub replay: Replay,
}

/// How bundles are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// Ed25519, RFC 8032; `EdDSA` in envelopes.
    Ed25519,
    /// RSASSA-PKCS1-v1_5 with SHA-256; `RS256` in envelopes.
    Rs256,
}

/// A key that is trusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustRoot {
    /// The key's id in envelopes.
    #[schemars(length(min = 1, max = 128))]
    pub kid: String,
    /// The secret that holds the public key.
    #[schemars(length(min = 1, max = 128), regex(pattern = CONSTANT))]
    pub public_key_secret: String,
}

/// Refuses a bundle that was sent before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Replay {
    /// How old a bundle may be when it arrives, in seconds.
    #[serde(default = "window_seconds")]
    #[schemars(range(min = 10, max = 3600))]
    pub window_seconds: u32,
    /// The KV namespace, by its binding, that keeps the nonces.
    #[schemars(length(min = 1, max = 128), regex(pattern = CONSTANT))]
    pub nonce_kv: String,
}

fn window_seconds() -> u32 {
    300
}

/// A secret the deployment needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// Its name.
    #[schemars(length(min = 1, max = 128), regex(pattern = CONSTANT))]
    pub name: String,
    /// Whether the server refuses to start without it.
    #[serde(default = "required")]
    pub required: bool,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub description: Option<String>,
}

fn required() -> bool {
    true
}

/// What one environment changes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// Replaces the fields it gives; `info` as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerOverlay>,
    /// Replaces the descriptions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specs: Option<Specs>,
    /// Replaces the fields it gives; `tags` and `alwaysLoad` as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skills: Option<Skills>,
    /// Replaces the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classification: Option<ClassificationRules>,
    /// Replaces all bindings. To change variables only, use `vars`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bindings: Option<Bindings>,
    /// Replaces who may use the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// Variables to add to `bindings.vars`, or to replace there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("additionalProperties" = { "type": "string", "maxLength": 4096 }))]
    #[schemars(extend("propertyNames" = { "minLength": 1, "maxLength": 128 }))]
    pub vars: Option<BTreeMap<String, String>>,
}

/// What an environment changes about the server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerOverlay {
    /// Name and version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<Info>,
    /// What a client's model should know before it uses the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16384))]
    pub instructions: Option<String>,
}
