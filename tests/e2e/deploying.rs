//! docs/deploying.md, word for word; what `deploy build` owes the machine it runs on; reloading while developing.

use std::fs;
use std::process::Command;
use std::time::Duration;

use frontmcp_tests::{Site, client, repository};
use serde_json::{Value, json};

use super::readme::steps;

#[test]
fn the_page_about_deploying_works_word_for_word() {
    let site = Site::new();
    git(&site, &["init", "-q"]);
    git(&site, &["add", "-A"]);
    git(&site, &["-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-qm", "All of it"]);
    let steps = steps(&fs::read_to_string(repository().join("docs/deploying.md")).unwrap());
    assert!(steps.len() >= 12, "the page's transcript has gone");
    // One shell runs them all; each step's output ends with a line of its own.
    let port = free_port();
    let mut script = String::from("trap 'kill $(jobs -p)' EXIT\n");
    for (n, step) in steps.iter().enumerate() {
        let command = step.command.replace("127.0.0.1:3000", &format!("127.0.0.1:{port}"));
        script += &format!("{command}\necho; echo '=== {n}'\n");
    }
    let output = site.shell(&script);
    let mut rest = output.as_str();
    for (n, step) in steps.iter().enumerate() {
        let (found, after) = rest.split_once(&format!("\n=== {n}\n")).unwrap_or_else(|| panic!("{output}"));
        let wanted = step.output.replace("127.0.0.1:3000", &format!("127.0.0.1:{port}"));
        assert_eq!(found.trim(), wanted.trim(), "{}", step.command);
        rest = after;
    }
}

fn git(site: &Site, words: &[&str]) {
    assert!(Command::new("git").args(words).current_dir(site.path()).status().unwrap().success());
}

/// A port nobody has right now.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn two_clones_build_the_same_bundle_whatever_the_folder_time_zone_and_order_of_files() {
    let build = |site: &Site, zone: &str| {
        let words = ["deploy", "keygen", "--kid", "acme-shop-2026", "--out", "k.pem"];
        assert_eq!(site.run(&words, &[], "").0, 0);
        let words = ["deploy", "build", "--key", "k.pem", "--kid", "acme-shop-2026", "-o", "b.jws", "--json"];
        let (code, out, err) = site.run(&words, &[("TZ", zone), ("LC_ALL", "C")], "");
        assert_eq!(code, 0, "{err}");
        let built: Value = serde_json::from_str(&out).unwrap();
        built["bundleSha256"].as_str().unwrap().to_owned()
    };
    let site = Site::new();
    let first = build(&site, "Asia/Tokyo");
    let clone = site.copy();
    let second = build(&clone, "America/Los_Angeles");
    assert_eq!(first, second);
    fs::write(clone.path().join("guests/skills/refund-order/examples/new.md"), "# New\n").unwrap();
    assert_ne!(build_again(&clone), first, "what is served is in the digest");
}

fn build_again(site: &Site) -> String {
    let words = ["deploy", "build", "--key", "k.pem", "--kid", "acme-shop-2026", "-o", "b.jws", "--json"];
    let (code, out, err) = site.run(&words, &[], "");
    assert_eq!(code, 0, "{err}");
    serde_json::from_str::<Value>(&out).unwrap()["bundleSha256"].as_str().unwrap().to_owned()
}

#[test]
fn without_a_manifest_the_operators_key_says_whose_first_bundle_to_wait_for() {
    let site = Site::new();
    let words = ["deploy", "keygen", "--kid", "acme-shop-2026", "--out", "k.pem", "--json"];
    let (_, out, _) = site.run(&words, &[], "");
    let public: Value = serde_json::from_str(&out).unwrap();
    let pem = public["publicKey"].as_str().unwrap();
    fs::write(site.path().join("k.pub"), pem).unwrap();
    let waiting = ["--manifest", "nowhere.yaml", "--data", "data", "--trust-root", "acme-shop-2026=k.pub"];
    let server = site.serve(&waiting, &[]);
    let ready =
        |origin: &str| site.shell(&format!("curl -s -o /dev/null -w '%{{http_code}}' {origin}/readyz"));
    assert_eq!(ready(server.origin()), "503");
    let push =
        ["deploy", "push", "--url", server.url(), "--key", "k.pem", "--kid", "acme-shop-2026", "--json"];
    let (code, out, err) = site.run(&push, &[], "");
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["status"], json!("applied"));
    assert_eq!(ready(server.origin()), "200");
    server.kill();
    assert_eq!(ready(site.serve(&waiting, &[]).origin()), "200", "it is there after a restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_reloaded_while_developing_and_broken_ones_are_not() {
    let site = Site::new();
    let server = site.serve(&["--dev"], &[]);
    let file = site.path().join("guests/skills/order-lookup/SKILL.md");
    let good = fs::read_to_string(&file).unwrap();
    let said = |text: &str| good.replacen("description: ", &format!("description: {text} "), 1);
    fs::write(&file, said("Changed once.")).unwrap();
    described(server.url(), "Changed once.").await;
    fs::write(&file, "broken").unwrap();
    fs::write(site.path().join("guests/skills/refund-order/notes.txt"), "more").unwrap();
    // The broken file is passed over, so what comes after it is what is served next.
    fs::write(&file, said("Changed twice.")).unwrap();
    described(server.url(), "Changed twice.").await;
}

/// Waits until a search answers with a description that begins like this.
async fn described(url: &str, beginning: &str) {
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "codecall:describe", "arguments": {"skills": ["order-lookup"]}}});
    let asked = async {
        loop {
            let request = client().post(url).header("content-type", "application/json");
            let answer = request.body(call.to_string()).send().await.unwrap().text().await.unwrap();
            if answer.contains(beginning) {
                return;
            }
            assert!(answer.contains("order-lookup"), "it is never without a catalog: {answer}");
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asked)
        .await
        .unwrap_or_else(|_| panic!("never {beginning}"));
}
