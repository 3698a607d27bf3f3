//! The upstream API of the reference deployment: orders, customers, refunds, shipments and a ledger.
//!
//! A real HTTP service over SQLite that `cargo xtask serve` and the tests start on loopback. Its data is seeded
//! by formula and its clock counts writes, so every answer is reproducible. It never reads the wall clock and
//! never calls anyone else.

mod acme;
mod app;
mod auth;
mod billing;
mod db;
mod error;
mod input;
mod seed;
mod server;

pub use app::{Config, Counts};
pub use server::ExampleApi;

/// Accepted by `/acme/v1` unless configured otherwise. A development value, not a secret.
pub const DEVELOPMENT_TOKEN: &str = "dev-acme-token";

/// Accepted by `/billing/v1` unless configured otherwise. A development value, not a secret.
pub const DEVELOPMENT_BILLING_KEY: &str = "dev-billing-key";
