//! The manifest's shape, version 1. Every object is strict; the JSON Schema is generated from these types.

/// The manifest.
#[derive(Debug, Clone)]
pub struct Manifest {}
