//! A Worker of somebody's own that calls `createWorker`: its types, its bundling by wrangler, and the host in it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use frontmcp_tests::{Edge, Site, client, platform, repository, run_to_end};
use serde_json::json;

/// A tool of the test clients, in a folder.
fn tool(edge: &Edge, script: &str, arguments: &[&str]) -> String {
    let script = repository().join("target/clients/node/node_modules").join(script);
    let mut command: Command = platform(&script, edge.storage());
    run_to_end(command.args(arguments).current_dir(edge.folder()))
}

fn emit(edge: &Edge, main: &str, file: &str) {
    let words = ["deploy", "emit-wrangler", "--main", main, "-o", file];
    let (code, _, err) = edge.site.run(&words, &edge.tools(), "");
    assert_eq!(code, 0, "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_in_typescript_is_checked_and_bundled_and_serves() {
    let mut edge = Edge::stopped(Site::new());
    edge.build(&[]);
    fs::copy(repository().join("tests/worker/own.ts"), edge.folder().join("own.ts")).unwrap();
    let strict =
        ["--noEmit", "--strict", "--skipLibCheck", "--module", "esnext", "--moduleResolution", "bundler"];
    let more =
        ["--resolveJsonModule", "--target", "esnext", "--lib", "esnext,webworker", "--types", "", "own.ts"];
    assert_eq!(tool(&edge, "typescript/bin/tsc", &[&strict[..], &more].concat()), "");

    emit(&edge, "dist/own.ts", "own.jsonc");
    let bundled = edge.site.path().join("bundled");
    let out = bundled.to_str().unwrap();
    let words = ["deploy", "--dry-run", "--outdir", out, "--config", "../own.jsonc", "--env", ""];
    let said = tool(&edge, "wrangler/bin/wrangler.js", &words);
    assert!(said.contains("--dry-run: exiting now") && !said.contains("WARNING"), "{said}");

    replace(&edge.folder(), &bundled);
    emit(&edge, "dist/own.js", "own.jsonc");
    let text = fs::read_to_string(edge.site.path().join("own.jsonc")).unwrap();
    fs::write(edge.folder().join("wrangler.jsonc"), text.replace("dist/own.js", "own.js")).unwrap();
    edge.serve();
    let hello = client().get(format!("{}/hello", edge.origin())).timeout(Duration::from_secs(20));
    assert_eq!(hello.send().await.unwrap().text().await.unwrap(), "hello from TypeScript");
    let params = json!({"name": "codecall:execute", "arguments": {"script": "return 6 * 7"}});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string();
    let (status, answer) = frontmcp_tests::post(edge.url(), body).await;
    assert!(status == 200 && String::from_utf8_lossy(&answer).contains(r#"\"result\":42"#), "{status}");
}

fn replace(folder: &Path, by: &Path) {
    fs::remove_dir_all(folder).unwrap();
    fs::rename(by, folder).unwrap();
}

#[test]
fn an_entry_module_that_no_longer_exports_what_is_bound_is_refused_with_the_line_to_add() {
    let edge = Edge::stopped(Site::new());
    edge.build(&[]);
    let entry = edge.folder().join("worker.js");
    let text = fs::read_to_string(&entry).unwrap();
    fs::write(&entry, text.replace("EventStoreDO, ", "")).unwrap();
    let words = ["worker", "build", "--key", "key.pem", "--kid", "acme-shop-2026", "--out", "dist"];
    let (code, _, err) = edge.site.run(&words, &edge.tools(), "");
    assert_eq!(code, 1, "{err}");
    assert!(err.contains(r#"export { EventStoreDO } from "./frontmcp.js";"#), "{err}");
    fs::write(&entry, text).unwrap();
    edge.build(&[]);
}
