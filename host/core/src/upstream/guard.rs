//! Which URLs and addresses an upstream call may reach. Never resolves a name.
