//! Sessions: kept until they end, whole, and never more of them than there may be.

use frontmcp_core::ports::Sessions;
use frontmcp_core::ports::sessions::{Created, Session, SessionLimits};

use super::{NOW_MS, for_every_store, names};

for_every_store! {
    a_session_is_kept_until_it_is_ended,
    there_are_never_more_than_there_may_be,
    using_a_session_keeps_it_from_expiring,
    those_unused_the_longest_expire_first_and_some_at_a_time,
    what_is_agreed_and_set_is_remembered,
    subscriptions_are_a_set_with_a_bound,
    what_is_not_there_is_no_fault,
}

pub(super) const MANY: SessionLimits = SessionLimits { total: 100, per_principal: 100 };

pub(super) fn session(principal: &str) -> Session {
    Session {
        principal: principal.to_owned(),
        version: "2025-11-25".to_owned(),
        level: None,
        seen_ms: NOW_MS,
    }
}

async fn a_session_is_kept_until_it_is_ended(sessions: &dyn Sessions) {
    assert_eq!(sessions.create("a", session("p"), MANY).await.unwrap(), Created::Kept);
    assert_eq!(sessions.get("a").await.unwrap(), Some(session("p")));
    assert_eq!(sessions.get("A").await.unwrap(), None, "ids are compared exactly");
    assert!(sessions.end("a").await.unwrap());
    assert_eq!(sessions.get("a").await.unwrap(), None);
    assert!(!sessions.end("a").await.unwrap());
    assert_eq!(sessions.count().await.unwrap(), 0);
}

async fn there_are_never_more_than_there_may_be(sessions: &dyn Sessions) {
    let limits = SessionLimits { total: 3, per_principal: 2 };
    for (id, principal, created) in [
        ("1", "p", Created::Kept),
        ("2", "p", Created::Kept),
        ("3", "p", Created::TooManyOfPrincipal),
        ("4", "q", Created::Kept),
        ("5", "q", Created::TooMany),
    ] {
        assert_eq!(sessions.create(id, session(principal), limits).await.unwrap(), created, "{id}");
    }
    assert_eq!(sessions.count().await.unwrap(), 3);
    sessions.end("1").await.unwrap();
    assert_eq!(sessions.create("6", session("p"), limits).await.unwrap(), Created::Kept);
}

async fn using_a_session_keeps_it_from_expiring(sessions: &dyn Sessions) {
    sessions.create("a", session("p"), MANY).await.unwrap();
    assert!(sessions.touch("a", NOW_MS + 10).await.unwrap());
    assert!(sessions.touch("a", NOW_MS + 5).await.unwrap());
    assert_eq!(sessions.get("a").await.unwrap().unwrap().seen_ms, NOW_MS + 10, "time never goes back");
    assert_eq!(sessions.expire(NOW_MS + 10, 9).await.unwrap(), names(&[]));
    assert_eq!(sessions.expire(NOW_MS + 11, 9).await.unwrap(), names(&["a"]));
    assert_eq!(sessions.get("a").await.unwrap(), None);
}

async fn those_unused_the_longest_expire_first_and_some_at_a_time(sessions: &dyn Sessions) {
    for (id, seen_ms) in [("a", 30), ("b", 10), ("c", 20), ("d", 99)] {
        sessions.create(id, Session { seen_ms, ..session("p") }, MANY).await.unwrap();
    }
    assert_eq!(sessions.expire(50, 2).await.unwrap(), names(&["b", "c"]));
    assert_eq!(sessions.expire(50, 2).await.unwrap(), names(&["a"]));
    assert_eq!(sessions.count().await.unwrap(), 1);
}

async fn what_is_agreed_and_set_is_remembered(sessions: &dyn Sessions) {
    sessions.create("a", Session { version: String::new(), ..session("p") }, MANY).await.unwrap();
    sessions.agree("a", "2024-11-05").await.unwrap();
    sessions.set_level("a", "warning").await.unwrap();
    let kept = sessions.get("a").await.unwrap().unwrap();
    assert_eq!((kept.version.as_str(), kept.level.as_deref()), ("2024-11-05", Some("warning")));
}

async fn subscriptions_are_a_set_with_a_bound(sessions: &dyn Sessions) {
    for id in ["a", "b"] {
        sessions.create(id, session("p"), MANY).await.unwrap();
    }
    for (uri, taken) in [("x", true), ("y", true), ("x", true), ("z", false), ("y", true)] {
        assert_eq!(sessions.subscribe("a", uri, 2).await.unwrap(), taken, "{uri}");
    }
    assert_eq!(sessions.subscriptions("a").await.unwrap(), names(&["x", "y"]));
    assert_eq!(sessions.subscriptions("b").await.unwrap(), names(&[]), "each session has its own");
    sessions.unsubscribe("a", "x").await.unwrap();
    assert!(sessions.subscribe("a", "z", 2).await.unwrap());
    assert_eq!(sessions.subscriptions("a").await.unwrap(), names(&["y", "z"]));
    sessions.end("a").await.unwrap();
    assert_eq!(sessions.subscriptions("a").await.unwrap(), names(&[]));
}

async fn what_is_not_there_is_no_fault(sessions: &dyn Sessions) {
    assert!(!sessions.touch("a", NOW_MS).await.unwrap());
    sessions.set_level("a", "debug").await.unwrap();
    sessions.agree("a", "2025-11-25").await.unwrap();
    sessions.unsubscribe("a", "x").await.unwrap();
    sessions.subscribe("a", "x", 9).await.unwrap();
    assert_eq!(sessions.subscriptions("a").await.unwrap(), names(&[]));
    assert_eq!(sessions.get("a").await.unwrap(), None);
}
