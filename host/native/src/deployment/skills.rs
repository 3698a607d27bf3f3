//! Skill folders from disk. Never follows a link out of the skills folder.

use std::collections::BTreeMap;

use bytes::Bytes;
use frontmcp_core::findings::{Finding, Location};
use frontmcp_core::manifest::Manifest;
use frontmcp_core::registry::places::Places;
use frontmcp_core::skill::markdown::{Folder, SKILL_FILE, SkillSource, parse};

use super::files::{Tree, tidy};
use crate::documents;

/// Bytes of one file.
const FILE_LIMIT: usize = 16 << 20;
/// Bytes of all files of one skill.
const SKILL_LIMIT: usize = 64 << 20;
/// Files of one skill.
const MOST_FILES: usize = 512;
/// Folders inside folders of one skill.
const DEEPEST: usize = 16;

/// Reads every skill of the manifest's skills folder.
pub(super) fn load(
    manifest: &Manifest,
    tree: &Tree,
    places: &Places,
    findings: &mut Vec<Finding>,
) -> Vec<SkillSource> {
    let source = tidy(manifest.skills_source());
    let folder = tree.only(&source).and_then(|tree| tree.list(".").map(|names| (tree, names)));
    let (tree, names) = match folder {
        Ok(found) => found,
        Err(reason) => {
            let message = format!("The skills folder `{source}` cannot be read: {reason}");
            let place = places.at("/skills/source", 2);
            findings.push(
                Finding::error("skills-folder", message)
                    .at(place)
                    .hint("Create it, or correct `skills.source`"),
            );
            return Vec::new();
        }
    };
    let mut skills = Vec::new();
    for name in names.into_iter().filter(|name| !is_file(&tree, name)) {
        let folder = read(&tree, &source, &name, findings);
        let (skill, problems) = parse(folder, &mut documents::yaml::read);
        findings.extend(problems);
        skills.extend(skill);
    }
    if skills.is_empty() && findings.is_empty() {
        let message = format!("There is no skill in `{source}`; nothing can be called");
        findings.push(Finding::warning("no-skills", message).at(places.at("/skills/source", 2)));
    }
    skills
}

fn is_file(tree: &Tree, name: &str) -> bool {
    tree.locate(name).is_ok_and(|path| path.is_file())
}

fn read(tree: &Tree, source: &str, name: &str, findings: &mut Vec<Finding>) -> Folder {
    let path = if source == "." { name.to_owned() } else { format!("{source}/{name}") };
    let mut reading = Reading { tree, name, path: &path, files: BTreeMap::new(), bytes: 0, findings };
    reading.folder("", 0);
    let files = reading.files;
    Folder { name: name.to_owned(), files, path }
}

struct Reading<'a> {
    tree: &'a Tree,
    name: &'a str,
    path: &'a str,
    files: BTreeMap<String, Bytes>,
    bytes: usize,
    findings: &'a mut Vec<Finding>,
}

impl Reading<'_> {
    /// Reads what is below `inside`, a path relative to the skill that is empty or ends with `/`.
    fn folder(&mut self, inside: &str, depth: usize) {
        if depth > DEEPEST {
            self.refuse("skill-too-deep", inside, &format!("folders lie deeper than {DEEPEST} levels"));
            return;
        }
        match self.tree.list(&format!("{}/{inside}", self.name)) {
            Ok(names) => names.iter().for_each(|name| self.entry(&format!("{inside}{name}"), depth)),
            Err(reason) => self.refuse("skill-unreadable", inside, &reason),
        }
    }

    fn entry(&mut self, path: &str, depth: usize) {
        let full = format!("{}/{path}", self.name);
        match self.tree.locate(&full) {
            Ok(real) if real.is_dir() => self.folder(&format!("{path}/"), depth + 1),
            Ok(_) if self.files.len() == MOST_FILES => {
                self.refuse("skill-too-large", path, &format!("a skill has at most {MOST_FILES} files"));
                self.files.insert(path.to_owned(), Bytes::new());
            }
            Ok(_) if self.files.len() > MOST_FILES => {}
            Ok(_) => match self.tree.read(&full, FILE_LIMIT.min(SKILL_LIMIT - self.bytes)) {
                Ok(bytes) => {
                    self.bytes += bytes.len();
                    self.files.insert(path.to_owned(), Bytes::from(bytes));
                }
                Err(reason) => self.refuse("skill-unreadable", path, &reason),
            },
            Err(reason) => self.refuse("skill-unreadable", path, &reason),
        }
    }

    fn refuse(&mut self, code: &'static str, path: &str, reason: &str) {
        let file = if path.is_empty() { SKILL_FILE } else { path.trim_end_matches('/') };
        let file = format!("{}/{file}", self.path);
        let message = format!("`{file}` cannot be part of the skill: {reason}");
        self.findings.push(Finding::error(code, message).at(Location { file, line: 1, column: 1 }));
    }
}
