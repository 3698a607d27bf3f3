//! OpenAPI 3.0 and 3.1 descriptions as an inventory of callable operations. Never performs a call.
//!
//! [`load::load`] indexes a description cheaply; [`operation::Spec::resolve`] derives the schemas of one
//! operation, and only granted operations are ever resolved.

pub mod classify;
mod convert;
mod cost;
pub mod description;
pub mod load;
pub mod namespace;
pub(crate) mod naming;
pub mod operation;
mod parameters;
mod request_body;
mod resolve;
pub(crate) mod responses;
pub(crate) mod scalar;
pub mod schema;
mod security;
mod servers;

pub(crate) use servers::base_of;
