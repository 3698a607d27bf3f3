//! One callable operation: its input schema, and how each input travels on the wire.
//!
//! Plain data, derived once by [`super::load`]; never refers back into the description.

use std::collections::BTreeMap;

use http::Method;
use serde_json::Value;

use super::classify::Classification;

/// A loaded description.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The manifest's id for it.
    pub id: String,
    /// The namespace its operations take in scripts: `bindingName`, else the id. Not necessarily an
    /// identifier; lint says when it is not.
    pub namespace: String,
    /// `info.title`.
    pub title: String,
    /// Absolute base URL without a trailing slash: the manifest's `baseUrl`, else the first server's.
    pub base_url: String,
    /// In document order.
    pub operations: Vec<Operation>,
    /// `components.securitySchemes`, by name.
    pub security_schemes: BTreeMap<String, SecurityScheme>,
}

/// One operation of a description.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The spec's id.
    pub spec: String,
    /// `operationId` as written, or a name made from method and path.
    pub id: String,
    /// `id` as a JavaScript identifier, unique in its spec: the method name in scripts, and the last part
    /// of [`Operation::tool`]. `issues/list-for-repo` becomes `issuesListForRepo`.
    pub name: String,
    /// The HTTP method.
    pub method: Method,
    /// The path template, e.g. `/orders/{id}`.
    pub path: String,
    /// Absolute base URL without a trailing slash; an operation's own `servers` win over the spec's.
    pub base_url: String,
    /// First line for lists.
    pub summary: String,
    /// Longer text, may be empty.
    pub description: String,
    /// OpenAPI tags.
    pub tags: Vec<String>,
    /// Marked deprecated.
    pub deprecated: bool,
    /// Self-contained JSON Schema (2020-12) of the flat input object; cycles live in `$defs`.
    pub input_schema: Value,
    /// Self-contained JSON Schema of the success answer, if described.
    pub output_schema: Option<Value>,
    /// How each input travels, in wire order.
    pub inputs: Vec<Input>,
    /// The request body, if any.
    pub body: Option<Body>,
    /// Alternatives (OR) of schemes that must all be satisfied (AND); empty for none.
    pub security: Vec<Vec<SecurityUse>>,
    /// How it is exposed and what it announces.
    pub classification: Classification,
}

impl Operation {
    /// The tool name: `<spec id>.<name>`.
    pub fn tool(&self) -> String {
        format!("{}.{}", self.spec, self.name)
    }
}

/// One property of the flat input object and its way onto the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The property of the input object.
    pub key: String,
    /// The parameter's or body property's own name.
    pub name: String,
    /// Where it goes.
    pub place: Place,
    /// Must be present.
    pub required: bool,
    /// OpenAPI `style`, resolved to the location's default.
    pub style: Style,
    /// OpenAPI `explode`, resolved to the style's default.
    pub explode: bool,
    /// `allowReserved`: RFC 3986 reserved characters stay as they are in a query value.
    pub allow_reserved: bool,
    /// For parameters described by `content`: the media type to serialise with.
    pub content: Option<String>,
}

/// Where an input goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A `{name}` of the path template.
    Path,
    /// The query string.
    Query,
    /// A request header.
    Header,
    /// The `Cookie` header.
    Cookie,
    /// A property of the body object.
    BodyField,
    /// The whole body.
    BodyWhole,
}

/// OpenAPI parameter styles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `simple`
    Simple,
    /// `label`
    Label,
    /// `matrix`
    Matrix,
    /// `form`
    Form,
    /// `spaceDelimited`
    SpaceDelimited,
    /// `pipeDelimited`
    PipeDelimited,
    /// `deepObject`
    DeepObject,
}

/// A request body.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// The media type sent, e.g. `application/json`.
    pub media_type: String,
    /// Whether a body must be sent.
    pub required: bool,
    /// Per-property content types of form and multipart bodies (`encoding`).
    pub encoding: BTreeMap<String, String>,
}

/// A security scheme named by an operation, with the scopes it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityUse {
    /// Key of [`Spec::security_schemes`].
    pub scheme: String,
    /// Scopes, for OAuth2 schemes.
    pub scopes: Vec<String>,
}

/// A security scheme and the secret that serves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityScheme {
    /// What kind, and where it goes.
    pub kind: SchemeKind,
    /// `x-frontmcp.secret`, if given; else the naming convention applies.
    pub secret: Option<String>,
}

/// Kinds of security scheme that a call can satisfy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemeKind {
    /// `http` bearer.
    Bearer,
    /// `http` basic; the secret holds `user:password`.
    Basic,
    /// `apiKey`: in `query`, `header` or `cookie`, under a name.
    ApiKey {
        /// Where it goes: query, header or cookie.
        place: Place,
        /// Under which name.
        name: String,
    },
    /// `oauth2` client credentials; the secret holds `client_id:client_secret`.
    ClientCredentials {
        /// Where tokens come from; absolute.
        token_url: String,
    },
    /// Anything this version cannot satisfy; operations that need it are refused with this reason.
    Unsupported(String),
}
