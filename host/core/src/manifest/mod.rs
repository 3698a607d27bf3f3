//! `frontmcp.deploy.yaml`: schema, overlays, cross-checks. Sees values with positions, never YAML text.

pub mod check;
pub mod interpolate;
pub mod overlay;
pub mod parse;
pub mod schema;

mod violation;

pub use parse::parse;
pub use schema::Manifest;
