//! The documents of one description, places in them, and references between them.
//!
//! Never reads a file: every document is handed in, named by [`Description::collect`]'s `read`.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::Url;

use super::load::Read;
use crate::findings::{Document, Finding, Location, pointer};

/// Documents one description may consist of.
const MAX_DOCUMENTS: usize = 256;
/// Levels of nesting that are looked at.
pub(super) const MAX_DEPTH: usize = 128;
/// References that may follow each other before a value is reached.
const MAX_HOPS: usize = 32;
/// Keywords whose children are named by the author, so that a child called `example` is no example.
const NAMING: &[&str] =
    &["properties", "patternProperties", "dependentSchemas", "schemas", "$defs", "definitions", "paths"];

/// Which rules schemas follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Dialect {
    /// OpenAPI 3.0: its own subset and extension of JSON Schema.
    V30,
    /// OpenAPI 3.1: JSON Schema 2020-12.
    #[default]
    V31,
}

/// The documents of one description: the root first, then every one that a `$ref` reaches.
#[derive(Debug, Default)]
pub struct Description {
    pub(super) dialect: Dialect,
    /// The root's own https URL, if it has one; relative server URLs resolve against it.
    pub(super) origin: Option<Url>,
    /// The manifest's `baseUrl`, which overrides every `servers`.
    pub(super) fixed_base: Option<String>,
    documents: Vec<Document>,
    names: BTreeMap<String, usize>,
}

/// A value in one of the documents.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// Index of the document.
    document: usize,
    /// JSON pointer.
    pointer: String,
}

impl Place {
    /// The last token of the pointer, unescaped; empty for a whole document.
    pub(super) fn last(&self) -> String {
        self.pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~")
    }
}

/// A value together with its place: what every walk over a description holds.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) place: Place,
    description: &'a Description,
}

impl<'a> Node<'a> {
    /// The member `key`, if this is an object that has it.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        Some(self.child(key, self.value.as_object()?.get(key)?))
    }

    /// The string member `key`.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.as_object()?.get(key)?.as_str()
    }

    /// Whether the member `key` is `true`.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The members of an object, in document order; nothing otherwise.
    pub(super) fn members(&self) -> impl Iterator<Item = (&'a str, Self)> {
        let members = self.value.as_object().into_iter().flatten();
        members.map(|(key, value)| (key.as_str(), self.child(key, value)))
    }

    /// The items of an array; nothing otherwise.
    pub(super) fn items(&self) -> impl Iterator<Item = Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| self.child(&index.to_string(), value))
    }

    /// Follows `$ref` until a value that is none. The error is a sentence for a finding.
    pub(super) fn follow(&self) -> Result<Self, String> {
        let mut node = self.clone();
        for _ in 0..MAX_HOPS {
            match node.text("$ref") {
                Some(reference) => node = node.target(reference)?,
                None => return Ok(node),
            }
        }
        Err("`$ref` leads in a circle".to_owned())
    }

    /// What `reference`, written in this node's document, points to.
    pub(super) fn target(&self, reference: &str) -> Result<Self, String> {
        self.description.target(self.place.document, reference)
    }

    /// The value at a place of another node of this description.
    pub(super) fn elsewhere(&self, place: &Place) -> Option<Self> {
        self.description.node(place)
    }

    /// `written` as an absolute URL, relative ones against the description's own.
    pub(super) fn absolute(&self, written: &str) -> Option<Url> {
        Url::parse(written).ok().or_else(|| self.description.origin.as_ref()?.join(written).ok())
    }

    /// Which rules schemas follow.
    pub(super) fn dialect(&self) -> Dialect {
        self.description.dialect
    }

    /// Where the value stands.
    pub(super) fn at(&self) -> Location {
        self.description.documents[self.place.document].at(&self.place.pointer)
    }

    /// Where its key stands.
    pub(super) fn key_at(&self) -> Location {
        self.description.documents[self.place.document].key_at(&self.place.pointer)
    }

    fn child(&self, token: &str, value: &'a Value) -> Self {
        let place = Place { document: self.place.document, pointer: pointer(&self.place.pointer, token) };
        Self { value, place, description: self.description }
    }
}

impl Description {
    /// Reads everything that `root` refers to, directly or not. What cannot be read is a warning here; an operation
    /// that needs it cannot be resolved.
    pub(super) fn collect(root: Document, read: &mut Read<'_>, findings: &mut Vec<Finding>) -> Self {
        let mut names = BTreeMap::from([(normal(&root.file), 0)]);
        let mut documents = vec![root];
        let mut next = 0;
        while next < documents.len() {
            let base = name_of(&names, next);
            for (reference, place) in external_references(&documents[next].value) {
                let at = || documents[next].at(&place);
                let file = reference.split('#').next().unwrap_or_default();
                let name = match join(&base, file) {
                    Ok(name) => name,
                    Err(reason) => {
                        findings.push(unreadable(&reference, &reason).at(at()));
                        continue;
                    }
                };
                if names.contains_key(&name) {
                    continue;
                }
                let outcome = match documents.len() {
                    MAX_DOCUMENTS.. => Err(format!("more than {MAX_DOCUMENTS} documents")),
                    _ => read(&name),
                };
                match outcome {
                    Ok(document) => {
                        names.insert(name, documents.len());
                        documents.push(document);
                    }
                    Err(reason) => findings.push(unreadable(&reference, &reason).at(at())),
                }
            }
            next += 1;
        }
        Self { documents, names, ..Self::default() }
    }

    /// The root document's value.
    pub(super) fn root(&self) -> Node<'_> {
        Node { value: &self.documents[0].value, place: Place::default(), description: self }
    }

    /// The value at a place that a node of this description had.
    pub(super) fn node(&self, place: &Place) -> Option<Node<'_>> {
        let value = self.documents.get(place.document)?.value.pointer(&place.pointer)?;
        Some(Node { value, place: place.clone(), description: self })
    }

    fn target(&self, document: usize, reference: &str) -> Result<Node<'_>, String> {
        let (file, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let document = match file {
            "" => document,
            file => {
                let name = join(&name_of(&self.names, document), file)?;
                *self.names.get(&name).ok_or_else(|| format!("`{reference}` could not be read"))?
            }
        };
        let pointer = percent_decode_str(fragment).decode_utf8_lossy().into_owned();
        if !pointer.is_empty() && !pointer.starts_with('/') {
            return Err(format!("`{reference}` names an anchor; only JSON pointers (`#/…`) are supported"));
        }
        self.node(&Place { document, pointer }).ok_or_else(|| format!("`{reference}` leads nowhere"))
    }
}

fn name_of(names: &BTreeMap<String, usize>, document: usize) -> String {
    names.iter().find(|(_, index)| **index == document).map(|(name, _)| name.clone()).unwrap_or_default()
}

fn unreadable(reference: &str, reason: &str) -> Finding {
    Finding::warning("unreadable-reference", format!("`{reference}` cannot be read: {reason}"))
        .hint("operations that need it are refused; put the file inside the deployment's folder")
}

/// Every reference to another document, once per file, with the place of its first mention.
fn external_references(root: &Value) -> Vec<(String, String)> {
    let mut search = Search::default();
    search.visit(root, false);
    search.found
}

#[derive(Default)]
struct Search<'a> {
    seen: BTreeSet<&'a str>,
    found: Vec<(String, String)>,
    path: Vec<Token<'a>>,
}

enum Token<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Search<'a> {
    /// `named`: the keys of `value` are the author's own words.
    fn visit(&mut self, value: &'a Value, named: bool) {
        if self.path.len() > MAX_DEPTH {
            return;
        }
        match value {
            Value::Object(members) => members.iter().for_each(|(key, value)| self.member(key, value, named)),
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    self.enter(Token::Index(index), value, false);
                }
            }
            _ => {}
        }
    }

    fn member(&mut self, key: &'a str, value: &'a Value, named: bool) {
        if named {
            self.enter(Token::Key(key), value, false);
        } else if key == "$ref" {
            value.as_str().into_iter().for_each(|reference| self.reference(reference));
        } else if key != "example" && key != "examples" {
            self.enter(Token::Key(key), value, NAMING.contains(&key));
        }
    }

    fn enter(&mut self, token: Token<'a>, value: &'a Value, named: bool) {
        if value.is_object() || value.is_array() {
            self.path.push(token);
            self.visit(value, named);
            self.path.pop();
        }
    }

    fn reference(&mut self, reference: &'a str) {
        let file = reference.split('#').next().unwrap_or_default();
        if !file.is_empty() && self.seen.insert(file) {
            let path = self.path.iter().fold(String::new(), |path, token| match token {
                Token::Key(key) => pointer(&path, key),
                Token::Index(index) => pointer(&path, &index.to_string()),
            });
            self.found.push((reference.to_owned(), pointer(&path, "$ref")));
        }
    }
}

/// The name of the document that `reference` (without fragment) means inside the document called `base`.
fn join(base: &str, reference: &str) -> Result<String, String> {
    if let Ok(url) = Url::parse(reference) {
        return match url.scheme() {
            "https" | "http" => Ok(url.into()),
            scheme => Err(format!("`{scheme}:` is no place for a description")),
        };
    }
    if let Ok(base) = Url::parse(base) {
        return base.join(reference).map(Into::into).map_err(|error| error.to_string());
    }
    let file = percent_decode_str(reference).decode_utf8_lossy();
    let folder = base.rfind('/').map_or("", |end| &base[..end]);
    Ok(match file.starts_with('/') || folder.is_empty() {
        true => normal(&file),
        false => normal(&format!("{folder}/{file}")),
    })
}

/// A path without `.` and without `..` where a parent is known; URLs stay as they are.
fn normal(path: &str) -> String {
    if path.contains("://") {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => _ = parts.pop(),
            _ => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}
