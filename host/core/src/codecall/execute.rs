//! The `execute` tool: its input, the scope it builds, its outcomes by `status`.
