//! The program from outside: as an operator starts it, as other people's clients see it, as the README shows it.

mod auditing;
mod bad_input;
mod clients;
mod conformance;
mod deploying;
mod hot_reload;
mod jose;
mod kill;
mod lifecycle;
pub(crate) mod readme;
mod resume;
mod wrangler;
