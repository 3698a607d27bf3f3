//! The store over its lifetime.
