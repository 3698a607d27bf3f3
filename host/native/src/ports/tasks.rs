//! Work that nobody waits for, as tasks of tokio.

use frontmcp_core::ports::{BoxFuture, Tasks};

/// Tasks of the runtime that it is used in.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioTasks;

impl Tasks for TokioTasks {
    fn spawn(&self, work: BoxFuture<'static, ()>) {
        tokio::spawn(work);
    }
}
