//! SKILL.md: frontmatter, body, references to operations and files. Never reads a file.

/// A skill folder as parsed, before its references are resolved against the specs.
#[derive(Debug, Clone)]
pub struct SkillSource {}
