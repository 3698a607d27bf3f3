//! One callable operation: its input schema, and how each input travels on the wire.
//!
//! Plain data, derived once by [`Spec::resolve`]; never refers back into the description. Its JSON form is what
//! bundles carry, so its names are part of the bundle format.

use std::collections::{BTreeMap, HashMap};
use std::ops::Deref;
use std::sync::Arc;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::classify::Classification;
use super::description::{Description, Place as DescriptionPlace};
use super::schema::Checks;
use crate::findings::{Finding, Location};

/// A loaded description: every operation by name, none of them resolved.
#[derive(Debug, Clone, Default)]
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
    /// In document order; names and ids are unique.
    pub operations: Heads,
    /// `components.securitySchemes`, by name.
    pub security_schemes: BTreeMap<String, SecurityScheme>,
    /// What [`Spec::resolve`] reads.
    pub origin: Origin,
}

/// Where the operations of a [`Spec`] come from.
#[derive(Debug, Clone, Default)]
pub enum Origin {
    /// Nowhere: what a snapshot keeps of a spec.
    #[default]
    None,
    /// The documents of a description, and what derives an operation of them when it is asked for. Whoever reads no
    /// description, as a Worker, does not have to carry it.
    Description(Arc<Description>, Derive),
    /// A bundle, which carries them derived and classified, by id.
    Bundle(BTreeMap<String, Arc<Operation>>),
}

/// Derives the operation of this name.
pub type Derive = fn(&Spec, &str) -> (Option<Operation>, Vec<Finding>);

impl Spec {
    /// The operation called `reference`: an `operationId` as written, or a name.
    pub fn find(&self, reference: &str) -> Option<&OperationHead> {
        self.operations.list.get(*self.operations.places.get(reference)?)
    }

    /// Derives schemas, inputs, body and security of the operation called `reference` (see [`Spec::find`]).
    /// Errors among the findings come without an operation; warnings may accompany one.
    pub fn resolve(&self, reference: &str) -> (Option<Arc<Operation>>, Vec<Finding>) {
        match (&self.origin, self.find(reference)) {
            (Origin::Bundle(operations), Some(head)) => (operations.get(&head.id).cloned(), Vec::new()),
            (Origin::Description(_, derive), _) => {
                let (operation, findings) = derive(self, reference);
                (operation.map(Arc::new), findings)
            }
            _ => (None, vec![self.unknown(reference)]),
        }
    }

    /// What there is to say about an operation that is not there.
    pub(super) fn unknown(&self, reference: &str) -> Finding {
        Finding::error("unknown-operation", format!("spec `{}` has no operation `{reference}`", self.id))
    }

    /// Where an operation stands in the description, as long as that is kept.
    pub fn location(&self, head: &OperationHead) -> Option<Location> {
        Some(self.description()?.node(&head.place)?.key_at())
    }

    /// The documents it was read from, as long as they are kept.
    pub(super) fn description(&self) -> Option<&Description> {
        match &self.origin {
            Origin::Description(description, _) => Some(description),
            Origin::None | Origin::Bundle(_) => None,
        }
    }

    /// The same spec without operations and documents: what a snapshot keeps.
    #[must_use]
    pub fn without_operations(mut self) -> Self {
        self.operations = Heads::default();
        self.origin = Origin::None;
        self
    }
}

/// The operations of a spec, in document order, found by id or name without a search.
#[derive(Debug, Clone, Default)]
pub struct Heads {
    list: Vec<OperationHead>,
    /// By id and by name; an id counts before a name.
    places: HashMap<String, usize>,
}

impl Heads {
    /// Puts these verdicts, one for each operation in turn, in place of the ones before.
    pub(super) fn classify(&mut self, verdicts: Vec<Classification>) {
        self.list.iter_mut().zip(verdicts).for_each(|(head, verdict)| head.classification = verdict);
    }
}

impl From<Vec<OperationHead>> for Heads {
    fn from(list: Vec<OperationHead>) -> Self {
        let ids = list.iter().map(|head| &head.id);
        let both = ids.enumerate().chain(list.iter().map(|head| &head.name).enumerate());
        let mut places = HashMap::new();
        both.for_each(|(place, key)| _ = places.entry(key.clone()).or_insert(place));
        Self { list, places }
    }
}

impl Deref for Heads {
    type Target = [OperationHead];

    fn deref(&self) -> &Self::Target {
        &self.list
    }
}

/// An operation as listed: enough to name, find and classify it.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationHead {
    /// The spec's id.
    pub spec: String,
    /// `operationId` as written, or a name made from method and path.
    pub id: String,
    /// `id` as a JavaScript identifier (see [`Operation::name`]).
    pub name: String,
    /// The HTTP method.
    pub method: Method,
    /// The path template, e.g. `/orders/{id}`.
    pub path: String,
    /// First line for lists.
    pub summary: String,
    /// OpenAPI tags.
    pub tags: Vec<String>,
    /// Marked deprecated.
    pub deprecated: bool,
    /// How it is exposed and what it announces.
    pub classification: Classification,
    /// Its path item in the description.
    pub item: DescriptionPlace,
    /// Itself in the description.
    pub place: DescriptionPlace,
}

impl OperationHead {
    /// The tool name: `<spec id>.<name>`.
    pub fn tool(&self) -> String {
        format!("{}.{}", self.spec, self.name)
    }
}

/// One operation, resolved.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Operation {
    /// The spec's id.
    pub spec: String,
    /// `operationId` as written, or a name made from method and path.
    pub id: String,
    /// `id` as a JavaScript identifier, unique in its spec: the method name in scripts, and the last part
    /// of [`Operation::tool`]. `issues/list-for-repo` becomes `issuesListForRepo`.
    pub name: String,
    /// The HTTP method.
    #[serde(with = "method")]
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// How each input travels, in wire order.
    pub inputs: Vec<Input>,
    /// The request body, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// Alternatives (OR) of schemes that must all be satisfied (AND); empty for none.
    pub security: Vec<Vec<SecurityUse>>,
    /// How it is exposed and what it announces.
    pub classification: Classification,
    /// The two schemas, compiled on first use and shared by clones.
    #[serde(skip)]
    pub checks: Checks,
    /// SHA-256 of all of the above as a bundle carried it; `None` if it was derived from a description.
    #[serde(skip)]
    pub fingerprint: Option<[u8; 32]>,
}

impl Operation {
    /// The tool name: `<spec id>.<name>`.
    pub fn tool(&self) -> String {
        format!("{}.{}", self.spec, self.name)
    }

    /// The schemas of its input and, if described, of its answer.
    pub(crate) fn schemas_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        std::iter::once(&mut self.input_schema).chain(self.output_schema.as_mut())
    }

    /// Whether nothing about the two differs, compiled schemas aside.
    pub fn is_same(&self, other: &Self) -> bool {
        // Destructured whole, so that a new field does not compile until it is compared.
        let Self {
            spec,
            id,
            name,
            method,
            path,
            base_url,
            summary,
            description,
            tags,
            deprecated,
            input_schema,
            output_schema,
            inputs,
            body,
            security,
            classification,
            checks: _,
            fingerprint: _,
        } = self;
        (spec, id, name, method, path, base_url)
            == (&other.spec, &other.id, &other.name, &other.method, &other.path, &other.base_url)
            && (summary, description, tags, deprecated)
                == (&other.summary, &other.description, &other.tags, &other.deprecated)
            && (input_schema, output_schema, inputs, body)
                == (&other.input_schema, &other.output_schema, &other.inputs, &other.body)
            && (security, classification) == (&other.security, &other.classification)
    }

    /// The values of the path template's parameters under the names the template uses, whatever the input
    /// object calls them: what resource URI templates are rendered with.
    pub fn path_values(&self, input: &Value) -> Map<String, Value> {
        let paths = self.inputs.iter().filter(|each| each.place == Place::Path);
        paths
            .filter_map(|each| Some((each.name.clone(), input.as_object()?.get(&each.key)?.clone())))
            .collect()
    }
}

/// One property of the flat input object and its way onto the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Carries raw bytes: the input is `{text | base64, filename?, contentType?}` (see [`Body`]).
    pub binary: bool,
}

/// Where an input goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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

/// A request body. JSON and form bodies are assembled from body inputs. A body of any other media type is
/// one input: a string for text, or `{text | base64, filename?, contentType?}` for bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Body {
    /// The media type sent, e.g. `application/json`.
    pub media_type: String,
    /// Whether a body must be sent.
    pub required: bool,
    /// Input properties that no [`Input`] names become properties of the body object.
    pub open: bool,
    /// By property name, for form and multipart bodies.
    pub encoding: BTreeMap<String, Encoding>,
}

/// How one property of a form or multipart body is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Encoding {
    /// `contentType`, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// `style`, if given; forms then follow the rules of query parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<Style>,
    /// `explode`, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explode: Option<bool>,
    /// `allowReserved`.
    pub allow_reserved: bool,
}

/// A security scheme named by an operation, with the scopes it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecurityUse {
    /// Key of [`Spec::security_schemes`].
    pub scheme: String,
    /// Scopes, for OAuth2 schemes.
    pub scopes: Vec<String>,
}

/// A security scheme and the secret that serves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecurityScheme {
    /// What kind, and where it goes.
    pub kind: SchemeKind,
    /// `x-frontmcp.secret`, if given; else the naming convention applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// Kinds of security scheme that a call can satisfy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
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

/// HTTP methods as text.
mod method {
    use http::Method;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(method.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Method, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        super::super::load::callable(&text)
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no method that can be called")))
    }
}
