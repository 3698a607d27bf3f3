//! What a call changed, told to those who listen: once a call, in one place. Never decides what a change is.

use std::future::ready;
use std::sync::Arc;

use futures_channel::oneshot;

use crate::codecall::Announcements;
use crate::host::Host;
use crate::mcp::listen::Kind;
use crate::mcp::watch::Updated;
use crate::openapi::classify::Announcement;
use crate::ports::BoxFuture;
use crate::ports::sessions::Announced;

impl Host {
    /// Tells what the successful mutations of one call changed. Everyone who listens for lists of resources hears of a
    /// list that changed; only those who watch a resource hear that it was updated. The future tells the sessions, whose
    /// streams outlive this process.
    pub(crate) fn announce(&self, announcements: Vec<Announcement>) -> BoxFuture<'static, ()> {
        if announcements.is_empty() {
            return Box::pin(ready(()));
        }
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
        self.tell_sessions(announcements.iter().map(said).collect())
    }
}

fn said(announcement: &Announcement) -> Announced {
    match announcement {
        Announcement::Updated(uri) => {
            let uri = Updated::new(uri);
            Announced { uri: Some(uri.key().to_owned()), message: uri.change().unasked() }
        }
        Announcement::ListChanged => Announced { uri: None, message: Kind::Resources.unasked() },
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

impl Announcer {
    /// Announces at the end of a call, so that whoever has its answer knows that the rest can be heard.
    pub(super) async fn finish(self) {
        let announcements = self.collected.take();
        if announcements.is_empty() {
            return;
        }
        let (done, told) = oneshot::channel();
        let telling = self.host.announce(announcements);
        // Goes on if the call is broken off here: what was taken would be lost otherwise.
        self.host.spawn(Box::pin(async move {
            telling.await;
            let _ = done.send(());
        }));
        // Without sessions nobody had to be told, and nobody says so.
        let _ = told.await;
    }
}

impl Drop for Announcer {
    fn drop(&mut self) {
        let told = self.host.announce(self.collected.take());
        self.host.spawn(told);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};
    use serde_json::json;

    use super::*;
    use crate::host::tests::host;
    use crate::mcp::listen::Change;
    use crate::mcp::watch::Watched;
    use crate::openapi::classify::Emit;
    use crate::openapi::operation::Operation;

    fn noted() -> Arc<Announcements> {
        let mut operation = Operation::default();
        operation.classification.emit = Some(Emit::Updated("mcp+op://s/a".to_owned()));
        let collected = Arc::new(Announcements::default());
        collected.note(&operation, &json!({}));
        operation.classification.emit = Some(Emit::ListChanged("mcp+op://s/a".to_owned()));
        collected.note(&operation, &json!({}));
        collected
    }

    #[test]
    fn a_call_that_is_cancelled_announces_what_it_has_done() {
        let host = host();
        let watched = Watched::new("mcp+op://s/a").unwrap();
        let mut reader = host.feed.open_watching(&[Kind::Resources], &[watched]).unwrap();
        let (announcer, collected) = (Announcer::new(host.clone(), noted()), noted());
        let call = async move {
            let _announcer = announcer;
            std::future::pending::<()>().await;
        };
        assert!(reader.next().now_or_never().is_none());
        drop(call);
        let expected = [Change::Updated("mcp+op://s/a".into()), Change::List(Kind::Resources)];
        for change in expected.clone() {
            assert_eq!(reader.next().now_or_never(), Some(Some(change)));
        }
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _announcer = Announcer::new(host.clone(), collected);
            panic!("on the way");
        }));
        assert!(panicked.is_err());
        for change in expected {
            assert_eq!(reader.next().now_or_never(), Some(Some(change)));
        }
        assert!(reader.next().now_or_never().is_none());
    }
}
