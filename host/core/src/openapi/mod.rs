//! OpenAPI 3.0 and 3.1 descriptions as an inventory of callable operations. Never performs a call.

pub mod classify;
pub mod load;
pub mod operation;
