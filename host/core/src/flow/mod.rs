//! Driving loops that await ports on behalf of [`crate::host`]. Decides nothing that a floor below could.

pub(crate) mod call;
mod execute;
mod operation;

use crate::script::cache::CheckCache;
use crate::upstream::Tokens;

/// What calls share beyond a snapshot's life.
#[derive(Default)]
pub(crate) struct Shared {
    /// Verdicts on scripts seen before.
    pub(crate) checks: CheckCache,
    /// Access tokens for upstreams.
    pub(crate) tokens: Tokens,
}

#[cfg(test)]
mod tests;
