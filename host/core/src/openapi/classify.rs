//! Which operations are resources, tools or both, and what a successful mutation announces.
//!
//! Decides from method and path only; never looks at payloads.

/// How an operation is exposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expose {
    /// A tool only.
    #[default]
    Tool,
    /// A resource only.
    Resource,
    /// Both.
    Both,
}

/// What a successful call announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Emit {
    /// `notifications/resources/updated` for this resource URI template.
    Updated(String),
    /// `notifications/resources/list_changed`, because of this resource URI template.
    ListChanged(String),
}

/// The verdict on one operation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Classification {
    /// How it is exposed.
    pub expose: Expose,
    /// `mcp+op://<spec>/<path>` for GET operations.
    pub resource_uri_template: Option<String>,
    /// What a success announces.
    pub emit: Option<Emit>,
}
