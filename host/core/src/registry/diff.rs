//! What a new snapshot changes, by skill, operation and setting, and which of it a running server cannot take.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::manifest::Manifest;
use crate::openapi::operation::Operation;
use crate::registry::snapshot::Snapshot;
use crate::skill::catalog::Skill;

/// Everything that differs between two snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// Skills, by name.
    pub skills: Delta,
    /// Granted operations, by tool name.
    pub operations: Delta,
    /// Settings of the manifest, e.g. `server.instructions`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
    /// Settings that only a new deployment of the server itself can change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub structural: Vec<String>,
}

/// What came, went and changed among things with names, each list in order of name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Delta {
    /// Only in the new one.
    pub added: Vec<String>,
    /// Only in the old one.
    pub removed: Vec<String>,
    /// In both, but different.
    pub changed: Vec<Changed>,
}

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Its name.
    pub name: String,
    /// Which of its aspects.
    pub aspects: Vec<&'static str>,
}

impl Changes {
    /// What `new` changes; everything is new without an old one.
    pub fn between(old: Option<&Snapshot>, new: &Snapshot) -> Self {
        let (skills, operations) = (&new.catalog.skills, &new.operations);
        let Some(old) = old else {
            let nothing = (&BTreeMap::new(), &BTreeMap::new());
            return Self {
                skills: delta(nothing.0, skills, |_, _| Vec::new()),
                operations: delta(nothing.1, operations, |_, _| Vec::new()),
                ..Self::default()
            };
        };
        let mut changes = Self {
            skills: delta(&old.catalog.skills, skills, skill_aspects),
            operations: delta(&old.operations, operations, |was, is| operation_aspects(old, was, new, is)),
            ..Self::default()
        };
        if let (Some(was), Some(is)) = (&old.manifest, &new.manifest) {
            (changes.structural, changes.settings) =
                settings(was, is).into_iter().partition(|setting| is_structural(setting));
        }
        changes
    }
}

impl Changes {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What differs, in a line.
    pub fn summary(&self) -> String {
        let settings = self.settings.iter().chain(&self.structural).map(|name| format!("{name} changed"));
        let parts = self.skills.words("skill").into_iter().chain(self.operations.words("operation"));
        let parts: Vec<String> = parts.chain(settings).collect();
        if parts.is_empty() { "nothing changed".to_owned() } else { parts.join("; ") }
    }
}

impl Delta {
    /// Names that are told one by one; more are counted.
    const TOLD: usize = 8;

    fn words(&self, noun: &str) -> Vec<String> {
        let changed: Vec<&str> = self.changed.iter().map(|changed| changed.name.as_str()).collect();
        let lists = [
            ("added", self.added.iter().map(String::as_str).collect()),
            ("removed", self.removed.iter().map(String::as_str).collect()),
            ("changed", changed),
        ];
        let told = lists.into_iter().filter(|(_, names): &(_, Vec<&str>)| !names.is_empty());
        told.map(|(verb, names)| {
            let plural = if names.len() == 1 { "" } else { "s" };
            let more = if names.len() > Self::TOLD { ", …" } else { "" };
            let first = names.iter().take(Self::TOLD).copied().collect::<Vec<_>>().join(", ");
            format!("{} {noun}{plural} {verb} ({first}{more})", names.len())
        })
        .collect()
    }
}

/// The structural settings in which two manifests differ.
pub fn structural(old: &Manifest, new: &Manifest) -> Vec<String> {
    settings(old, new).into_iter().filter(|setting| is_structural(setting)).collect()
}

/// Bindings and platform are fixed when a Worker is deployed, and so is who may use the server.
fn is_structural(setting: &str) -> bool {
    setting.starts_with("bindings.") || setting.starts_with("runtime.") || setting == "auth.provider"
}

fn delta<T>(
    old: &BTreeMap<String, Arc<T>>,
    new: &BTreeMap<String, Arc<T>>,
    aspects: impl Fn(&T, &T) -> Vec<&'static str>,
) -> Delta {
    let mut delta = Delta::default();
    delta.removed.extend(old.keys().filter(|name| !new.contains_key(*name)).cloned());
    for (name, is) in new {
        match old.get(name) {
            None => delta.added.push(name.clone()),
            Some(was) if Arc::ptr_eq(was, is) => {}
            Some(was) => {
                let aspects = aspects(was, is);
                if !aspects.is_empty() {
                    delta.changed.push(Changed { name: name.clone(), aspects });
                }
            }
        }
    }
    delta
}

fn skill_aspects(was: &Skill, is: &Skill) -> Vec<&'static str> {
    let files = |skill: &Skill| -> Vec<(String, String)> {
        skill.files.iter().map(|(path, file)| (path.clone(), file.sha256.clone())).collect()
    };
    let differs = [
        ("description", was.description != is.description),
        ("frontmatter", was.frontmatter != is.frontmatter),
        ("tags", was.tags != is.tags),
        ("alwaysLoad", was.always_load != is.always_load),
        ("operations", was.operations != is.operations),
        ("files", files(was) != files(is)),
    ];
    named(&differs)
}

/// A changed base URL or credential is a change of every operation it serves, whatever version the server states.
fn operation_aspects(old: &Snapshot, was: &Operation, new: &Snapshot, is: &Operation) -> Vec<&'static str> {
    let differs = [
        ("route", (&was.method, &was.path) != (&is.method, &is.path)),
        ("baseUrl", was.base_url != is.base_url),
        ("credentials", was.security != is.security || schemes(old, was) != schemes(new, is)),
        ("input", was.input_schema != is.input_schema || was.inputs != is.inputs || was.body != is.body),
        ("output", was.output_schema != is.output_schema),
        ("classification", was.classification != is.classification),
        (
            "description",
            (&was.summary, &was.description, &was.tags, was.deprecated, &was.name)
                != (&is.summary, &is.description, &is.tags, is.deprecated, &is.name),
        ),
    ];
    named(&differs)
}

/// The schemes an operation uses, and the namespace, which names the secrets of those that name none.
fn schemes<'a>(snapshot: &'a Snapshot, operation: &'a Operation) -> impl PartialEq + use<'a> {
    let spec = snapshot.specs.get(&operation.spec);
    let used = operation.security.iter().flatten();
    let schemes: Vec<_> =
        used.map(|used| spec.and_then(|spec| spec.security_schemes.get(&used.scheme))).collect();
    (schemes, spec.map(|spec| &spec.namespace))
}

fn named(differs: &[(&'static str, bool)]) -> Vec<&'static str> {
    differs.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect()
}

/// Dotted names of the settings in which two manifests differ, two levels deep.
fn settings(old: &Manifest, new: &Manifest) -> Vec<String> {
    let plain = |manifest: &Manifest| {
        let mut value = serde_json::to_value(manifest).expect("a manifest is plain JSON");
        // Where parts come from, and what other environments say, is not served.
        for unserved in ["$schema", "environments", "specs"] {
            value.as_object_mut().map(|members| members.remove(unserved));
        }
        value
    };
    let (old, new) = (plain(old), plain(new));
    let mut differing = Vec::new();
    for name in keys(&old, &new) {
        match (&old[&name], &new[&name]) {
            (was, is) if was == is => {}
            (was, is) if was.is_object() || is.is_object() => {
                let inner = keys(was, is).into_iter().filter(|inner| was.get(inner) != is.get(inner));
                differing.extend(inner.map(|inner| format!("{name}.{inner}")));
            }
            _ => differing.push(name),
        }
    }
    differing
}

fn keys(old: &Value, new: &Value) -> Vec<String> {
    let members =
        [old, new].into_iter().filter_map(Value::as_object).flat_map(|members| members.keys().cloned());
    members.collect::<std::collections::BTreeSet<String>>().into_iter().collect()
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
