//! What tests/conformance/ says of a revision: scenarios that pass, checks that do not, and what these lack. Reads the
//! part of YAML that the files use, and refuses everything else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use frontmcp_tests::repository;

/// The contents of one file.
#[derive(Debug, Default)]
pub(super) struct Expected {
    /// Scenarios in which checks succeed and none fails.
    pub(super) passes: BTreeSet<String>,
    /// `scenario:check` that fails or warns, to the name of its group.
    pub(super) failing: BTreeMap<String, String>,
    /// `scenario:check` that the suite leaves out, to the name of its group.
    pub(super) unchecked: BTreeMap<String, String>,
    /// Groups in order: a name, and what its checks lack.
    pub(super) groups: Vec<(String, String)>,
}

/// Where the expectations for a revision are.
pub(super) fn file(revision: &str) -> PathBuf {
    repository().join("tests/conformance").join(format!("{revision}.yaml"))
}

impl Expected {
    /// Reads the file of a revision.
    pub(super) fn read(revision: &str) -> Self {
        let file = file(revision);
        let text =
            std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self::parse(&text)
    }

    /// Reads a text: sections, in them entries, before these a comment that names their group.
    pub(super) fn parse(text: &str) -> Self {
        let mut expected = Self::default();
        let (mut section, mut comment, mut group) = ("", String::new(), None);
        for line in text.lines() {
            if let Some(words) = line.strip_prefix("  # ") {
                comment = format!("{comment} {words}").trim_start().to_owned();
            } else if let Some(entry) = line.strip_prefix("  - ") {
                if !comment.is_empty() && section != "passes" {
                    group = Some(expected.group(&comment));
                }
                comment.clear();
                expected.add(section, entry, group.as_deref());
            } else if let Some(name) = line.strip_suffix(':').filter(|name| !name.starts_with('#')) {
                (section, group) = (name, None);
            } else {
                assert!(line.is_empty() || line.starts_with('#'), "not understood: {line:?}");
            }
        }
        expected
    }

    /// The scenarios that are named anywhere.
    pub(super) fn scenarios(&self) -> BTreeSet<&str> {
        let checks = self.failing.keys().chain(self.unchecked.keys());
        self.passes.iter().chain(checks).map(|entry| scenario_of(entry)).collect()
    }

    /// The name of the group that a comment opens (`name: text`) or opens again (`name`).
    fn group(&mut self, comment: &str) -> String {
        let known = |name: &str| self.groups.iter().any(|(known, _)| known == name);
        match comment.split_once(": ") {
            Some((name, text)) => {
                assert!(!known(name), "the group {name:?} is described twice");
                self.groups.push((name.to_owned(), text.to_owned()));
                name.to_owned()
            }
            None => {
                assert!(known(comment), "a group needs a name, a colon and what it lacks: {comment:?}");
                comment.to_owned()
            }
        }
    }

    fn add(&mut self, section: &str, entry: &str, group: Option<&str>) {
        let new = match section {
            "passes" => self.passes.insert(entry.to_owned()),
            "server" | "unchecked" => {
                assert!(
                    entry.contains(':'),
                    "{entry:?} is a whole scenario; list its checks as scenario:check"
                );
                let group =
                    group.unwrap_or_else(|| panic!("{entry:?} is under no comment that says what it lacks"));
                let checks = if section == "server" { &mut self.failing } else { &mut self.unchecked };
                checks.insert(entry.to_owned(), group.to_owned()).is_none()
            }
            _ => panic!("{entry:?} is in the unknown section {section:?}"),
        };
        assert!(new, "{entry:?} is listed twice");
    }
}

/// The scenario of an entry, with a check or without.
pub(super) fn scenario_of(entry: &str) -> &str {
    entry.split_once(':').map_or(entry, |(scenario, _)| scenario)
}
