//! `frontmcp.deploy.yaml`: schema, overlays, cross-checks. Sees values with positions, never YAML text.

pub mod check;
pub mod overlay;
pub mod schema;
