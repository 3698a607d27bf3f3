//! The manifest as one environment sees it, where each value still knows its place in the file.

use serde_json::Value;

use crate::findings::{Document, Location, pointer};
use crate::manifest::interpolate::is_pending;

/// The base manifest, or one of its environments.
pub(super) struct View<'a> {
    document: &'a Document,
    /// The pointer and the value of the overlay.
    overlay: Option<Node<'a>>,
}

/// A value and its place.
#[derive(Clone)]
pub(super) struct Node<'a> {
    document: &'a Document,
    value: &'a Value,
    at: String,
}

impl<'a> View<'a> {
    pub(super) fn base(document: &'a Document) -> Self {
        Self { document, overlay: None }
    }

    pub(super) fn environment(document: &'a Document, name: &str) -> Self {
        let overlay = root(document).get("environments").and_then(|all| all.get(name));
        Self { document, overlay }
    }

    /// The names of all environments, in the order of the file.
    pub(super) fn environments(document: &'a Document) -> Vec<&'a str> {
        let all = document.value.get("environments").and_then(Value::as_object);
        all.map(|all| all.keys().map(String::as_str).collect()).unwrap_or_default()
    }

    /// A section that an overlay replaces as a whole.
    pub(super) fn section(&self, name: &str) -> Option<Node<'a>> {
        self.overlaid(name).or_else(|| root(self.document).get(name))
    }

    /// A field of a section that an overlay replaces field by field.
    pub(super) fn field(&self, section: &str, field: &str) -> Option<Node<'a>> {
        let own = self.overlaid(section).and_then(|section| section.get(field));
        own.or_else(|| root(self.document).get(section)?.get(field))
    }

    /// The section if the overlay gives it.
    pub(super) fn overlaid(&self, name: &str) -> Option<Node<'a>> {
        self.overlay.as_ref()?.get(name)
    }

    /// The section as the base gives it.
    pub(super) fn of_base(&self, name: &str) -> Option<Node<'a>> {
        root(self.document).get(name)
    }

    /// The overlay's name as written in the file; empty for the base.
    pub(super) fn prefix(&self) -> String {
        self.overlay
            .as_ref()
            .map(|overlay| overlay.at.replacen("/environments/", "environments.", 1))
            .unwrap_or_default()
    }
}

fn root(document: &Document) -> Node<'_> {
    Node { document, value: &document.value, at: String::new() }
}

impl<'a> Node<'a> {
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.as_object()?.get(key)?;
        Some(Self { document: self.document, value, at: pointer(&self.at, key) })
    }

    /// The value at the end of a path of keys.
    pub(super) fn path(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self.clone(), |node, key| node.get(key))
    }

    /// The items of a list; none for anything else.
    pub(super) fn items(&self) -> Vec<Self> {
        let item =
            |(index, value)| Self { document: self.document, value, at: format!("{}/{index}", self.at) };
        self.value.as_array().map(|items| items.iter().enumerate().map(item).collect()).unwrap_or_default()
    }

    /// The values of a mapping with their keys; none for anything else.
    pub(super) fn entries(&self) -> Vec<(&'a str, Self)> {
        let entry = |(key, value): (&'a String, &'a Value)| {
            (key.as_str(), Self { document: self.document, value, at: pointer(&self.at, key) })
        };
        self.value.as_object().map(|map| map.iter().map(entry).collect()).unwrap_or_default()
    }

    /// `field` of every item of the list `list`.
    pub(super) fn all(&self, list: &str, field: &str) -> Vec<Self> {
        let items = self.get(list).map(|list| list.items()).unwrap_or_default();
        items.iter().filter_map(|item| item.get(field)).collect()
    }

    /// The text; none for anything else, and none for a text that waits for an environment variable.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.value.as_str().filter(|text| !is_pending(text))
    }

    pub(super) fn place(&self) -> Location {
        self.document.at(&self.at)
    }

    pub(super) fn key_place(&self) -> Location {
        self.document.key_at(&self.at)
    }
}
