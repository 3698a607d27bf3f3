//! What a call changed, told to those who listen: once a call, in one place. Never decides what a change is.

use std::future::ready;
use std::sync::Arc;

use futures_channel::oneshot;

use crate::codecall::Announcements;
use crate::host::Host;
use crate::host::live::Live;
use crate::host::session::Sessions;
use crate::mcp::listen::Kind;
use crate::mcp::watch::Updated;
use crate::openapi::classify::Announcement;
use crate::ports::sessions::Announced;
use crate::ports::{BoxFuture, News};

impl Host {
    /// Tells what the successful mutations of one call changed. Everyone who listens for lists of resources hears of a
    /// list that changed; only those who watch a resource hear that it was updated.
    pub(crate) fn announce(&self, announcements: Vec<Announcement>) -> BoxFuture<'static, ()> {
        let mut news = News::default();
        for announcement in announcements {
            match announcement {
                Announcement::Updated(uri) => news.updated.push(uri),
                Announcement::ListChanged => news.lists.push(Kind::Resources.method().to_owned()),
            }
        }
        self.tell(news)
    }

    /// Tells the open streams. The future tells the sessions, whose streams outlive this process, and the other
    /// instances: what is said is durable before anybody is told that there is something.
    pub(super) fn tell(&self, news: News) -> BoxFuture<'static, ()> {
        if news.is_empty() {
            return Box::pin(ready(()));
        }
        self.tell_feed(&news);
        let (ports, sessions) = (self.resources.ports.clone(), self.sessions.clone());
        Box::pin(async move {
            if let Some(sessions) = sessions {
                let said = sessions.ports.events.announce(said(&news), ports.clock.now_ms()).await;
                said.unwrap_or_else(|fault| drop(ports.record(fault)));
                ring(&sessions, &news);
            }
            if let Some(peers) = &ports.peers {
                peers.tell(news).await;
            }
        })
    }

    /// Tells everyone that the lists are others now, because of what is live: if it took another one's place, or if
    /// sessions that are older than this process were told of another one last.
    pub(super) fn tell_of(&self, live: Option<Arc<Live>>, is_change: bool) -> BoxFuture<'static, ()> {
        let lists = Kind::ALL.map(Kind::method).map(str::to_owned).to_vec();
        let news = News { lists, updated: Vec::new() };
        let ports = self.resources.ports.clone();
        // Without storage there is no process before or after this one.
        let live = live.filter(|_| ports.storage.is_some());
        let (Some(live), Some(sessions)) = (live, self.sessions.clone()) else {
            return self.tell(if is_change { news } else { News::default() });
        };
        if is_change {
            self.tell_feed(&news);
        }
        let serving = self.live.clone();
        Box::pin(async move {
            let (bundle_sha256, now_ms) = (live.bundle_sha256(), ports.clock.now_ms());
            // A digest takes a while: a push that came meanwhile has told of itself.
            if !is_change && !serving.load().as_ref().is_some_and(|serving| Arc::ptr_eq(serving, &live)) {
                return;
            }
            let told = sessions.ports.events.deployed(bundle_sha256, is_change, said(&news), now_ms).await;
            let told = told.unwrap_or_else(|fault| {
                ports.record(fault);
                is_change
            });
            if told {
                ring(&sessions, &news);
                if let Some(peers) = &ports.peers {
                    peers.tell(news).await;
                }
            }
        })
    }

    /// Passes on what another instance of this host announced, and keeps in the log that they share.
    pub fn hear(&self, news: &News) {
        self.tell_feed(news);
        self.sessions.iter().for_each(|sessions| ring(sessions, news));
    }

    fn tell_feed(&self, news: &News) {
        let updates: Vec<Updated> = news.updated.iter().map(|uri| Updated::new(uri)).collect();
        if !updates.is_empty() {
            self.feed.updated(&updates);
        }
        self.feed.announce(&lists(news));
    }
}

fn lists(news: &News) -> Vec<Kind> {
    Kind::ALL.into_iter().filter(|kind| news.lists.iter().any(|list| list == kind.method())).collect()
}

fn said(news: &News) -> Vec<Announced> {
    let updated = news.updated.iter().map(|uri| {
        let uri = Updated::new(uri);
        Announced { uri: Some(uri.key().to_owned()), message: uri.change().unasked() }
    });
    let lists = lists(news).into_iter().map(|kind| Announced { uri: None, message: kind.unasked() });
    updated.chain(lists).collect()
}

fn ring(sessions: &Sessions, news: &News) {
    let keys: Vec<Updated> = news.updated.iter().map(|uri| Updated::new(uri)).collect();
    sessions.bell.ring_sessions(|session| {
        !news.lists.is_empty() || keys.iter().any(|updated| session.hears_of(updated.key()))
    });
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
    use crate::auth::Principal;
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
        let mut reader =
            host.feed.open_watching(&Principal::anonymous(), &[Kind::Resources], &[watched]).unwrap();
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
