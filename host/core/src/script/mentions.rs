//! What a checked script can name of its scope, read off its text: a thousand operations that it never mentions would cost
//! more than the script does. Says too much rather than too little, and never parses.

use std::collections::{BTreeMap, BTreeSet};

/// The parts of a scope that a script can name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mentions {
    /// The namespaces among them.
    pub namespaces: BTreeMap<String, Members>,
    /// Whether it may ask for a tool's description.
    pub tools: bool,
    /// Whether it may read its skills.
    pub skills: bool,
    /// Whether it may read its context.
    pub ctx: bool,
}

/// Members of a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// It is used as a whole, or in a way that hides which.
    All,
    /// Every use of it is of one of these.
    Named(BTreeSet<String>),
}

impl Mentions {
    /// What `code` can name, if these namespaces are in its scope. An escape may spell any name.
    pub(super) fn of(code: &str, namespaces: &[String]) -> Self {
        let escapes = code.contains("\\u");
        let mentions = |name: &str| escapes || code.contains(name);
        let members = |name: &String| {
            let members = if escapes { Some(Members::All) } else { members(code, name) };
            Some((name.clone(), members?))
        };
        Self {
            namespaces: namespaces.iter().filter_map(members).collect(),
            tools: mentions("getTool"),
            skills: mentions("skills"),
            ctx: mentions("ctx"),
        }
    }

    /// Bytes that it takes, about.
    pub(super) fn size(&self) -> usize {
        let members = |members: &Members| match members {
            Members::All => 0,
            Members::Named(names) => names.iter().map(|name| name.len() + 48).sum(),
        };
        self.namespaces.iter().map(|(name, named)| name.len() + 72 + members(named)).sum()
    }
}

/// The members that follow the namespace's name; nothing where it does not occur.
fn members(code: &str, namespace: &str) -> Option<Members> {
    let mut named = BTreeSet::new();
    let mut occurs = false;
    for (at, _) in code.match_indices(namespace) {
        let rest = &code[at + namespace.len()..];
        if code[..at].ends_with(continues) || rest.starts_with(continues) {
            continue;
        }
        occurs = true;
        match member(rest) {
            Some(name) => named.insert(name.to_owned()),
            None => return Some(Members::All),
        };
    }
    occurs.then_some(Members::Named(named))
}

/// The identifier after a dot, if that is how the text goes on.
fn member(rest: &str) -> Option<&str> {
    let rest = rest.trim_start().strip_prefix('.')?.trim_start();
    let end = rest.find(|character| !continues(character)).unwrap_or(rest.len());
    // Whatever else an identifier may consist of.
    (end > 0 && rest[end..].chars().next().is_none_or(|next| next.is_ascii())).then_some(&rest[..end])
}

/// Whether an identifier goes on with it. Others than these are taken for its end, which is to say too much.
fn continues(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '$')
}

#[cfg(test)]
#[path = "mentions_tests.rs"]
mod tests;
