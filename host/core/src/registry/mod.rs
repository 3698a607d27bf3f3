//! What is live: built whole from a deployment, swapped whole, read-only in between.

pub mod apply;
pub mod snapshot;
