//! docs/deploying.md, word for word.
