//! Skills as resources: `skill://<name>/<path>`, with digests, and the folders they lie in. Never reads a disk.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::media;
use super::uri::decode;
use crate::mcp::pages::Listed;
use crate::mcp::skills::{Directory, SkillListing};
use crate::mcp::surface::Offer;
use crate::registry::snapshot::Snapshot;
use crate::skill::catalog::{Catalog, Skill, SkillFile};
use crate::skill::markdown::SKILL_FILE;

/// Files of skills that the older versions are shown, at most.
const MAX_LISTED_FILES: usize = 2_000;
/// What a segment of a path may have unescaped.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What there is of skills: visible ones are listed, the others are answered to whoever knows their name.
pub(super) fn offer(snapshot: &Snapshot) -> Offer {
    let mut offer = Offer::default();
    for skill in snapshot.catalog.skills.values() {
        let is_listed = !skill.hide_from_discovery;
        let uri = skill_uri(&skill.name, SKILL_FILE);
        offer.skills.push(SkillListing { entry: entry(skill, &uri), uri, is_listed });
        offer.directories.extend(directories(skill));
        if is_listed {
            let room = MAX_LISTED_FILES.saturating_sub(offer.files.len());
            offer.files.extend(skill.files.iter().take(room).map(|(path, file)| listed(skill, path, file)));
        }
    }
    offer
}

/// The URI of a skill's file.
fn skill_uri(skill: &str, path: &str) -> String {
    format!("skill://{skill}/{}", escaped(path))
}

/// The file at `<name>/<path>`, percent-encoded in any way. Looked up, so that no path leads out of a skill.
pub fn file_of<'a>(catalog: &'a Catalog, below: &str) -> Option<(&'a str, &'a SkillFile)> {
    let (name, path) = below.split_once('/')?;
    // A slash that is written as an escape is part of a name, and no file has such a name.
    let segments: Vec<String> = path.split('/').map(decode).collect::<Option<_>>()?;
    if segments.iter().any(|segment| segment.contains('/')) {
        return None;
    }
    let (path, file) = catalog.skills.get(name)?.files.get_key_value(&segments.join("/"))?;
    Some((path, file))
}

fn escaped(path: &str) -> String {
    let segments: Vec<String> =
        path.split('/').map(|segment| utf8_percent_encode(segment, SEGMENT).to_string()).collect();
    segments.join("/")
}

fn entry(skill: &Skill, uri: &str) -> Value {
    let files = skill.files.iter().map(|(path, file)| {
        let uri = skill_uri(&skill.name, path);
        json!({"uri": uri, "digest": format!("sha256:{}", file.sha256), "size": file.bytes.len()})
    });
    json!({"uri": uri, "frontmatter": skill.frontmatter, "resources": files.collect::<Vec<_>>()})
}

fn listed(skill: &Skill, path: &str, file: &SkillFile) -> Listed {
    let uri = skill_uri(&skill.name, path);
    Listed { value: described(skill, path, file, &uri), key: uri }
}

fn described(skill: &Skill, path: &str, file: &SkillFile, uri: &str) -> Value {
    let mut value = json!({"uri": uri, "mimeType": media::of_path(path), "size": file.bytes.len()});
    if path == SKILL_FILE {
        value["name"] = skill.name.as_str().into();
        value["description"] = skill.description.as_str().into();
        value["annotations"] = json!({"audience": ["assistant"], "priority": 0.8});
    } else {
        value["name"] = format!("{}/{path}", skill.name).into();
    }
    value
}

/// The folder of a skill and those below it, each with what lies directly in it.
fn directories(skill: &Skill) -> Vec<Directory> {
    let mut children: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::from([("", BTreeSet::new())]);
    for path in skill.files.keys() {
        let mut child = path.as_str();
        while let Some((parent, _)) = child.rsplit_once('/') {
            children.entry(parent).or_default().insert(child);
            child = parent;
        }
        children.entry("").or_default().insert(child);
    }
    let uri = |path: &str| match path {
        "" => format!("skill://{}", skill.name),
        path => skill_uri(&skill.name, path),
    };
    let child = |path: &&str| match skill.files.get(*path) {
        Some(file) => listed(skill, path, file),
        None => {
            let name = path.rsplit('/').next().unwrap_or(path);
            let value = json!({"uri": uri(path), "name": name, "mimeType": "inode/directory"});
            Listed { key: uri(path), value }
        }
    };
    let folders = children.iter();
    folders
        .map(|(path, inside)| Directory { uri: uri(path), children: inside.iter().map(child).collect() })
        .collect()
}
