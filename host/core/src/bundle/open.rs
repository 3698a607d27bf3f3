//! A verified payload → what a deployment consists of. Trusts the signer's intent, never the bytes: digests, names,
//! references and shapes are all checked, and everything wrong is reported at once.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::document::{Artifact, Received, SkillPart, SpecPart, content_id};
use super::{canonical, sha256_hex};
use crate::findings::{Document, Finding, has_errors};
use crate::manifest::schema::Version;
use crate::manifest::{self, Manifest};
use crate::openapi::operation::{Operation, OperationHead, Origin, SecurityScheme, Spec};
use crate::openapi::{base_of, naming};
use crate::skill::markdown::{Folder, SkillSource, parse as parse_skill};

/// What findings about a bundle's manifest call it.
const MANIFEST: &str = "bundle manifest";
/// Bytes of a file's path inside its skill.
const MAX_PATH: usize = 1024;

/// What a bundle carries, each part parsed.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The effective manifest.
    pub manifest: Manifest,
    /// The environment it was built for.
    pub environment: Option<String>,
    /// The descriptions, with the operations they carry.
    pub specs: Vec<Spec>,
    /// The skills.
    pub skills: Vec<SkillSource>,
}

/// Reads a payload: canonical JSON in the shape of a [`Bundle`](super::document::Bundle). Operations and the schemas
/// they share stay text: [`open_over`] reads those that are not known.
///
/// # Errors
/// Everything else that has the wrong shape, or where the bytes stop being canonical.
pub fn read(payload: &[u8]) -> Result<Received<'_>, Vec<Finding>> {
    if let Err(error) = canonical::check(payload) {
        return Err(vec![not_canonical(&error)]);
    }
    serde_json::from_slice(payload).map_err(|error| {
        // What is wrong, and where, is told by the slower reader.
        let told = serde_json::from_slice(payload).map(misshapen).unwrap_or_default();
        let unexplained = || vec![Finding::error("bundle-shape", error.to_string())];
        if told.is_empty() { unexplained() } else { told }
    })
}

fn not_canonical(error: &canonical::NotCanonical) -> Finding {
    Finding::error("bundle-not-canonical", format!("The payload is not RFC 8785 canonical JSON: {error}"))
        .hint("Build it with `frontmcp-host deploy build`")
}

/// Finds what keeps `value` from being a bundle, part by part.
fn misshapen(value: Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Value::Object(mut members) = value else {
        return vec![Finding::error("bundle-shape", "The payload must be a JSON object")];
    };
    let mut take = |name: &str| members.remove(name);
    shape::<Version>("version", take("version"), &mut findings);
    if take("manifest").is_none() {
        findings.push(Finding::error("bundle-shape", "`manifest` is missing"));
    }
    if let Some(environment) = take("environment") {
        shape::<String>("environment", Some(environment), &mut findings);
    }
    for (index, part) in items("specs", take("specs"), &mut findings) {
        let operations = part.get("operations").and_then(Value::as_array).cloned().unwrap_or_default();
        shape::<SpecPart<Value>>(&format!("specs/{index}"), Some(part), &mut findings);
        for (place, operation) in operations.into_iter().enumerate() {
            shape::<Operation>(&format!("specs/{index}/operations/{place}"), Some(operation), &mut findings);
        }
    }
    for (name, part) in members_of("skills", take("skills"), &mut findings) {
        shape::<SkillPart>(&format!("skills/{name}"), Some(part), &mut findings);
    }
    for (name, part) in members_of("artifacts", take("artifacts"), &mut findings) {
        shape::<Artifact>(&format!("artifacts/{name}"), Some(part), &mut findings);
    }
    let unknown =
        members.keys().map(|key| Finding::error("unknown-key", format!("`{key}` is no member of a bundle")));
    findings.extend(unknown);
    findings
}

fn shape<T: DeserializeOwned>(place: &str, value: Option<Value>, findings: &mut Vec<Finding>) {
    let problem = match value {
        None => "it is missing".to_owned(),
        Some(value) => match serde_json::from_value::<T>(value) {
            Ok(_) => return,
            Err(error) => error.to_string(),
        },
    };
    findings.push(Finding::error("bundle-shape", format!("`{place}`: {problem}")));
}

fn items(place: &str, value: Option<Value>, findings: &mut Vec<Finding>) -> Vec<(usize, Value)> {
    match value {
        Some(Value::Array(items)) => items.into_iter().enumerate().collect(),
        _ => {
            findings.push(Finding::error("bundle-shape", format!("`{place}` must be a list")));
            Vec::new()
        }
    }
}

fn members_of(place: &str, value: Option<Value>, findings: &mut Vec<Finding>) -> Map<String, Value> {
    match value {
        Some(Value::Object(members)) => members,
        _ => {
            findings.push(Finding::error("bundle-shape", format!("`{place}` must be an object")));
            Map::new()
        }
    }
}

/// Looks up an operation that is live already by its fingerprint.
pub type Known<'a> = dyn Fn(&[u8; 32]) -> Option<Arc<Operation>> + 'a;

/// [`open_over`] nothing.
///
/// # Errors
/// As there.
pub fn open(
    bundle: Received<'_>,
    blobs: &BTreeMap<String, Bytes>,
) -> Result<(Opened, Vec<Finding>), Vec<Finding>> {
    open_over(bundle, blobs, &|_| None)
}

/// Checks and parses every part. Operations that are `known` are taken from there: the largest part of a bundle rarely
/// changes, and need not be read, compared and compiled again. `blobs` holds the artifacts that travelled beside the
/// bundle.
///
/// # Errors
/// Every contradiction between the parts.
pub fn open_over(
    bundle: Received<'_>,
    blobs: &BTreeMap<String, Bytes>,
    known: &Known<'_>,
) -> Result<(Opened, Vec<Finding>), Vec<Finding>> {
    let mut findings = Vec::new();
    let manifest = open_manifest(bundle.manifest, &mut findings);
    let files = artifacts(bundle.artifacts, blobs, &mut findings);
    let mut unused: BTreeSet<&str> = files.keys().map(String::as_str).collect();
    let mut skills = Vec::new();
    for (name, part) in &bundle.skills {
        part.files.values().for_each(|sha256| _ = unused.remove(sha256.as_str()));
        skills.extend(open_skill(name, part, &files, &mut findings));
    }
    for sha256 in unused {
        findings
            .push(Finding::error("artifact-unused", format!("No skill has a file with the digest {sha256}")));
    }
    let specs = bundle.specs.into_iter().enumerate();
    let specs = specs.map(|(index, part)| open_spec(index, part, known, &mut findings)).collect();
    match manifest {
        Some(manifest) if !has_errors(&findings) => {
            Ok((Opened { manifest, environment: bundle.environment, specs, skills }, findings))
        }
        _ => Err(findings),
    }
}

fn open_manifest(value: Value, findings: &mut Vec<Finding>) -> Option<Manifest> {
    let document = Document { file: MANIFEST.to_owned(), value, ..Document::default() };
    let manifest = manifest::parse(&document).map_err(|problems| findings.extend(problems)).ok()?;
    findings.extend(manifest::check::check(&document));
    if !manifest.environments.is_empty() {
        let message = "The manifest of a bundle is one environment's; it has no `environments`";
        findings.push(Finding::error("bundle-environments", message));
    }
    Some(manifest)
}

/// Every artifact whose bytes are what its name says.
fn artifacts(
    artifacts: BTreeMap<String, Artifact>,
    blobs: &BTreeMap<String, Bytes>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, Bytes> {
    let mut files = BTreeMap::new();
    for (sha256, artifact) in artifacts {
        match bytes_of(&sha256, artifact, blobs) {
            Ok(bytes) => _ = files.insert(sha256, bytes),
            Err(problem) => {
                findings.push(Finding::error("artifact", format!("Artifact {sha256}: {problem}")));
            }
        }
    }
    files
}

fn bytes_of(
    sha256: &str,
    artifact: Artifact,
    blobs: &BTreeMap<String, Bytes>,
) -> Result<Bytes, &'static str> {
    let bytes = match (artifact.text, artifact.base64) {
        (Some(text), None) => Bytes::from(text),
        (None, Some(text)) => {
            Bytes::from(STANDARD.decode(text).map_err(|_| "`base64` is not standard padded Base64")?)
        }
        (None, None) => blobs.get(sha256).cloned().ok_or("its bytes are not here")?,
        (Some(_), Some(_)) => return Err("it has both `text` and `base64`"),
    };
    if bytes.len() as u64 != artifact.size {
        return Err("its bytes are not as many as `size` says");
    }
    if sha256_hex(&bytes) != sha256 {
        return Err("its bytes have another digest");
    }
    Ok(bytes)
}

fn open_skill(
    name: &str,
    part: &SkillPart,
    files: &BTreeMap<String, Bytes>,
    findings: &mut Vec<Finding>,
) -> Option<SkillSource> {
    let mut folder = Folder { name: name.to_owned(), path: format!("skills/{name}"), files: BTreeMap::new() };
    let before = findings.len();
    for (path, sha256) in &part.files {
        if !is_plain_path(path) {
            let message =
                format!("Skill `{name}` has a file named {path:?}, which is no path inside its folder");
            findings.push(Finding::error("skill-path", message));
        }
        match files.get(sha256) {
            Some(bytes) => _ = folder.files.insert(path.clone(), bytes.clone()),
            None => {
                let message =
                    format!("`{path}` of skill `{name}` has the digest {sha256}, which is no good artifact");
                findings.push(Finding::error("artifact-missing", message));
            }
        }
    }
    if findings.len() > before {
        return None;
    }
    let mut frontmatter = |file: &str, _: &str| {
        Ok(Document { file: file.to_owned(), value: part.frontmatter.clone(), ..Document::default() })
    };
    let (skill, problems) = parse_skill(folder, &mut frontmatter);
    findings.extend(problems);
    skill
}

/// A relative path of plain segments: nothing that could mean another place anywhere.
fn is_plain_path(path: &str) -> bool {
    let plain = |segment: &str| {
        !segment.is_empty()
            && !matches!(segment, "." | "..")
            && !segment.chars().any(|c| c.is_control() || matches!(c, '\\' | ':'))
    };
    path.len() <= MAX_PATH && path.split('/').all(plain)
}

fn open_spec(
    index: usize,
    part: SpecPart<&RawValue, &RawValue>,
    known: &Known<'_>,
    findings: &mut Vec<Finding>,
) -> Spec {
    let mut pool = Pool::new(&part, findings);
    let mut operations = BTreeMap::new();
    let mut heads = Vec::new();
    let mut names = BTreeSet::new();
    for (place, text) in part.operations.iter().enumerate() {
        let fingerprint = Sha256::digest(text.get()).into();
        let live = known(&fingerprint);
        let is_new = live.is_none();
        let operation = match live.map_or_else(|| pool.operation(text.get(), fingerprint), Ok) {
            Ok(operation) => operation,
            Err(problem) => {
                let message = format!("`specs/{index}/operations/{place}`: {problem}");
                findings.push(Finding::error("bundle-shape", message));
                continue;
            }
        };
        if is_new {
            check_text(&part.id, &operation, findings);
        }
        check_place(&part.id, &operation, &part.security_schemes, findings);
        let fresh = names.insert(operation.name.clone());
        heads.push(head(&operation));
        if !fresh || operations.contains_key(&operation.id) {
            let message = format!("Spec `{}` has two operations called `{}`", part.id, operation.id);
            findings.push(Finding::error("duplicate-operation", message));
        }
        operations.insert(operation.id.clone(), operation);
    }
    findings.append(&mut pool.findings);
    Spec {
        id: part.id,
        namespace: part.namespace,
        title: part.title,
        base_url: part.base_url,
        operations: heads.into(),
        security_schemes: part.security_schemes,
        origin: Origin::Bundle(operations),
    }
}

/// What an operation says by itself; one that is live already has been checked.
fn check_text(spec: &str, operation: &Operation, findings: &mut Vec<Finding>) {
    if operation.name != naming::identifier(&operation.name) {
        let problem = format!("`{}` is no name that a script could use", operation.name);
        findings.push(wrong(spec, operation, &problem));
    }
    if !operation.path.starts_with('/') {
        let problem = format!("its path {:?} does not start with `/`", operation.path);
        findings.push(wrong(spec, operation, &problem));
    }
    let problem = match base_of(&operation.base_url) {
        Ok(base) if base == operation.base_url => return,
        Ok(base) => format!("its base URL {:?} should be written {base:?}", operation.base_url),
        Err(problem) => format!("its base URL {:?} {problem}", operation.base_url),
    };
    findings.push(wrong(spec, operation, &problem));
}

/// What an operation says about the spec it stands in.
fn check_place(
    spec: &str,
    operation: &Operation,
    schemes: &BTreeMap<String, SecurityScheme>,
    findings: &mut Vec<Finding>,
) {
    if operation.spec != spec {
        let problem = format!("it says it belongs to spec `{}`", operation.spec);
        findings.push(wrong(spec, operation, &problem));
    }
    for used in operation.security.iter().flatten().filter(|used| !schemes.contains_key(&used.scheme)) {
        let problem = format!("the spec has no security scheme `{}`", used.scheme);
        findings.push(wrong(spec, operation, &problem));
    }
}

fn wrong(spec: &str, operation: &Operation, problem: &str) -> Finding {
    let message = format!("Operation `{}` of spec `{spec}`: {problem}", operation.id);
    Finding::error("bundle-operation", message)
}

/// The schemas that the operations of a spec share, read when one of them is needed.
struct Pool<'a> {
    spec: &'a str,
    definitions: BTreeMap<&'a str, &'a RawValue>,
    sets: BTreeMap<&'a str, (&'a BTreeMap<String, String>, OnceCell<Value>)>,
    findings: Vec<Finding>,
}

impl<'a> Pool<'a> {
    /// What has another id than its own is left out.
    fn new(part: &'a SpecPart<&RawValue, &RawValue>, findings: &mut Vec<Finding>) -> Self {
        let mut lies = |id: &str| {
            let message = format!("A definition of spec `{}` is not what its id {id} says", part.id);
            findings.push(Finding::error("bundle-definition", message));
        };
        let mut definitions = BTreeMap::new();
        for (id, text) in &part.definitions {
            if content_id(text.get().as_bytes()) == *id {
                definitions.insert(id.as_str(), *text);
            } else {
                lies(id);
            }
        }
        let mut sets = BTreeMap::new();
        for (id, set) in &part.definition_sets {
            if canonical::to_vec(set).is_ok_and(|text| content_id(&text) == *id) {
                sets.insert(id.as_str(), (set, OnceCell::new()));
            } else {
                lies(id);
            }
        }
        Self { spec: &part.id, definitions, sets, findings: Vec::new() }
    }

    /// Reads an operation, with its definitions in place.
    fn operation(&mut self, text: &str, fingerprint: [u8; 32]) -> serde_json::Result<Arc<Operation>> {
        let mut operation: Operation = serde_json::from_str(text)?;
        operation.fingerprint = Some(fingerprint);
        let schemas = operation.schemas_mut();
        let problems: Vec<String> = schemas.filter_map(|schema| self.restore(schema).err()).collect();
        for problem in problems {
            let message = format!("Operation `{}` of spec `{}`: {problem}", operation.id, self.spec);
            self.findings.push(Finding::error("bundle-definition", message));
        }
        Ok(Arc::new(operation))
    }

    fn restore(&self, schema: &mut Value) -> Result<(), String> {
        let Some(place) = schema.get_mut("$defs") else { return Ok(()) };
        let found = place.as_str().and_then(|id| self.sets.get(id));
        let (set, read) = found.ok_or("its definitions are not in the bundle")?;
        if read.get().is_none() {
            // Only this thread reads it.
            let _ = read.set(self.read(set)?);
        }
        *place = read.get().cloned().unwrap_or_default();
        Ok(())
    }

    fn read(&self, set: &BTreeMap<String, String>) -> Result<Value, String> {
        let definition = |(name, id): (&String, &String)| {
            let text = self.definitions.get(id.as_str());
            let text = text.ok_or_else(|| format!("its definition `{name}` is not in the bundle"))?;
            let value = serde_json::from_str(text.get()).map_err(|error| error.to_string())?;
            Ok((name.clone(), value))
        };
        set.iter().map(definition).collect::<Result<Map<String, Value>, String>>().map(Value::Object)
    }
}

fn head(operation: &Operation) -> OperationHead {
    OperationHead {
        spec: operation.spec.clone(),
        id: operation.id.clone(),
        name: operation.name.clone(),
        method: operation.method.clone(),
        path: operation.path.clone(),
        summary: operation.summary.clone(),
        tags: operation.tags.clone(),
        deprecated: operation.deprecated,
        classification: operation.classification.clone(),
        item: Default::default(),
        place: Default::default(),
    }
}
