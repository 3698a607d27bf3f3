//! A deployment from disk: the manifest and everything it names, every problem reported at once.
//!
//! Reads files and, where a downloader is given, https URLs. Never decides what is served: the core does.

mod files;
mod skills;
mod specs;

use std::path::Path;

use bytes::Bytes;
use frontmcp_core::findings::{Document, Finding, Location, has_errors};
use frontmcp_core::manifest::{Manifest, check, interpolate, overlay};
use frontmcp_core::registry::apply::Deployment;
use frontmcp_core::registry::places::Places;
use url::Url;

use crate::documents;
use files::Tree;

/// Fetches a description from an https URL; the error text is for the finding.
pub type Download<'a> = dyn Fn(&Url) -> Result<Bytes, String> + 'a;

/// How to read a deployment.
pub struct Options<'a> {
    /// The environment whose overlay applies.
    pub environment: Option<&'a str>,
    /// Looks up the variables that the manifest names as `${env:NAME}`.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Fetches descriptions that the manifest names by URL; without it they are errors.
    pub download: Option<&'a Download<'a>>,
}

/// Reads the manifest at `path` and everything it names. Warnings may accompany the deployment; with errors there
/// is none. Files in findings are named relative to the manifest's folder.
pub fn load(path: &Path, options: &Options<'_>) -> (Option<Deployment>, Vec<Finding>) {
    let mut findings = Vec::new();
    let deployment = load_into(path, options, &mut findings);
    (deployment.filter(|_| !has_errors(&findings)), findings)
}

/// The effective manifest at `path` alone, if it is sound; findings are [`load`]'s business.
pub fn load_manifest(path: &Path, options: &Options<'_>) -> Option<Manifest> {
    let mut findings = Vec::new();
    let (name, _, bytes) = read_manifest(path, &mut findings)?;
    let (_, manifest) = parse(&name, &bytes, options, &mut findings)?;
    (!has_errors(&findings)).then_some(manifest)
}

/// The manifest as one environment sees it.
pub struct View {
    /// The manifest.
    pub manifest: Manifest,
    /// Where its parts stand, and the environment.
    pub places: Places,
}

/// The manifest at `path` as the environment `only` sees it, else as itself and then as each of its environments, and
/// everything there is to say about that. What it names is not looked for.
pub fn load_views(
    path: &Path,
    only: Option<&str>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> (Vec<View>, Vec<Finding>) {
    let mut findings = Vec::new();
    let Some((name, _, bytes)) = read_manifest(path, &mut findings) else { return (Vec::new(), findings) };
    let mut view = |environment: Option<&str>| {
        let mut own = Vec::new();
        let options = Options { environment, variable, download: None };
        let parsed = parse(&name, &bytes, &options, &mut own);
        // What is wrong with the file is found each time.
        own.retain(|finding| !findings.contains(finding));
        findings.append(&mut own);
        let (document, manifest) = parsed?;
        Some(View { manifest, places: Places { document, environment: environment.map(str::to_owned) } })
    };
    let mut views: Vec<View> = view(only).into_iter().collect();
    let others: Vec<String> = match (only, views.first()) {
        (None, Some(base)) => base.manifest.environments.keys().cloned().collect(),
        _ => Vec::new(),
    };
    views.extend(others.iter().filter_map(|name| view(Some(name))));
    (views, findings)
}

fn load_into(path: &Path, options: &Options<'_>, findings: &mut Vec<Finding>) -> Option<Deployment> {
    let (name, tree, bytes) = read_manifest(path, findings)?;
    let (document, manifest) = parse(&name, &bytes, options, findings)?;
    let places = Places { document, environment: options.environment.map(str::to_owned) };
    let specs = specs::load(&manifest, &tree, &places, options.download, findings);
    let skills = skills::load(&manifest, &tree, &places, findings);
    Some(Deployment { manifest, places, specs, skills })
}

/// The manifest's name, the files around it, and its bytes.
fn read_manifest(path: &Path, findings: &mut Vec<Finding>) -> Option<(String, Tree, Vec<u8>)> {
    let name = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let tree = Tree::new(folder).map_err(|reason| findings.push(unreadable(&name, &reason))).ok()?;
    let bytes = tree
        .read(&name, documents::MAX_BYTES)
        .map_err(|reason| findings.push(unreadable(&name, &reason)))
        .ok()?;
    Some((name, tree, bytes))
}

/// The manifest as the environment sees it, and the document it was read from; `None` if it is too wrong to look for
/// what it names.
pub(crate) fn parse(
    file: &str,
    bytes: &[u8],
    options: &Options<'_>,
    findings: &mut Vec<Finding>,
) -> Option<(Document, Manifest)> {
    let read = documents::decode(file, bytes).and_then(|text| documents::read_any(file, text));
    let mut document = read.map_err(|problems| findings.extend(problems)).ok()?;
    findings.extend(interpolate::interpolate(&mut document, options.environment, options.variable));
    let manifest = frontmcp_core::manifest::parse(&document)
        .map_err(|problems| {
            // A variable that is not set has been reported already, and says more than the empty value it left.
            let reported: Vec<_> = findings.iter().map(|finding| finding.location.clone()).collect();
            findings.extend(problems.into_iter().filter(|problem| !reported.contains(&problem.location)));
        })
        .ok()?;
    findings.extend(check::check(&document));
    let Some(environment) = options.environment else { return Some((document, manifest)) };
    let effective = overlay::effective(&manifest, environment)
        .map_err(|refused| {
            let place = document.key_at("/environments");
            findings.push(Finding::error("unknown-environment", refused.message).at(place));
        })
        .ok()?;
    Some((document, effective))
}

fn unreadable(name: &str, reason: &str) -> Finding {
    Finding::error("unreadable", format!("`{name}` cannot be read: {reason}")).at(Location {
        file: name.to_owned(),
        line: 1,
        column: 1,
    })
}

#[cfg(test)]
#[path = "deployment/tests.rs"]
mod tests;
