//! Sandboxes use memory again, and no script finds anything of another in it. `watched.js` looks at what an instance
//! begins with.

use std::fs;
use std::time::Duration;

use frontmcp_tests::{Edge, Site, client, repository};
use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use super::corpus::execute;
use super::sessions::SLOW;

#[derive(Debug, Clone, Copy, Deserialize)]
struct Seen {
    instances: u32,
    memories: u32,
    different: u32,
}

fn watched() -> Edge {
    let site = Site::new();
    site.add_skill("slow", SLOW);
    let mut edge = Edge::stopped(site);
    edge.build(&[]);
    let entry = repository().join("tests/worker/watched.js");
    fs::copy(entry, edge.folder().join("worker.js")).unwrap();
    edge.serve();
    edge
}

async fn seen(edge: &Edge) -> Seen {
    let request = client().get(format!("{}/_memory", edge.origin())).timeout(Duration::from_secs(20));
    serde_json::from_slice(&request.send().await.unwrap().bytes().await.unwrap()).unwrap()
}

async fn run(edge: &Edge, script: &str) -> Value {
    execute(edge, json!({"script": script})).await
}

/// Leaves a secret in many places.
const SECRET: &str =
    "const marks = []; for (let i = 0; i < 200; i++) marks.push('secret-' + i + '-'.repeat(50));
    return marks.length";

#[tokio::test(flavor = "multi_thread")]
async fn every_script_begins_with_the_same_memory() {
    let edge = watched();
    for _ in 0..5 {
        assert_eq!(run(&edge, SECRET).await["result"], 200);
    }
    let one_by_one = seen(&edge).await;
    assert_eq!((one_by_one.instances, one_by_one.memories), (5, 1), "memory is used again");

    for (script, ends) in [
        ("const all = []; for (let i = 0; i < 100; i++) all.push('x'.repeat(100000) + i); return 1", "ok"),
        ("const deep = (n) => deep(n + 1) + 1; return deep(0)", "Maximum call stack size exceeded"),
        ("throw new Error('secret')", "secret"),
        ("await new Promise(() => {})", "nothing will settle"),
    ] {
        let answer = run(&edge, script).await.to_string();
        assert!(answer.contains(ends), "{script}: {answer}");
    }
    // It is let go in the middle of a call.
    let overdue = json!({"script": "return await acme.slowReport({ms: 5000})", "timeoutMs": 50});
    assert_eq!(execute(&edge, overdue).await["status"], "timeout");
    run(&edge, "return await acme.getOrder({orderId: 'ord_1001'})").await;
    join_all((0..12).map(|_| run(&edge, "return await acme.getOrder({orderId: 'ord_1001'})"))).await;
    for _ in 0..5 {
        run(&edge, SECRET).await;
    }
    let all = seen(&edge).await;
    assert_eq!(all.different, 0, "{all:?}");
    assert_eq!(all.instances, 5 + 4 + 1 + 1 + 12 + 5, "an instance for each script");
    // New ones for the one that grew and the one that was let go, and for scripts at the same time.
    assert!(all.memories <= 1 + 2 + 11, "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_that_has_grown_is_not_kept() {
    let edge = watched();
    for _ in 0..3 {
        let grown = run(&edge, "return 'x'.repeat(3 << 20).length").await;
        assert_eq!(grown["result"], 3 << 20, "{grown}");
    }
    let seen = seen(&edge).await;
    assert_eq!((seen.instances, seen.memories, seen.different), (3, 3, 0));
}
