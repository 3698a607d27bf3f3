//! Driving loops that await ports on behalf of the host. Decides nothing that a floor below could.

mod audit;
pub(crate) mod call;
mod execute;
mod operation;
pub(crate) mod read;
pub(crate) mod restore;
pub(crate) mod resync;

use crate::ports::Ports;
use crate::script::cache::CheckCache;
use crate::settings::Settings;
use crate::upstream::Tokens;

/// What every call works with, whatever snapshot it holds.
pub(crate) struct Resources {
    /// What the shell supplies.
    pub(crate) ports: Ports,
    /// What the operator set.
    pub(crate) settings: Settings,
    /// Verdicts on scripts seen before.
    pub(crate) checks: CheckCache,
    /// Access tokens for upstreams.
    pub(crate) tokens: Tokens,
}

impl Resources {
    pub(crate) fn new(ports: Ports, settings: Settings) -> Self {
        Self { ports, settings, checks: CheckCache::default(), tokens: Tokens::default() }
    }
}

#[cfg(test)]
mod tests;
