//! Randomness from the operating system.

use frontmcp_core::ports::Entropy;

/// The system's generator.
#[derive(Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system supplies randomness");
    }
}
