//! Content codings: nothing panics and nothing gets past a limit. The first two bytes choose coding and limit.
#![no_main]

use frontmcp_core::bundle::packing::{Coding, Unpack, gzip, unpack};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let [choice, size, packed @ ..] = bytes else {
        return;
    };
    let coding = [Coding::Identity, Coding::Gzip, Coding::Zstd][usize::from(choice % 3)];
    let limit = 1 << (size % 21);
    match unpack(coding, packed, limit) {
        Ok(plain) => {
            assert!(plain.len() <= limit);
            assert_eq!(unpack(coding, packed, plain.len()).as_deref(), Ok(&*plain));
            if let Some(less) = plain.len().checked_sub(1) {
                assert_eq!(unpack(coding, packed, less), Err(Unpack::TooLarge));
            }
            assert_eq!(unpack(Coding::Gzip, &gzip(&plain), limit).as_deref(), Ok(&*plain));
        }
        Err(Unpack::TooLarge) => {}
        Err(Unpack::Broken(what)) => assert!(!what.is_empty()),
    }
});
