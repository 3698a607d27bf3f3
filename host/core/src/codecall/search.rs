//! The two search tools: executable skills, and knowledge.
