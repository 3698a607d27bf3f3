//! The integration tests: the reference deployment, driven as a client drives it.

mod corpus;
mod e2e;
mod probes;
