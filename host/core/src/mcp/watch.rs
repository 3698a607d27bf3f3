//! Which resources somebody watches, and whether an update is one of theirs. Never keeps who watches.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use crate::mcp::listen::Change;

/// The resources whose content changes one by one. Others are announced with their list.
const WATCHABLE: &str = "mcp+op://";

/// A URI somebody subscribed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    written: Arc<str>,
    normal: String,
    /// Where the query begins in `normal`, or its end.
    query: usize,
}

/// A resource whose content changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    uri: Arc<str>,
    normal: String,
}

impl Updated {
    /// The resource of this URI.
    pub fn new(uri: &str) -> Self {
        Self { uri: uri.into(), normal: normal(uri) }
    }

    /// The one spelling of its URI.
    pub fn key(&self) -> &str {
        &self.normal
    }

    /// What there is to tell of it.
    pub fn change(&self) -> Change {
        Change::Updated(self.uri.clone())
    }
}

impl Watched {
    /// A subscription to this URI; `None` if it is none that is ever announced.
    pub fn new(uri: &str) -> Option<Self> {
        let below = uri.strip_prefix(WATCHABLE)?;
        if below.is_empty() || below.contains(['#', '{', '}']) || below.contains(char::is_whitespace) {
            return None;
        }
        let normal = normal(uri);
        let query = normal.find('?').unwrap_or(normal.len());
        Some(Self { written: uri.into(), normal, query })
    }

    /// The URI as it was subscribed to.
    pub fn uri(&self) -> &str {
        &self.written
    }

    /// The one spelling of the resource's URI, whatever the query selects of it.
    pub fn key(&self) -> &str {
        &self.normal[..self.query]
    }

    /// What to tell the subscriber about an update: the updated URI if it lies below the watched one, the watched one
    /// as it was written if it is the same resource, whatever its query selects of it.
    pub fn told(&self, updated: &Updated) -> Option<Arc<str>> {
        let path = self.key();
        if updated.normal == self.normal || updated.normal == path {
            return Some(self.written.clone());
        }
        let below = updated.normal.strip_prefix(path).filter(|_| self.query == self.normal.len());
        let is_below = below.is_some_and(|rest| path.ends_with('/') || rest.starts_with(['/', '?']));
        is_below.then(|| updated.uri.clone())
    }
}

/// One spelling of a URI: what need not be percent-encoded is not, and hexadecimal digits are upper case. Clients
/// differ in how they fill templates.
fn normal(uri: &str) -> String {
    let mut normal = String::with_capacity(uri.len());
    let mut rest = uri;
    while let Some(at) = rest.find('%') {
        normal.push_str(&rest[..at]);
        let triple = rest.get(at..at + 3).unwrap_or("%");
        match percent_decode_str(triple).next() {
            Some(plain) if triple.len() == 3 && is_plain(plain) => normal.push(char::from(plain)),
            _ => normal.push_str(&triple.to_ascii_uppercase()),
        }
        rest = &rest[at + triple.len()..];
    }
    normal.push_str(rest);
    normal
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~!*'()".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(watched: &str, updated: &str) -> Option<String> {
        Watched::new(watched).unwrap().told(&Updated::new(updated)).map(|uri| uri.to_string())
    }

    #[test]
    fn the_same_resource_is_told_as_it_was_written() {
        let table = [
            ("mcp+op://s/a/x%21", "mcp+op://s/a/x!", Some("mcp+op://s/a/x%21")),
            ("mcp+op://s/a/%c3%bc", "mcp+op://s/a/%C3%BC", Some("mcp+op://s/a/%c3%bc")),
            ("mcp+op://s/a?q=1", "mcp+op://s/a", Some("mcp+op://s/a?q=1")),
            ("mcp+op://s/a?q=1", "mcp+op://s/a/b", None),
            ("mcp+op://s/a%2Fb", "mcp+op://s/a/b", None),
        ];
        for (watched, updated, expected) in table {
            assert_eq!(told(watched, updated).as_deref(), expected, "{watched} {updated}");
        }
    }

    #[test]
    fn what_lies_below_is_told_and_what_lies_beside_is_not() {
        let table = [
            ("mcp+op://s/a", "mcp+op://s/a/b", true),
            ("mcp+op://s", "mcp+op://s/a/b", true),
            ("mcp+op://s/", "mcp+op://s/a", true),
            ("mcp+op://s/a", "mcp+op://s/ab", false),
            ("mcp+op://s/a/b", "mcp+op://s/a", false),
            ("mcp+op://s/a", "mcp+op://t/a", false),
        ];
        for (watched, updated, hears) in table {
            assert_eq!(told(watched, updated), hears.then(|| updated.to_owned()), "{watched} {updated}");
        }
    }

    #[test]
    fn what_never_changes_by_itself_cannot_be_watched() {
        for uri in [
            "",
            "a://b",
            "skill://a/SKILL.md",
            "mcp+op://",
            "mcp+op://s/{id}",
            "mcp+op://s/a b",
            "mcp+op://s#x",
        ] {
            assert_eq!(Watched::new(uri), None, "{uri}");
        }
    }

    proptest! {
        #[test]
        fn no_text_does_any_harm(watched in "mcp\\+op://.{1,20}", updated in ".*") {
            let _ = Watched::new(&watched).map(|watched| watched.told(&Updated::new(&updated)));
            prop_assert_eq!(normal(&normal(&updated)).len() <= updated.len() * 2, true);
        }
    }
}
