//! The `invoke` tool: one granted operation without a script.
