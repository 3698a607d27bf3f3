//! The audit chain: how records are linked, signed, verified and carried elsewhere. Pure: never reads a clock, a file or
//! a key of its own.
//!
//! ```text
//! record n:    canonical JSON (RFC 8785) with `prevHash` = SHA-256 of record n-1; 64 zeros for the first
//! checkpoint:  "record n has this digest", signed with Ed25519
//! ```
//!
//! Who changes, drops or adds a record breaks a link; who links everything anew, or cuts the end off, contradicts a
//! checkpoint, and has no key to sign another.

use serde_json::Value;

use crate::bundle::{canonical, sha256_hex};
use crate::ports::audit::Head;

pub mod checkpoint;
pub mod export;
pub mod record;
pub mod verify;

pub use record::{Record, link};
pub use verify::{Break, BreakKind, Report, Verifier};

/// Characters of an error message.
pub const MAX_MESSAGE: usize = 500;

/// Where a log ends that has no records.
pub fn genesis() -> Head {
    Head { sequence: 0, hash: "0".repeat(64) }
}

/// SHA-256 of a value's canonical JSON. An integer that no double holds counts as the nearest one.
pub fn digest(value: &Value) -> String {
    let bytes = canonical::to_vec(value).or_else(|_| {
        let mut rounded = value.clone();
        canonical::round_numbers(&mut rounded);
        canonical::to_vec(&rounded)
    });
    // What is nested too deeply for canonical JSON still has one spelling of ours.
    sha256_hex(&bytes.unwrap_or_else(|_| value.to_string().into_bytes()))
}

/// An error message as it is recorded: at most [`MAX_MESSAGE`] characters, then `...`.
pub fn bounded(message: &str) -> String {
    match message.char_indices().nth(MAX_MESSAGE) {
        Some((end, _)) => format!("{}...", &message[..end]),
        None => message.to_owned(),
    }
}

/// Milliseconds since the Unix epoch as RFC 3339 in UTC, e.g. `2026-05-01T00:00:00.000Z`.
pub fn rfc3339(at_ms: u64) -> String {
    let (seconds, ms) = (at_ms / 1000, at_ms % 1000);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// The date so many days after 1970-01-01 in the proleptic Gregorian calendar, counted in eras of 400 years from a March.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests;
