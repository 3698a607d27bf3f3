//! A verified payload → what a deployment consists of. Trusts the signer's intent, never the bytes: digests, names,
//! references and shapes are all checked, and everything wrong is reported at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::document::{Artifact, Bundle, SkillPart, SpecPart};
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

/// Reads a payload: canonical JSON in the shape of a [`Bundle`].
///
/// # Errors
/// Everything that has the wrong shape, or where the bytes stop being canonical.
pub fn read(payload: &[u8]) -> Result<Bundle, Vec<Finding>> {
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
        spec_shape(&format!("specs/{index}"), part, &mut findings);
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

fn spec_shape(place: &str, mut part: Value, findings: &mut Vec<Finding>) {
    let operations = part.get_mut("operations").map(Value::take);
    if let (Some(_), Some(object)) = (&operations, part.as_object_mut()) {
        object.insert("operations".to_owned(), Value::Array(Vec::new()));
    }
    shape::<SpecPart>(place, Some(part), findings);
    for (index, operation) in items(&format!("{place}/operations"), operations, findings) {
        shape::<Operation>(&format!("{place}/operations/{index}"), Some(operation), findings);
    }
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

/// Looks up an operation that is live already: by its tool name, if it has this fingerprint.
pub type Known<'a> = dyn Fn(&str, &[u8; 32]) -> Option<Arc<Operation>> + 'a;

/// [`open_over`] nothing.
///
/// # Errors
/// As there.
pub fn open(bundle: Bundle, blobs: &BTreeMap<String, Bytes>) -> Result<(Opened, Vec<Finding>), Vec<Finding>> {
    open_over(bundle, blobs, &|_, _| None)
}

/// Checks and parses every part. Operations that are `known` are taken from there: the largest part of a bundle rarely
/// changes, and need not be put together, compared and compiled again. `blobs` holds the artifacts that travelled beside the bundle.
///
/// # Errors
/// Every contradiction between the parts.
pub fn open_over(
    bundle: Bundle,
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
    let specs = bundle.specs.into_iter().map(|part| open_spec(part, known, &mut findings)).collect();
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

fn open_spec(part: SpecPart, known: &Known<'_>, findings: &mut Vec<Finding>) -> Spec {
    let digests: Vec<[u8; 32]> = part.definitions.iter().map(digest).collect();
    let mut operations = BTreeMap::new();
    let mut heads = Vec::new();
    let mut names = BTreeSet::new();
    for mut operation in part.operations {
        check_operation(&part.id, &operation, &part.security_schemes, findings);
        let fingerprint = fingerprint(&mut operation, &digests);
        let head = head(&operation);
        let live = fingerprint.and_then(|fingerprint| known(&head.tool(), &fingerprint));
        let operation = live.unwrap_or_else(|| {
            operation.fingerprint = fingerprint;
            complete(operation, &part.definitions, findings)
        });
        let fresh = names.insert(head.name.clone());
        if operations.insert(head.id.clone(), operation).is_some() || !fresh {
            let message = format!("Spec `{}` has two operations called `{}`", part.id, head.id);
            findings.push(Finding::error("duplicate-operation", message));
        }
        heads.push(head);
    }
    Spec {
        id: part.id,
        namespace: part.namespace,
        title: part.title,
        base_url: part.base_url,
        operations: heads,
        security_schemes: part.security_schemes,
        origin: Origin::Bundle(operations),
    }
}

fn check_operation(
    spec: &str,
    operation: &Operation,
    schemes: &BTreeMap<String, SecurityScheme>,
    findings: &mut Vec<Finding>,
) {
    let mut wrong = |problem: String| {
        let message = format!("Operation `{}` of spec `{spec}`: {problem}", operation.id);
        findings.push(Finding::error("bundle-operation", message));
    };
    if operation.spec != spec {
        wrong(format!("it says it belongs to spec `{}`", operation.spec));
    }
    if operation.name != naming::identifier(&operation.name) {
        wrong(format!("`{}` is no name that a script could use", operation.name));
    }
    if !operation.path.starts_with('/') {
        wrong(format!("its path {:?} does not start with `/`", operation.path));
    }
    match base_of(&operation.base_url) {
        Ok(base) if base == operation.base_url => {}
        Ok(base) => wrong(format!("its base URL {:?} should be written {base:?}", operation.base_url)),
        Err(problem) => wrong(format!("its base URL {:?} {problem}", operation.base_url)),
    }
    for used in operation.security.iter().flatten() {
        if !schemes.contains_key(&used.scheme) {
            wrong(format!("the spec has no security scheme `{}`", used.scheme));
        }
    }
}

/// Identifies an operation by everything it says, whatever places its definitions have in this bundle. `None` if a
/// definition has no place here.
fn fingerprint(operation: &mut Operation, digests: &[[u8; 32]]) -> Option<[u8; 32]> {
    let schemas = operation.schemas_mut();
    let definitions: Vec<Option<Value>> =
        schemas.map(|schema| schema.get_mut("$defs").map(Value::take)).collect();
    let mut hash = Sha256::new();
    hash.update(serde_json::to_vec(operation).ok()?);
    let mut complete = true;
    for (name, place) in definitions.iter().flatten().filter_map(Value::as_object).flatten() {
        let digest = place.as_u64().and_then(|index| digests.get(usize::try_from(index).ok()?));
        complete &= digest.is_some();
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name);
        digest.into_iter().for_each(|digest| hash.update(digest));
    }
    let schemas = operation.schemas_mut();
    for (schema, definitions) in schemas.zip(definitions) {
        if let (Some(place), Some(definitions)) = (schema.get_mut("$defs"), definitions) {
            *place = definitions;
        }
    }
    complete.then(|| hash.finalize().into())
}

fn digest(definition: &Value) -> [u8; 32] {
    Sha256::digest(serde_json::to_vec(definition).expect("a value is plain JSON")).into()
}

/// The operation with its definitions in place.
fn complete(mut operation: Operation, pool: &[Value], findings: &mut Vec<Finding>) -> Arc<Operation> {
    let schemas = operation.schemas_mut();
    let problems: Vec<String> =
        schemas.filter_map(|schema| restore_definitions(schema, pool).err()).collect();
    for problem in problems {
        let message = format!("Operation `{}` of spec `{}`: {problem}", operation.id, operation.spec);
        findings.push(Finding::error("bundle-definition", message));
    }
    Arc::new(operation)
}

fn restore_definitions(schema: &mut Value, pool: &[Value]) -> Result<(), String> {
    let Some(Value::Object(definitions)) = schema.get_mut("$defs") else { return Ok(()) };
    for (name, place) in definitions.iter_mut() {
        let index = place.as_u64().and_then(|index| usize::try_from(index).ok());
        let definition = index.and_then(|index| pool.get(index));
        *place = definition.ok_or_else(|| format!("its definition `{name}` is not in the bundle"))?.clone();
    }
    Ok(())
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
