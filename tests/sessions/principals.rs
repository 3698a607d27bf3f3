//! Callers with keys: whoever has none stays outside, and nobody reaches what is another's, by any id.

use std::sync::Arc;

use frontmcp_core::Settings;
use frontmcp_host::store::Store;
use frontmcp_tests::{Legacy, World};
use http::Method;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use super::{VERSION, keyed, store};

async fn guarded(store: &Arc<Store>) -> World {
    World::keeping(store, Settings::default(), keyed).await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_nothing_is_answered_but_401() {
    let world = guarded(&store()).await;
    let nobody = Legacy::new(world.host.clone());
    for caller in [nobody.clone(), nobody.with_key("gamma"), nobody.with_key("")] {
        for (method, path, body) in [
            (Method::POST, "/mcp", r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#),
            (Method::POST, "/mcp", "not JSON"),
            (Method::PUT, "/mcp", ""),
            (Method::GET, "/mcp", ""),
            (Method::DELETE, "/mcp", ""),
            (Method::GET, "/sse", ""),
            (Method::POST, "/message?sessionId=x", "{}"),
        ] {
            let reply = caller.send(method.clone(), path, None, body.to_owned()).await;
            assert_eq!(reply.status, 401, "{method} {path}");
            assert_eq!(reply.headers["www-authenticate"], "ApiKey realm=\"frontmcp\", header=\"X-API-Key\"");
            assert!(reply.document.get("id").is_none() && reply.document["error"].is_object());
        }
    }
    assert_eq!(nobody.send(Method::GET, "/healthz", None, String::new()).await.status, 200);
    assert_eq!(nobody.with_key("alpha").begin(VERSION).await.end().await, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_fits_its_own_principal_only() {
    let store = store();
    let world = guarded(&store).await;
    let alpha = Legacy::new(world.host.clone()).with_key("alpha").begin(VERSION).await;
    let thief = alpha.with_key("beta");
    assert_eq!(thief.request(1, "ping", json!({})).await.status, 404);
    assert_eq!(thief.notify("notifications/initialized", json!({})).await, 404);
    assert_eq!(thief.stream(None).await.status, 404);
    assert_eq!(thief.end().await, 404);
    assert_eq!(alpha.request(1, "ping", json!({})).await.status, 200);
    let after_restart = guarded(&store).await;
    let thief = Legacy { host: after_restart.host.clone(), ..thief };
    assert_eq!(thief.request(1, "ping", json!({})).await.status, 404);
    assert_eq!(
        Legacy { host: after_restart.host.clone(), ..alpha }.request(1, "ping", json!({})).await.status,
        200
    );
}

/// One step of an interleaving: who acts, in which of the sessions that exist, with which event id.
#[derive(Debug, Clone)]
enum Step {
    Begin(bool),
    Say(bool, usize),
    Stream(bool, usize, Option<usize>),
    End(bool, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let (who, session) = (any::<bool>(), 0..6_usize);
    prop_oneof![
        2 => who.prop_map(Step::Begin),
        4 => (who, session.clone()).prop_map(|(who, session)| Step::Say(who, session)),
        5 => (who, session.clone(), proptest::option::of(0..8_usize))
            .prop_map(|(who, session, event)| Step::Stream(who, session, event)),
        1 => (who, session).prop_map(|(who, session)| Step::End(who, session)),
    ]
}

/// What a step may come upon.
#[derive(Default)]
struct Seen {
    /// Session ids, whose they are, and whether they ended.
    sessions: Vec<(String, bool, bool)>,
    /// Event ids and the session of each.
    events: Vec<(String, usize)>,
}

#[test]
fn two_principals_never_see_each_others_sessions_streams_or_events() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let world = runtime.block_on(async { guarded(&store()).await });
    let steps = proptest::collection::vec(step(), 1..40);
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&steps, |steps| {
        runtime.block_on(async {
            let mut seen = Seen::default();
            for step in steps {
                act(&world, &mut seen, step).await?;
            }
            Ok(())
        })
    });
    outcome.unwrap();
}

async fn act(world: &World, seen: &mut Seen, step: Step) -> Result<(), TestCaseError> {
    let as_whom = |who: bool, session: Option<String>| {
        let key = if who { "alpha" } else { "beta" };
        Legacy { session, ..Legacy::new(world.host.clone()).with_key(key) }
    };
    match step {
        Step::Begin(who) => {
            let begun = as_whom(who, None).begin(VERSION).await;
            seen.sessions.push((begun.session.unwrap(), who, false));
        }
        Step::Say(who, at) if at < seen.sessions.len() => {
            let (id, owner, ended) = seen.sessions[at].clone();
            let secret = format!("secret of {at}");
            let mut reply =
                as_whom(who, Some(id)).execute(1, &format!("mcpLog('info', '{secret}'); return 1")).await;
            let may = who == owner && !ended;
            prop_assert_eq!(reply.status, if may { 200 } else { 404 });
            for event in reply.events.rest().await {
                seen.events.extend(event.id.map(|id| (id, at)));
            }
        }
        Step::Stream(who, at, event) if at < seen.sessions.len() => {
            let (id, owner, ended) = seen.sessions[at].clone();
            let last = event.and_then(|event| seen.events.get(event)).cloned();
            let mut reply = as_whom(who, Some(id)).stream(last.as_ref().map(|(id, _)| id.as_str())).await;
            let wanted = match &last {
                _ if who != owner || ended => 404,
                Some((_, session)) if *session != at => 400,
                _ => 200,
            };
            prop_assert_eq!(reply.status, wanted);
            if last.is_some() && wanted == 200 {
                for event in reply.events.rest().await {
                    let secret = format!("secret of {at}");
                    let foreign = event.data.contains("secret of") && !event.data.contains(&secret);
                    prop_assert!(!foreign, "{}", event.data);
                }
            }
        }
        Step::End(who, at) if at < seen.sessions.len() => {
            let (id, owner, ended) = seen.sessions[at].clone();
            let may = who == owner && !ended;
            prop_assert_eq!(as_whom(who, Some(id)).end().await, if may { 204 } else { 404 });
            seen.sessions[at].2 |= may;
        }
        Step::Say(..) | Step::Stream(..) | Step::End(..) => {}
    }
    Ok(())
}
