//! Faults as log lines on standard error. Never writes to standard output, which belongs to the protocol.

use frontmcp_core::Fault;
use frontmcp_core::ports::Log;

/// Log lines through `tracing`.
#[derive(Debug, Default)]
pub struct TracingLog;

impl Log for TracingLog {
    fn fault(&self, fault: &Fault) {
        tracing::error!(id = %fault.id, "{}", fault.detail);
    }
}
