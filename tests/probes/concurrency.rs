//! Calls run at the same time, within bounds, and end with the script; computing starves nobody.

use std::time::Duration;

use frontmcp_core::Settings;
use frontmcp_tests::World;
use futures_util::future::join_all;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn ten_calls_of_promise_all_are_in_flight_together() {
    let world = World::start();
    let script =
        "return (await Promise.all(Array.from({ length: 10 }, () => acme.slowReport({ ms: 100 })))).length";
    let answer = world.client().execute(script).await;
    assert_eq!(answer["result"], 10, "{answer}");
    let counts = world.api.counts();
    assert_eq!((counts.requests, counts.max_concurrency), (10, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_calls_than_may_run_at_once_wait_their_turn() {
    let mut settings = Settings::default();
    settings.script.max_concurrent_calls = 4;
    let world = World::with(settings, |_| {});
    let script =
        "return (await Promise.all(Array.from({ length: 12 }, () => acme.slowReport({ ms: 20 })))).length";
    let answer = world.client().execute(script).await;
    assert_eq!(answer["result"], 12, "{answer}");
    let counts = world.api.counts();
    assert_eq!((counts.requests, counts.max_concurrency), (12, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_nobody_awaits_is_made_before_the_answer_and_dropped_when_the_script_fails() {
    let world = World::start();
    let forgotten = "acme.slowReport({ ms: 50 }); return 'done'";
    let answer = world.client().execute(forgotten).await;
    assert_eq!((&answer["result"], &answer["stats"]["calls"]), (&json!("done"), &json!(1)), "{answer}");
    assert_eq!(world.api.counts().requests, 1);
    let failing =
        "acme.slowReport({ ms: 5000 }); await acme.getOrder({ orderId: 'ord_1001' }); throw new Error('no')";
    let answer = tokio::time::timeout(Duration::from_secs(4), world.client().execute(failing)).await;
    assert_eq!(answer.expect("before the slow call is done")["status"], "runtime_error");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_that_compute_without_end_leave_room_for_others() {
    let mut settings = Settings::default();
    settings.script.engine.compute_ms = 2_000;
    let world = World::with(settings, |_| {});
    let hogs = (0..6).map(|_| {
        let client = world.client();
        tokio::spawn(async move { client.execute("for (;;) {}").await })
    });
    let hogs: Vec<_> = hogs.collect();
    for _ in 0..20 {
        let answer = world.client().execute("return (await acme.getOrder({ orderId: 'ord_1001' })).id").await;
        assert_eq!(answer["result"], "ord_1001", "{answer}");
    }
    assert!(hogs.iter().all(|hog| !hog.is_finished()), "the short scripts waited for the long ones");
    for answer in join_all(hogs).await {
        assert_eq!(answer.unwrap()["status"], "timeout");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_whose_caller_is_gone_stops_computing() {
    let world = World::start();
    let arguments = json!({"script": "for (;;) {}"});
    let client = world.client();
    let call = client.call("codecall:execute", arguments);
    let gone = tokio::time::timeout(Duration::from_millis(50), call).await;
    assert!(gone.is_err(), "an endless script ended");
    // The computing budget is five seconds; a worker held that long would show here.
    let answers = join_all((0..8).map(|_| client.execute("return 1"))).await;
    assert!(answers.iter().all(|answer| answer["result"] == 1));
}
