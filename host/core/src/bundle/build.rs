//! A deployment that passed its checks → [`Bundle`]. The same deployment gives the same bytes on any machine: nothing
//! here looks at a clock, a path or the order in which files were found.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use super::canonical::{self, NotCanonical};
use super::document::{Artifact, Bundle, MAX_INLINE, SkillPart, SpecPart, content_id};
use crate::findings::Finding;
use crate::manifest::Manifest;
use crate::manifest::schema::Version;
use crate::openapi::operation::{Operation, Spec};
use crate::skill::catalog::Skill;

/// What goes into a bundle.
#[derive(Debug, Clone, Copy)]
pub struct Contents<'a> {
    /// The effective manifest.
    pub manifest: &'a Manifest,
    /// The environment whose overlay was applied.
    pub environment: Option<&'a str>,
    /// Every description by id; their operations are not looked at.
    pub specs: &'a BTreeMap<String, Arc<Spec>>,
    /// The operations that skills refer to, by tool name.
    pub operations: &'a BTreeMap<String, Arc<Operation>>,
    /// The skills that are served, by name.
    pub skills: &'a BTreeMap<String, Arc<Skill>>,
}

/// A bundle and what travels beside it.
#[derive(Debug, Clone)]
pub struct Built {
    /// The bundle.
    pub bundle: Bundle,
    /// Artifacts larger than [`MAX_INLINE`], by digest.
    pub blobs: BTreeMap<String, Bytes>,
    /// Warnings about what a bundle cannot say exactly.
    pub findings: Vec<Finding>,
}

/// Builds the bundle.
pub fn build(contents: &Contents<'_>) -> Built {
    let mut findings = Vec::new();
    let mut artifacts = BTreeMap::new();
    let mut blobs = BTreeMap::new();
    for file in contents.skills.values().flat_map(|skill| skill.files.values()) {
        if !artifacts.contains_key(&file.sha256) {
            artifacts.insert(file.sha256.clone(), artifact(&file.bytes));
            if file.bytes.len() > MAX_INLINE {
                blobs.insert(file.sha256.clone(), file.bytes.clone());
            }
        }
    }
    let bundle = Bundle {
        version: Version,
        environment: contents.environment.map(str::to_owned),
        manifest: manifest(contents.manifest),
        specs: specs(contents, &mut findings),
        skills: contents.skills.iter().map(|(name, skill)| (name.clone(), skill_part(skill))).collect(),
        artifacts,
    };
    Built { bundle, blobs, findings }
}

impl Built {
    /// The payload of an envelope: RFC 8785 canonical JSON.
    ///
    /// # Errors
    /// A number that JSON cannot carry.
    pub fn payload(&self) -> Result<Vec<u8>, NotCanonical> {
        canonical::to_vec(&self.bundle)
    }
}

/// One environment's manifest: what the others would say is nobody's business.
fn manifest(effective: &Manifest) -> Value {
    let effective = Manifest { environments: BTreeMap::new(), ..effective.clone() };
    let mut value = serde_json::to_value(effective).expect("a manifest is plain JSON");
    canonical::round_numbers(&mut value);
    value
}

fn artifact(bytes: &Bytes) -> Artifact {
    let size = bytes.len() as u64;
    if bytes.len() > MAX_INLINE {
        return Artifact { size, text: None, base64: None };
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Artifact { size, text: Some(text.to_owned()), base64: None },
        Err(_) => Artifact { size, text: None, base64: Some(STANDARD.encode(bytes)) },
    }
}

fn skill_part(skill: &Skill) -> SkillPart {
    let mut frontmatter = skill.frontmatter.clone();
    canonical::round_numbers(&mut frontmatter);
    let files = skill.files.iter().map(|(path, file)| (path.clone(), file.sha256.clone()));
    SkillPart { frontmatter, files: files.collect() }
}

fn specs(contents: &Contents<'_>, findings: &mut Vec<Finding>) -> Vec<SpecPart> {
    let mut by_spec: BTreeMap<&str, Vec<&Arc<Operation>>> = BTreeMap::new();
    for operation in contents.operations.values() {
        by_spec.entry(&operation.spec).or_default().push(operation);
    }
    let part = |spec: &Arc<Spec>| {
        let mut pool = Pool::default();
        let used = by_spec.get(spec.id.as_str()).map(Vec::as_slice).unwrap_or_default();
        let operations = used.iter().map(|operation| pool.reduce(operation, findings)).collect();
        SpecPart {
            id: spec.id.clone(),
            namespace: spec.namespace.clone(),
            title: spec.title.clone(),
            base_url: spec.base_url.clone(),
            security_schemes: spec.security_schemes.clone(),
            definitions: pool.definitions,
            definition_sets: pool.sets,
            operations,
        }
    };
    contents.specs.values().map(part).collect()
}

/// Schemas that several operations of a spec share, each written once.
#[derive(Default)]
struct Pool {
    definitions: BTreeMap<String, Value>,
    sets: BTreeMap<String, BTreeMap<String, String>>,
}

impl Pool {
    fn reduce(&mut self, operation: &Operation, findings: &mut Vec<Finding>) -> Operation {
        let mut reduced = operation.clone();
        let schemas = reduced.schemas_mut();
        for schema in schemas {
            for pointer in canonical::inexact_numbers(schema) {
                let message = format!(
                    "A number in a schema of `{}` ({pointer}) is rounded: JSON carries integers up to 2^53 exactly",
                    operation.tool()
                );
                findings.push(Finding::warning("number-rounded", message));
            }
            canonical::round_numbers(schema);
            self.take_definitions(schema);
        }
        reduced
    }

    /// Puts the id of a set of definitions where the definitions were.
    fn take_definitions(&mut self, schema: &mut Value) {
        let Some(Value::Object(definitions)) = schema.get_mut("$defs").map(Value::take) else { return };
        let set = definitions.into_iter().map(|(name, definition)| (name, self.place(definition))).collect();
        let id = id_of(&set);
        schema["$defs"] = Value::String(id.clone());
        self.sets.entry(id).or_insert(set);
    }

    fn place(&mut self, definition: Value) -> String {
        let id = id_of(&definition);
        self.definitions.entry(id.clone()).or_insert(definition);
        id
    }
}

fn id_of(shared: &impl Serialize) -> String {
    content_id(&canonical::to_vec(shared).expect("its numbers were rounded"))
}
