//! OpenAPI 3.0 and 3.1 descriptions as an inventory of callable operations. Never performs a call.
//!
//! [`load::load`] indexes a description cheaply; [`operation::Spec::resolve`] derives the schemas of one
//! operation, and only granted operations are ever resolved.

pub mod classify;
pub mod description;
pub mod load;
pub mod operation;
mod resolve;
pub mod schema;
