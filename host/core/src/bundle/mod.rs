//! Bundles: what is signed, how it is signed, and how it is packed. Never asks whether a signer is trusted.
//!
//! ```text
//! push:   bytes → packing → envelope → keys (signature) → open → what a deployment consists of
//! build:  a deployment → build → document → canonical → envelope → signature → packing
//! ```

use sha2::{Digest as _, Sha256};

pub mod build;
pub mod canonical;
pub mod document;
pub mod envelope;
pub mod keys;
pub mod open;
pub mod packing;
#[cfg(test)]
mod wycheproof_tests;

/// SHA-256 (FIPS 180-4) of `bytes` as 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Whether `text` is spelt as [`sha256_hex`] spells a digest.
pub fn is_sha256_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

/// Two lower-case hexadecimal digits a byte.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}
