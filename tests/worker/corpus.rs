//! The golden scripts in a Worker: ordinary ones return the same, refused ones have the same findings, hostile ones end by
//! limits of our own.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use frontmcp_tests::{Edge, Site, World, client, grant_everything, repository};
use serde_json::{Value, json};

use crate::corpus::{Golden, NEXT, golden};

/// The answer to an `execute`, as a tool's structured content.
pub(super) async fn execute(edge: &Edge, arguments: Value) -> Value {
    try_execute(edge, arguments).await.expect("an answer")
}

/// The same, or nothing if the Worker is still at it.
async fn try_execute(edge: &Edge, arguments: Value) -> Option<Value> {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "codecall:execute", "arguments": arguments
    }});
    let request = client()
        .post(edge.url())
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .timeout(Duration::from_secs(20))
        .body(body.to_string());
    let answer = request.send().await.ok()?.text().await.ok()?;
    let mut answer: Value = serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer}"));
    let text = answer.pointer_mut("/result/content/0/text").map(Value::take);
    let text = text.unwrap_or_else(|| panic!("no tool result: {answer}"));
    Some(serde_json::from_str(text.as_str().unwrap()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn ordinary_scripts_return_on_a_worker_what_they_should() {
    let mut edge = Edge::stopped(Site::new());
    grant_everything(edge.site.path());
    edge.build(&[]);
    edge.serve();
    let scripts = golden("accept");
    let mut problems = Vec::new();
    for script in &scripts {
        edge.site.api.reset().unwrap();
        let mut arguments = json!({"script": script.text});
        if let Some(input) = script.json("input") {
            arguments["input"] = input;
        }
        let answer = execute(&edge, arguments).await;
        let expected = script.json("expect").unwrap();
        if answer["status"] != "ok" || answer["result"] != expected {
            problems.push(format!("{}\n  expected {expected}\n  got      {answer}", script.name));
        }
    }
    assert!(scripts.len() >= 120, "only {} scripts", scripts.len());
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), scripts.len(), problems.join("\n"));
}

/// Every script below a folder.
fn scripts(folder: PathBuf) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "js" || extension == "ts") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_scripts_have_the_same_findings_as_on_a_server() {
    let (edge, world) = (Edge::start(), World::start());
    let server = world.client();
    let scripts = scripts(repository().join("tests/golden/reject"));
    assert!(scripts.len() >= 470, "only {} scripts", scripts.len());
    for path in &scripts {
        let script = fs::read_to_string(path).unwrap();
        let there = server.execute(&script).await;
        let here = execute(&edge, json!({ "script": script })).await;
        assert_eq!(here["error"], there["error"], "{}", path.display());
        assert_eq!(here["status"], there["status"], "{}", path.display());
    }
}

/// What is wrong with how a hostile script ended, or with the script after it.
async fn problems_of(edge: &mut Edge, script: &Golden) -> Vec<String> {
    let Some(answer) = try_execute(edge, json!({"script": script.text})).await else {
        edge.restart();
        return vec![format!("{}: does not end", script.name)];
    };
    let mut problems = Vec::new();
    let ended = answer["status"].as_str().unwrap_or_default();
    let wanted = script.header("ends").unwrap().split(' ').next().unwrap();
    // With fewer steps a heavy one may run out of them first.
    if ended != wanted && ended != "timeout" {
        problems.push(format!("{}: expected {wanted}, got {answer}", script.name));
    }
    let next = execute(edge, json!({"script": NEXT})).await;
    if next["result"] != json!([42, 0, "123", "function"]) {
        problems.push(format!("{}: the next script got {next}", script.name));
    }
    problems
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_scripts_end_on_a_worker_by_limits_of_our_own() {
    let mut edge = Edge::stopped(Site::new());
    edge.build(&[]);
    edge.bind("FRONTMCP_SCRIPT_MEMORY_MIB", Some("16"));
    let scripts = golden("hostile");
    assert!(scripts.len() >= 160, "only {} scripts", scripts.len());
    // Its steps are the slowest there are: each throws ten thousand times.
    let (slow, scripts): (Vec<_>, Vec<_>) =
        scripts.into_iter().partition(|script| script.name.contains("recursion-caught-again-and-again"));
    let mut problems = Vec::new();
    // As much as the scripts need that end by something else; the endless ones end all the same.
    for (steps, scripts) in [("4000", &scripts), ("40", &slow)] {
        edge.bind("FRONTMCP_SCRIPT_STEPS", Some(steps));
        edge.restart();
        for script in scripts {
            problems.extend(problems_of(&mut edge, script).await);
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
