//! Skills and operations in full: instructions, files, JSON Schemas, TypeScript declarations.
