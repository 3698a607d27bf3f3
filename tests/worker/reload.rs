//! Pushing to a Worker: taken, replayed, rolled back, structural; on record; and what it says when something is missing.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use frontmcp_tests::{Edge, Site, client, push};
use serde_json::{Value, json};

fn document(said: &str) -> Value {
    serde_json::from_str(said).unwrap_or_else(|_| panic!("{said}"))
}

/// An envelope as `deploy build` leaves it.
pub(super) fn envelope(edge: &Edge, more: &[&str]) -> Vec<u8> {
    let words = ["deploy", "build", "--key", "key.pem", "--kid", "acme-shop-2026", "-o", "b.jws"];
    let (code, _, err) = edge.site.run(&[&words, more].concat(), &[], "");
    assert_eq!(code, 0, "{err}");
    fs::read(edge.site.path().join("b.jws")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_live_at_once_and_survives_and_is_not_taken_twice() {
    let mut edge = Edge::start();
    edge.site.add_skill("new-one", "---\nname: new-one\ndescription: Zebra crossings.\n---\n# New\n");
    let pushed = envelope(&edge, &[]);
    let (status, answer) = push(edge.origin(), pushed.clone()).await;
    assert_eq!((status, &answer["status"]), (200, &json!("applied")), "{answer}");
    assert!(knows_zebras(&edge).await);
    let (status, answer) = push(edge.origin(), pushed).await;
    assert_eq!((status, &answer["status"]), (409, &json!("replayed")), "{answer}");
    let (status, answer) = push(edge.origin(), envelope(&edge, &["--seq", "5"])).await;
    assert_eq!((status, &answer["status"]), (409, &json!("rollback_refused")), "{answer}");
    edge.restart();
    assert!(knows_zebras(&edge).await, "what was acknowledged is served after a restart");
}

pub(super) async fn knows_zebras(edge: &Edge) -> bool {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "codecall:searchKnowledge", "arguments": {"queries": ["zebra crossings"]}
    }});
    let (status, answer) = frontmcp_tests::post(edge.url(), body.to_string()).await;
    assert_eq!(status, 200);
    String::from_utf8(answer).unwrap().contains("new-one")
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bindings_need_another_deployment_and_nothing_changes_until_then() {
    let mut edge = Edge::start();
    let manifest = edge.site.path().join("frontmcp.deploy.yaml");
    let text = fs::read_to_string(&manifest).unwrap();
    let more = "  vars:\n    LOG_LEVEL: info\n    EXTRA: yes-please\n";
    fs::write(&manifest, text.replacen("  vars:\n    LOG_LEVEL: info\n", more, 1)).unwrap();
    let (code, said) = edge.push(&[]);
    assert_eq!(code, 4, "{said}");
    assert_eq!(
        document(said.lines().next().map_or("", |_| said.split("\n\n").next().unwrap()))["status"],
        "redeploy_required"
    );
    edge.stop();
    edge.build(&[]);
    edge.serve();
    let (code, said) = edge.push(&[]);
    assert_eq!(code, 0, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_in_d1_verifies_as_the_servers_does() {
    let mut edge = Edge::start();
    for script in ["return 1", "return nonsense", "return await acme.getOrder({orderId: 'ord_1001'})"] {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
            "name": "codecall:execute", "arguments": {"script": script}
        }});
        assert_eq!(frontmcp_tests::post(edge.url(), body.to_string()).await.0, 200);
    }
    let key = client().get(format!("{}/_frontmcp/audit-key", edge.origin()));
    let key = key.timeout(Duration::from_secs(20)).send().await.unwrap().text().await.unwrap();
    fs::write(edge.site.path().join("audit.jwk"), key).unwrap();
    edge.stop();
    let export = d1(&edge);
    let words = ["audit", "verify", "--d1", export.to_str().unwrap(), "--public-key", "audit.jwk"];
    let (code, out, err) = edge.site.run(&words, &[], "");
    assert_eq!(code, 0, "{out}{err}");
    // The shipped bundle, three calls, and one operation.
    assert!(out.contains("records 1 to 5"), "{out}");
}

/// The database's file, as the platform keeps it on this machine.
pub(super) fn d1(edge: &Edge) -> PathBuf {
    let mut folders = vec![edge.storage().join("d1")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(extension) if extension == "sqlite" && !path.ends_with("metadata.sqlite") => {
                    return path;
                }
                _ => {}
            }
        }
    }
    panic!("no database below {}", edge.storage().display());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_secret_or_a_wrong_key_is_told_and_nothing_is_served() {
    let mut edge = Edge::stopped(Site::new());
    edge.build(&[]);
    edge.bind("BUNDLE_PUBLIC_KEY", None);
    edge.serve();
    let ready = client().get(format!("{}/readyz", edge.origin())).timeout(Duration::from_secs(20));
    assert_eq!(ready.send().await.unwrap().status(), 503);
    let log = fs::read_to_string(edge.storage().join("log")).unwrap();
    assert!(log.contains("BUNDLE_PUBLIC_KEY"), "{log}");
    let key = edge.public_key().to_owned();
    edge.bind("BUNDLE_PUBLIC_KEY", Some(&key));
    edge.restart();
    let ready = client().get(format!("{}/readyz", edge.origin())).timeout(Duration::from_secs(20));
    assert_eq!(ready.send().await.unwrap().status(), 200, "it recovers by itself");
}
