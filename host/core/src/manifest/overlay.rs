//! `environments.<name>` laid over the base manifest. Injects no defaults.
