//! The immutable state that one request holds from start to end.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::bundle::build::{Built, Contents, build};
use crate::manifest::Manifest;
use crate::openapi::operation::{Operation, Spec};
use crate::skill::catalog::{Catalog, Skill};
use crate::skill::grant::Grant;
use crate::skill::index::Index;

/// Everything live, frozen.
#[derive(Debug)]
pub struct Snapshot {
    /// `server.info.name`.
    pub name: String,
    /// `server.info.version`.
    pub version: String,
    /// `server.info.title`.
    pub title: Option<String>,
    /// `server.instructions`, then the catalog of visible skills; at most 16 KB.
    pub instructions: String,
    /// Names in the manifest's `secrets[]`: no other secret is ever asked for.
    pub secrets: Vec<String>,
    /// Specs by id, without their operations.
    pub specs: BTreeMap<String, Arc<Spec>>,
    /// Operations that at least one skill grants, by tool name (`spec.name`).
    pub operations: BTreeMap<String, Arc<Operation>>,
    /// Script namespaces and the ids of the specs behind them. A spec whose namespace is no JavaScript
    /// identifier, or a reserved one, is not here; its operations are called by tool name.
    pub namespaces: BTreeMap<String, String>,
    /// All skills.
    pub catalog: Catalog,
    /// The skills that discovery shows, in the order that [`Snapshot::index`] counts them.
    pub visible: Vec<Visible>,
    /// How many of them are executable.
    pub executable: usize,
    /// Search over the visible skills.
    pub index: Index,
    /// The effective manifest; absent only in a snapshot that was put together by hand.
    pub manifest: Option<Arc<Manifest>>,
    /// The environment whose overlay was applied.
    pub environment: Option<String>,
}

/// A skill that discovery shows.
#[derive(Debug)]
pub struct Visible {
    /// The skill.
    pub skill: Arc<Skill>,
    card: OnceLock<String>,
}

impl Visible {
    /// Nothing is written of it yet.
    pub fn new(skill: Arc<Skill>) -> Self {
        Self { skill, card: OnceLock::new() }
    }

    /// What a search says of the skill whatever was asked, written once.
    pub(crate) fn card(&self, write: impl FnOnce(&Skill) -> String) -> &str {
        self.card.get_or_init(|| write(&self.skill))
    }
}

impl Snapshot {
    /// The bundle that this is built into; `None` without a manifest.
    pub fn bundle(&self) -> Option<Built> {
        Some(build(&Contents {
            manifest: self.manifest.as_ref()?,
            environment: self.environment.as_deref(),
            specs: &self.specs,
            operations: &self.operations,
            skills: &self.catalog.skills,
        }))
    }

    /// The granted operation called `name`: a tool name (`spec.operation`), the way a script writes it
    /// (`namespace.operation`), or a reference (`op://spec/operation`).
    pub fn operation(&self, name: &str) -> Option<&Arc<Operation>> {
        self.operations.get(name).or_else(|| {
            if let Some(reference) = name.strip_prefix("op://") {
                let (spec, id) = reference.split_once('/')?;
                return self
                    .operations
                    .values()
                    .find(|each| each.spec == spec && (each.id == id || each.name == id));
            }
            let (namespace, method) = name.rsplit_once('.')?;
            self.operations.get(&format!("{}.{method}", self.namespaces.get(namespace)?))
        })
    }

    /// The namespaces in which a script under `grant` finds anything.
    pub fn scope<'a>(&'a self, grant: &'a Grant) -> impl Iterator<Item = &'a str> {
        self.namespaces
            .keys()
            .map(String::as_str)
            .filter(|namespace| self.methods(namespace, grant).next().is_some())
    }

    /// The methods of a namespace object under `grant`, each with its tool name, in the order of these.
    pub fn methods<'a>(
        &'a self,
        namespace: &str,
        grant: &'a Grant,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let spec = self.namespaces.get(namespace).map(String::as_str);
        let granted = spec.into_iter().flat_map(|spec| {
            grant.operations.range(spec.to_owned()..).take_while(move |tool| tool.starts_with(spec))
        });
        granted.filter_map(move |tool| {
            let operation = self.operations.get(tool)?;
            (spec == Some(&*operation.spec)).then_some((&*operation.name, &**tool))
        })
    }

    /// One of these methods.
    pub fn method<'a>(
        &'a self,
        namespace: &str,
        method: &str,
        grant: &'a Grant,
    ) -> Option<(&'a str, &'a str)> {
        let tool = grant.operations.get(&format!("{}.{method}", self.namespaces.get(namespace)?))?;
        let operation = self.operations.get(tool)?;
        Some((&operation.name, tool))
    }

    /// The namespace under which scripts find the operations of a spec, if there is one.
    pub fn namespace_of(&self, spec: &str) -> Option<&str> {
        self.namespaces.iter().find(|(_, id)| *id == spec).map(|(namespace, _)| namespace.as_str())
    }
}
