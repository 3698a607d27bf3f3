//! What a call changed, told to those who listen: once a call, in one place. Never decides what a change is.

use std::sync::Arc;

use crate::codecall::Announcements;
use crate::host::Host;
use crate::mcp::listen::Kind;
use crate::mcp::watch::Updated;
use crate::openapi::classify::Announcement;

impl Host {
    /// Tells what the successful mutations of one call changed. Everyone who listens for lists of resources hears of a
    /// list that changed; only those who watch a resource hear that it was updated.
    pub(crate) fn announce(&self, announcements: Vec<Announcement>) {
        let updates = announcements.iter().filter_map(|announcement| match announcement {
            Announcement::Updated(uri) => Some(Updated::new(uri)),
            Announcement::ListChanged => None,
        });
        let updates: Vec<Updated> = updates.collect();
        if !updates.is_empty() {
            self.feed.updated(&updates);
        }
        if announcements.contains(&Announcement::ListChanged) {
            self.feed.announce(&[Kind::Resources]);
        }
    }
}

/// Announces what a call collected when it ends, however it ends: what an upstream has done stays done when a script
/// fails afterwards, panics, or is cancelled.
pub(super) struct Announcer {
    host: Arc<Host>,
    collected: Arc<Announcements>,
}

impl Announcer {
    /// Waits for the end of a call that notes its mutations in `collected`.
    pub(super) fn new(host: Arc<Host>, collected: Arc<Announcements>) -> Self {
        Self { host, collected }
    }
}

impl Drop for Announcer {
    fn drop(&mut self) {
        self.host.announce(self.collected.take());
    }
}
