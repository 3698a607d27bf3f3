//! What is live: built whole from a deployment, swapped whole, read-only in between.

pub mod apply;
#[cfg(test)]
mod bundle_tests;
pub mod diff;
#[cfg(test)]
pub(crate) mod fixtures;
mod instructions;
mod namespaces;
pub mod places;
pub mod readiness;
pub mod snapshot;
