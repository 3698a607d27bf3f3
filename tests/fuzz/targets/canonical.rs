//! Canonical JSON: what is read is written again byte for byte, and no other spelling of it is read.
#![no_main]

use frontmcp_core::bundle::canonical;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    match canonical::parse(bytes) {
        Ok(value) => {
            assert_eq!(canonical::to_vec(&value).expect("what was read can be written"), bytes);
            assert!(canonical::inexact_numbers(&value).is_empty());
        }
        Err(error) => {
            assert!(error.offset.is_some_and(|offset| offset <= bytes.len()), "{error}");
            respelt(bytes);
        }
    }
});

/// Any JSON has one canonical spelling, once its numbers are rounded, and that is read.
fn respelt(bytes: &[u8]) {
    let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let exact = canonical::inexact_numbers(&value).is_empty();
    assert_eq!(canonical::to_vec(&value).is_ok(), exact);
    canonical::round_numbers(&mut value);
    let written = canonical::to_vec(&value).expect("rounded numbers can be written");
    assert_ne!(written, bytes, "canonical, but refused");
    let read = canonical::parse(&written).expect("what was written can be read");
    assert_eq!(canonical::to_vec(&read).expect("what was read can be written"), written);
}
