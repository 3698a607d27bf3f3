//! The integration tests: the reference deployment, driven as a client drives it.
#![allow(clippy::unwrap_used, reason = "a failed step ends the test, which is what it is for")]

mod contract;
mod corpus;
mod e2e;
mod probes;
mod resync;
mod sessions;
mod worker;
mod wrangler;
