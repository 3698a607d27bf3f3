//! Description → [`Spec`]: finds every document, lists every operation, reports every problem at once.
//!
//! Never reads a file: the shell's `read` function does, for references across files.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::Method;
use url::Url;

use super::classify::{Rule, classify};
use super::description::{Description, Dialect, Node};
use super::operation::{self, OperationHead, Spec};
use super::{naming, parameters, resolve, security, servers};
use crate::findings::{Document, Finding, Severity, has_errors};

/// What the manifest says about one description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecSource {
    /// Unique id.
    pub id: String,
    /// Path or https URL as written.
    pub spec: String,
    /// Overrides the description's servers.
    pub base_url: Option<String>,
    /// The namespace in scripts.
    pub binding_name: Option<String>,
}

/// Reads another document of a description by its name: a path or https URL, already resolved against the name of
/// the referring document (the root's is its [`Document::file`]). Must refuse everything outside the deployment's
/// folder and the root description's own origin. The error text is for the finding.
pub type Read<'a> = dyn FnMut(&str) -> Result<Document, String> + 'a;

/// Operations one description may have.
const MAX_OPERATIONS: usize = 10_000;
/// The methods a call can use. `trace` is none of them: it would echo credentials.
const METHODS: &[(&str, Method)] = &[
    ("get", Method::GET),
    ("put", Method::PUT),
    ("post", Method::POST),
    ("delete", Method::DELETE),
    ("options", Method::OPTIONS),
    ("head", Method::HEAD),
    ("patch", Method::PATCH),
];

/// The method of this name, if a call can use it.
pub(super) fn callable(name: &str) -> Option<Method> {
    METHODS.iter().find(|(_, method)| method.as_str() == name).map(|(_, method)| method.clone())
}

/// Indexes one description and everything it refers to. Returns what could be loaded and every finding; with
/// errors the spec is `None`. Problems of single operations are warnings here and become errors in
/// [`Spec::resolve`], that is, for operations that somebody uses.
pub fn load(source: &SpecSource, root: Document, read: &mut Read<'_>) -> (Option<Spec>, Vec<Finding>) {
    let mut findings = Vec::new();
    let dialect = match dialect(&root) {
        Ok(dialect) => dialect,
        Err(finding) => return (None, vec![finding]),
    };
    let mut description = Description::collect(root, read, &mut findings);
    description.dialect = dialect;
    description.origin = Url::parse(&source.spec).ok().filter(|url| url.scheme() == "https");
    description.fixed_base.clone_from(&source.base_url);
    let root = description.root();
    let base_url = servers::base_url(&description, &[&root]).map_err(|finding| findings.push(finding));
    let security_schemes = security::schemes(&root, &mut findings);
    let operations = operations(source, &root, &mut findings);
    let title = root.get("info").and_then(|info| info.text("title")).unwrap_or(&source.id).to_owned();
    let mut spec = Spec {
        id: source.id.clone(),
        namespace: source.binding_name.clone().unwrap_or_else(|| source.id.clone()),
        title,
        base_url: base_url.unwrap_or_default(),
        operations: operations.into(),
        security_schemes,
        origin: operation::Origin::Description(Arc::new(description), resolve::resolve),
    };
    survey(&spec, &mut findings);
    spec.classify(&[]);
    if has_errors(&findings) { (None, findings) } else { (Some(spec), findings) }
}

impl Spec {
    /// Classifies every operation by convention and these rules; call it before [`Spec::resolve`]. Operations of a
    /// bundle were classified when it was built, among operations that it does not carry.
    pub fn classify(&mut self, rules: &[Rule]) {
        if matches!(self.origin, operation::Origin::Bundle(_)) {
            return;
        }
        let paths = self.operations.iter().map(|head| (&head.method, head.path.as_str()));
        let verdicts = classify(&self.id, paths, rules);
        self.operations.classify(verdicts);
    }
}

fn dialect(root: &Document) -> Result<Dialect, Finding> {
    let version = |key: &str| root.value.get(key).and_then(serde_json::Value::as_str);
    let error = |message: String| Finding::error("unsupported-version", message);
    match (version("openapi"), version("swagger")) {
        (Some(version), _) if version == "3.0" || version.starts_with("3.0.") => Ok(Dialect::V30),
        (Some(version), _) if version == "3.1" || version.starts_with("3.1.") => Ok(Dialect::V31),
        (Some(version), _) => Err(error(format!("OpenAPI {version} is not supported"))
            .at(root.at("/openapi"))
            .hint("use OpenAPI 3.0 or 3.1")),
        (None, Some(version)) => Err(error(format!("Swagger {version} is not supported"))
            .at(root.at("/swagger"))
            .hint("convert the description to OpenAPI 3.0 or 3.1")),
        (None, None) => Err(error("this is no OpenAPI description: `openapi` is missing".to_owned())
            .at(root.at(""))
            .hint("a description starts with e.g. `openapi: 3.1.0`")),
    }
}

fn operations(source: &SpecSource, root: &Node<'_>, findings: &mut Vec<Finding>) -> Vec<OperationHead> {
    let Some(paths) = root.get("paths").filter(|paths| paths.value.is_object()) else {
        let message = "the description has no `paths`, so it has no operations";
        findings.push(Finding::warning("no-paths", message).at(root.at()));
        return Vec::new();
    };
    let mut list = List { source, heads: Vec::new(), names: BTreeSet::new(), ids: BTreeSet::new(), findings };
    for (path, item) in paths.members() {
        list.path_item(path, &item);
    }
    list.heads
}

struct List<'a> {
    source: &'a SpecSource,
    heads: Vec<OperationHead>,
    names: BTreeSet<String>,
    ids: BTreeSet<String>,
    findings: &'a mut Vec<Finding>,
}

impl List<'_> {
    fn path_item(&mut self, path: &str, item: &Node<'_>) {
        if path.starts_with("x-") {
            return;
        }
        if !path.starts_with('/') || path.contains(['?', '#']) {
            let message = format!("path `{path}` must start with `/` and have no query or fragment");
            self.findings.push(
                Finding::warning("bad-path", message).at(item.key_at()).hint("its operations are left out"),
            );
            return;
        }
        let item = match item.follow() {
            Ok(item) => item,
            Err(reason) => {
                self.findings.push(Finding::warning("bad-reference", reason).at(item.at()));
                return;
            }
        };
        for (key, operation) in item.members() {
            match METHODS.iter().find(|(name, _)| *name == key) {
                Some((_, method)) => self.operation(method, path, &item, &operation),
                None if key == "trace" => {
                    let message = "TRACE operations are not callable";
                    self.findings
                        .push(Finding::warning("unsupported-method", message).at(operation.key_at()));
                }
                None => {}
            }
        }
    }

    fn operation(&mut self, method: &Method, path: &str, item: &Node<'_>, operation: &Node<'_>) {
        if !operation.value.is_object() {
            let message = format!("{method} {path} is no object");
            self.findings.push(Finding::warning("bad-operation", message).at(operation.at()));
            return;
        }
        if self.heads.len() >= MAX_OPERATIONS {
            if self.heads.len() == MAX_OPERATIONS && !has_errors(self.findings) {
                let message = format!("the description has more than {MAX_OPERATIONS} operations");
                self.findings.push(Finding::error("too-many-operations", message).at(operation.key_at()));
            }
            return;
        }
        let (id, name) = self.name(method, path, operation);
        let summary = operation.text("summary").or_else(|| operation.text("description")?.lines().next());
        let tags = operation.get("tags");
        let tags = tags.iter().flat_map(Node::items).filter_map(|tag| tag.value.as_str().map(str::to_owned));
        self.heads.push(OperationHead {
            spec: self.source.id.clone(),
            id,
            name,
            method: method.clone(),
            path: path.to_owned(),
            summary: summary.unwrap_or_default().trim().to_owned(),
            tags: tags.collect(),
            deprecated: operation.flag("deprecated"),
            classification: super::classify::Classification::default(),
            item: item.place.clone(),
            place: operation.place.clone(),
        });
    }

    /// The operation's id and name, both unique.
    fn name(&mut self, method: &Method, path: &str, operation: &Node<'_>) -> (String, String) {
        let made = || naming::from_path(method.as_str(), path);
        let written = operation.text("operationId").filter(|id| !id.trim().is_empty());
        let id = match written {
            Some(id) if self.ids.contains(id) => {
                let message = format!("operationId `{id}` is used twice");
                let hint = format!("give {method} {path} its own; until then it is called `{}`", made());
                let place = operation.get("operationId").map_or_else(|| operation.at(), |id| id.at());
                self.findings.push(Finding::warning("duplicate-operation-id", message).at(place).hint(hint));
                made()
            }
            Some(id) => id.to_owned(),
            None => made(),
        };
        let id = naming::unique(&id, &mut self.ids);
        let wanted = naming::identifier(&id);
        let name = naming::unique(&wanted, &mut self.names);
        if name != wanted {
            let message = format!("`{id}` becomes `{name}` in scripts, since `{wanted}` is taken");
            self.findings.push(Finding::warning("name-collision", message).at(operation.key_at()));
        }
        (id, name)
    }
}

/// What can be said about every operation without deriving schemas, as warnings.
fn survey(spec: &Spec, findings: &mut Vec<Finding>) {
    let Some(description) = spec.description() else { return };
    let root = description.root();
    for head in spec.operations.iter() {
        let (Some(item), Some(operation)) = (description.node(&head.item), description.node(&head.place))
        else {
            continue;
        };
        let mut found = Vec::new();
        parameters::collect(&head.path, &item, &operation, &mut found);
        found.extend(security::alternatives(&root, &operation, &spec.security_schemes).err());
        findings.extend(found.into_iter().map(|finding| Finding { severity: Severity::Warning, ..finding }));
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
