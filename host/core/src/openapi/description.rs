//! The documents of one description, and places in them. Never reads a file.

use crate::findings::Document;

/// The documents of one description: the root first, then every one that a `$ref` reaches.
#[derive(Debug, Default)]
pub struct Description {
    pub(super) documents: Vec<Document>,
}

/// A value in one of the documents.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Index of the document.
    pub(super) document: usize,
    /// JSON pointer.
    pub(super) pointer: String,
}
