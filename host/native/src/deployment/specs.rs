//! API descriptions from disk or, with a downloader, from https URLs, and the files they refer to.

use frontmcp_core::findings::{Document, Finding, Location};
use frontmcp_core::manifest::Manifest;
use frontmcp_core::manifest::schema::{SpecEntry, Specs};
use frontmcp_core::openapi::load::{SpecSource, load as load_spec};
use frontmcp_core::openapi::operation::Spec;
use frontmcp_core::registry::places::Places;
use url::Url;

use super::Download;
use super::files::{Tree, tidy};
use crate::documents;

/// Reads every description of the manifest.
pub(super) fn load(
    manifest: &Manifest,
    tree: &Tree,
    places: &Places,
    download: Option<&Download<'_>>,
    findings: &mut Vec<Finding>,
) -> Vec<Spec> {
    let sources = match &manifest.specs {
        Specs::Folder(folder) => folder_sources(folder, tree, places, findings),
        Specs::List(_) => manifest.spec_sources(),
    };
    let mut specs = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let place = || places.at(&format!("/specs/{index}"), 1);
        let reader = Reader { tree: tree.with_folder_of(&source.spec), download, source };
        match reader.document(&tidy_name(&source.spec)) {
            Ok(root) => {
                let (spec, problems) = load_spec(source, root, &mut |name| {
                    reader.document(name).map_err(|problems| in_words(&problems))
                });
                findings.extend(problems);
                specs.extend(spec);
            }
            Err(problems) => findings.extend(problems.into_iter().map(|mut problem| {
                problem.location.get_or_insert_with(place);
                problem
            })),
        }
    }
    specs
}

/// Every `.yaml`, `.yml` and `.json` file of a folder, in order of name.
fn folder_sources(
    folder: &str,
    tree: &Tree,
    places: &Places,
    findings: &mut Vec<Finding>,
) -> Vec<SpecSource> {
    let folder = tidy(folder);
    let listed = tree.only(&folder).and_then(|tree| tree.list("."));
    let names = listed.unwrap_or_else(|reason| {
        let message = format!("The folder of descriptions `{folder}` cannot be read: {reason}");
        findings.push(Finding::error("specs-folder", message).at(places.at("/specs", 1)));
        Vec::new()
    });
    let described = |name: &String| {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        matches!(extension.as_deref(), Some("yaml" | "yml" | "json"))
    };
    let paths = names.into_iter().filter(described).map(|name| format!("{folder}/{name}"));
    paths.map(|path| SpecEntry::Path(path).source()).collect()
}

fn tidy_name(spec: &str) -> String {
    if Url::parse(spec).is_ok() { spec.to_owned() } else { tidy(spec) }
}

/// Reads the documents of one description.
struct Reader<'a> {
    tree: Tree,
    download: Option<&'a Download<'a>>,
    source: &'a SpecSource,
}

impl Reader<'_> {
    fn document(&self, name: &str) -> Result<Document, Vec<Finding>> {
        let bytes = match Url::parse(name) {
            Ok(url) => self.remote(&url),
            Err(_) => self.tree.read(name, documents::MAX_BYTES).map_err(|reason| {
                vec![Finding::error("spec-unreadable", format!("`{name}` cannot be read: {reason}"))]
            }),
        }?;
        documents::decode(name, &bytes).and_then(|text| documents::read_any(name, text))
    }

    /// Documents come from URLs only if the manifest names the description by URL, and then from its origin.
    fn remote(&self, url: &Url) -> Result<Vec<u8>, Vec<Finding>> {
        let refused = |reason: &str, hint: &str| {
            vec![Finding::error("spec-unreadable", format!("`{url}` cannot be read: {reason}")).hint(hint)]
        };
        if url.scheme() != "https" {
            return Err(refused(
                "only https URLs are supported",
                "Use https, or a file next to the manifest",
            ));
        }
        let origin = Url::parse(&self.source.spec).ok().map(|root| root.origin());
        if origin != Some(url.origin()) {
            return Err(refused(
                "it is not on the description's own server",
                "Keep a copy next to the description",
            ));
        }
        let Some(download) = self.download else {
            return Err(refused(
                "this command does not download",
                "Keep a copy next to the manifest and name that",
            ));
        };
        download(url)
            .map(Vec::from)
            .map_err(|reason| refused(&reason, "Check the URL, or keep a copy next to the manifest"))
    }
}

/// The problems of a referred document as one sentence.
fn in_words(problems: &[Finding]) -> String {
    let place = |place: &Location| format!("{}:{}:{}: ", place.file, place.line, place.column);
    let each = problems.iter().map(|problem| {
        let at = problem.location.as_ref().map(place).unwrap_or_default();
        format!("{at}{}", problem.message)
    });
    each.collect::<Vec<_>>().join("; ")
}
