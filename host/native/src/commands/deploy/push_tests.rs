//! Pushes against a server that plays scripted answers: what is said, what is tried again, and what is not.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use frontmcp_core::bundle::packing::{Coding, unpack};
use serde_json::{Value, json};

use super::super::DeployCommand;
use super::super::testing::{Said, Shop, heard, parse};
use super::*;

const NOW: Duration = Duration::ZERO;

/// What the server does with one request.
enum Act {
    /// Answers with this document.
    Say(u16, Value),
    /// Answers with these header lines and this body.
    Write(&'static str, &'static str),
    /// Reads the request and hangs up.
    HangUp,
    /// Hangs up in the middle of an answer.
    Tear,
    /// Says that the envelope was sent before, and that this one, or none, is live.
    Replayed { live: bool },
}

/// One request as it came.
#[derive(Clone)]
struct Seen {
    line: String,
    headers: String,
    body: Vec<u8>,
}

/// A server on loopback; each connection is good for one request.
struct Server {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    fn playing(acts: impl Into<VecDeque<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (record, mut acts) = (seen.clone(), acts.into());
        thread::spawn(move || {
            while let Some(act) = acts.pop_front() {
                let Ok((stream, _)) = listener.accept() else { return };
                serve(stream, act, &record);
            }
        });
        Self { url, seen }
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, act: Act, record: &Mutex<Vec<Seen>>) {
    let mut reader = BufReader::new(stream);
    let (mut line, mut headers) = (String::new(), String::new());
    reader.read_line(&mut line).unwrap();
    while !headers.ends_with("\r\n\r\n") {
        reader.read_line(&mut headers).unwrap();
    }
    let headers = headers.to_ascii_lowercase();
    let length = headers.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    record.lock().unwrap().push(Seen { line: line.trim_end().to_owned(), headers, body: body.clone() });
    let (head, text) = match act {
        Act::HangUp => return,
        Act::Tear => {
            reader.get_mut().write_all(b"HTTP/1.1 200 X\r\ncontent-length: 99\r\n\r\n{\"status\":").unwrap();
            return;
        }
        Act::Write(head, body) => (head.to_owned(), body.to_owned()),
        Act::Say(status, document) => (format!("HTTP/1.1 {status} X"), document.to_string()),
        Act::Replayed { live } => {
            let envelope = unpack(Coding::Gzip, &body, 1 << 20).unwrap();
            let envelope = frontmcp_core::bundle::envelope::parse(&envelope).unwrap();
            let active = if live { sha256_hex(envelope.unverified_payload()) } else { "0".repeat(64) };
            let document = json!({ "status": "replayed", "message": "sent before", "activeSha256": active });
            ("HTTP/1.1 409 X".to_owned(), document.to_string())
        }
    };
    let length = text.len();
    let answer = format!("{head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}");
    reader.get_mut().write_all(answer.as_bytes()).unwrap();
}

fn push(words: &[&str]) -> Said {
    let DeployCommand::Push(args) = parse(words).unwrap() else { panic!("a push was asked for") };
    let pacing = Pacing { waits: vec![NOW; 3], longest: NOW };
    heard(|console| run_paced(&args, console, &pacing))
}

fn push_shop(shop: &Shop, url: &str, more: &[&str]) -> Said {
    let (manifest, key) = (shop.word("frontmcp.deploy.yaml"), shop.word("key.pem"));
    let words = ["push", "--url", url, "--manifest", &manifest, "--key", &key, "--kid", "shop-2026"];
    push(&[&words, more].concat())
}

/// A push of the shop to a server that plays `acts`, the exit code, and what was sent.
fn played(acts: impl Into<VecDeque<Act>>, more: &[&str]) -> (i32, Said, Vec<Seen>) {
    let server = Server::playing(acts);
    let mut said = push_shop(&Shop::new(), &server.url, more);
    let code = std::mem::replace(&mut said.ended, Ok(0)).unwrap();
    (code, said, server.seen())
}

fn applied() -> Act {
    Act::Say(200, json!({ "status": "applied", "changes": {} }))
}

fn busy() -> Act {
    Act::Write("HTTP/1.1 503 X\r\nretry-after: 3600", r#"{"status":"busy","message":"others wait"}"#)
}

#[test]
fn an_applied_bundle_is_summed_up() {
    let changed: Vec<Value> = (0..22)
        .map(|number| json!({ "name": format!("s{number:02}"), "aspects": ["files", "tags"] }))
        .collect();
    let changes = json!({
        "skills": { "added": [], "removed": ["old"], "changed": changed },
        "operations": { "added": ["acme.listOrders"], "removed": [], "changed": [] },
        "settings": ["server.instructions"],
    });
    let warning = json!({ "severity": "warning", "code": "odd", "message": "It is odd" });
    let document = json!({ "status": "applied", "changes": changes, "findings": [warning] });
    let (code, said, seen) = played([Act::Say(200, document)], &["--seq", "7"]);
    assert_eq!(code, 0, "{}", said.err);
    let (first, rest) = said.out.split_once('\n').unwrap();
    let wanted = "… seq 7: 22 skills changed, 1 skill removed, 1 operation added, 1 setting changed";
    assert!(first.starts_with("applied bundle ") && first.ends_with(wanted), "{first}");
    let lines: Vec<&str> = rest.lines().collect();
    assert!(lines[0].starts_with("  skills changed: s00 (files, tags), s01 (files, tags),"), "{rest}");
    assert!(lines[0].ends_with("s19 (files, tags) and 2 more"), "{rest}");
    let wanted = [
        "  skills removed: old",
        "  operations added: acme.listOrders",
        "  settings changed: server.instructions",
    ];
    assert_eq!(lines[1..], wanted);
    assert_eq!(said.err, "warning[odd]: It is odd\n\n0 errors, 1 warning\n");
    assert_eq!(seen[0].line, "POST /_frontmcp/resync HTTP/1.1");
    assert!(seen[0].headers.contains("content-encoding: gzip"));
}

#[test]
fn a_bundle_that_is_live_already_is_no_failure() {
    let (code, said, _) = played([Act::Say(200, json!({ "status": "noop" }))], &[]);
    assert_eq!(code, 0);
    assert!(said.out.ends_with("is live already; nothing was changed\n"), "{}", said.out);
}

#[test]
fn machines_get_the_servers_document() {
    let document = json!({ "status": "noop", "activeSha256": "a", "seq": 9 });
    let (code, said, _) = played([Act::Say(200, document)], &["--json"]);
    let report = said.json();
    assert_eq!((code, said.err.as_str()), (0, ""));
    let text = |name: &str| report[name].as_str().unwrap().to_owned();
    assert_eq!(
        (text("status"), text("activeSha256"), text("bundleSha256").len()),
        ("noop".into(), "a".into(), 64)
    );
    assert!(text("url").ends_with("/_frontmcp/resync"));
    assert_eq!((&report["attempts"], &report["seq"]), (&json!(1), &json!(9)));
}

#[test]
fn changes_that_need_a_redeployment_have_their_own_exit_code() {
    let document = json!({
        "status": "redeploy_required", "message": "not while running",
        "changes": { "structural": ["auth.provider", "runtime.target"] },
    });
    let (code, said, _) = played([Act::Say(409, document)], &[]);
    assert_eq!(code, 4);
    assert!(said.err.contains("(redeploy_required): not while running\n"), "{}", said.err);
    assert!(said.err.contains("  structural settings: auth.provider, runtime.target\n"), "{}", said.err);
    assert_eq!(said.out, "");
}

#[test]
fn a_refusal_is_printed_with_its_findings() {
    let finding = json!({
        "severity": "error", "code": "bad", "message": "It is \u{1b}[31mbad", "hint": "Mend it",
        "location": { "file": "bundle manifest", "line": 3, "column": 4 },
    });
    let document = json!({ "status": "invalid", "message": "the bundle has 1 error", "findings": [finding] });
    let (code, said, seen) = played([Act::Say(422, document)], &[]);
    assert_eq!(code, 1);
    let expected =
        "error[bad]: It is  [31mbad\n --> bundle manifest:3:4\n  = help: Mend it\n\n1 error, 0 warnings\n";
    assert!(said.err.ends_with(expected), "{}", said.err);
    assert!(said.err.contains("(invalid): the bundle has 1 error\n"), "{}", said.err);
    assert_eq!(seen.len(), 1, "a refusal is final");
}

#[test]
fn a_busy_server_is_asked_again() {
    let limited = Act::Write("HTTP/1.1 429 X", "slow down");
    let (code, said, seen) = played([busy(), limited, applied()], &[]);
    assert_eq!(code, 0, "{}", said.err);
    assert_eq!(seen.len(), 3);
    assert!(said.err.contains("attempt 1 of 4: others wait; again in 0 s\n"), "{}", said.err);
    assert!(said.err.contains("attempt 2 of 4: answered 429"), "{}", said.err);
}

#[test]
fn a_server_that_stays_busy_is_given_up() {
    let (code, said, seen) = played([busy(), busy(), busy(), busy(), applied()], &["--json"]);
    assert_eq!((code, seen.len()), (3, 4));
    assert_eq!((&said.json()["status"], &said.json()["attempts"]), (&json!("unreachable"), &json!(4)));
}

#[test]
fn a_server_that_keeps_nothing_is_not_asked_again() {
    let document = json!({ "status": "no_storage", "message": "start it with --data DIR" });
    let (code, said, seen) = played([Act::Say(503, document), applied()], &[]);
    assert_eq!((code, seen.len()), (1, 1));
    assert!(said.err.contains("--data DIR"), "{}", said.err);
}

#[test]
fn nobody_there_is_not_reachable() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut said = push_shop(&Shop::new(), &format!("http://127.0.0.1:{port}"), &[]);
    assert_eq!(std::mem::replace(&mut said.ended, Ok(0)).unwrap(), 3);
    assert!(said.err.contains("attempt 3 of 4: no connection:"), "{}", said.err);
    assert!(!said.err.contains("may have taken"), "{}", said.err);
}

#[test]
fn a_lost_answer_is_found_out_by_asking_again() {
    let (code, said, seen) = played([Act::HangUp, Act::Replayed { live: true }], &[]);
    assert_eq!(code, 0, "{}", said.err);
    assert!(said.out.ends_with("at an earlier attempt, whose answer was lost\n"), "{}", said.out);
    assert_eq!(seen[0].body, seen[1].body, "the same envelope");
    for torn in [Act::Tear, Act::Write("HTTP/1.1 502 X", "<h1>Bad gateway</h1>")] {
        let (code, said, _) = played([torn, Act::Replayed { live: true }], &["--json"]);
        assert_eq!((code, &said.json()["earlierAttemptApplied"]), (0, &json!(true)));
    }
}

#[test]
fn a_replay_is_no_success_if_another_bundle_is_live_or_nothing_was_lost() {
    let (code, said, _) = played([Act::HangUp, Act::Replayed { live: false }], &[]);
    assert_eq!(code, 1);
    assert!(said.err.contains("this bundle is not what is live"), "{}", said.err);
    let (code, said, _) = played([Act::Replayed { live: true }], &[]);
    assert_eq!(code, 1);
    assert!(said.err.contains("It is the bundle that is live"), "{}", said.err);
}

#[test]
fn an_answer_that_never_comes_leaves_doubt() {
    let (code, said, seen) = played([Act::HangUp, Act::HangUp, Act::HangUp, Act::HangUp], &[]);
    assert_eq!((code, seen.len()), (3, 4));
    assert!(said.err.contains("the server may have taken the bundle all the same"), "{}", said.err);
}

#[test]
fn redirects_are_shown_and_not_followed() {
    let moved = Act::Write("HTTP/1.1 308 X\r\nlocation: https://elsewhere.example/x", "");
    let (code, said, seen) = played([moved, applied()], &[]);
    assert_eq!((code, seen.len()), (3, 1));
    assert!(said.err.contains("points to https://elsewhere.example/x"), "{}", said.err);
}

#[test]
fn somebody_else_is_not_taken_for_a_server() {
    for act in [Act::Write("HTTP/1.1 200 X", "<h1>It works</h1>"), Act::Write("HTTP/1.1 404 X", "{}")] {
        let (code, said, seen) = played([act, applied()], &[]);
        assert_eq!((code, seen.len()), (3, 1));
        assert!(said.err.contains("not as a frontmcp-host does"), "{}", said.err);
    }
}

/// A shop whose bundle has one artifact beside it, built as `b.jws`, and the artifact's digest.
fn with_blob() -> (Shop, String) {
    let shop = Shop::new();
    shop.write("skills/lookup/data.bin", &vec![1; 300 << 10]);
    let report = shop.build("b.jws", &["--json"]).json();
    let sha256 = report["blobs"][0]["sha256"].as_str().unwrap().to_owned();
    (shop, sha256)
}

fn missing(sha256: &str) -> Act {
    Act::Say(409, json!({ "status": "blobs_missing", "message": "upload these", "blobs": [sha256] }))
}

fn stored() -> Act {
    Act::Say(200, json!({ "status": "stored" }))
}

#[test]
fn missing_artifacts_are_uploaded_and_the_envelope_is_sent_again() {
    let (shop, sha256) = with_blob();
    let acts = || [missing(&sha256), busy(), stored(), applied()];
    let server = Server::playing(acts());
    push_shop(&shop, &server.url, &[]).done();
    let file = shop.word("b.jws");
    let other = Server::playing(acts());
    push(&["push", "--url", &other.url, "--bundle", &file]).done();
    for seen in [server.seen(), other.seen()] {
        let lines: Vec<&str> = seen.iter().map(|seen| seen.line.as_str()).collect();
        let put = format!("PUT /_frontmcp/blobs/{sha256} HTTP/1.1");
        let post = "POST /_frontmcp/resync HTTP/1.1";
        assert_eq!(lines, [post, &put, &put, post]);
        assert_eq!(sha256_hex(&seen[2].body), sha256, "as it is");
        assert!(!seen[2].headers.contains("content-encoding"));
        assert_eq!(seen[0].body, seen[3].body, "the same envelope");
    }
}

#[test]
fn an_artifact_is_uploaded_once_and_only_if_it_is_here() {
    let (shop, sha256) = with_blob();
    let server = Server::playing([missing(&sha256), stored(), missing(&sha256)]);
    let failed = push_shop(&shop, &server.url, &[]).failed();
    assert!(failed.contains("asks again for the artifact"), "{failed}");
    let server = Server::playing([missing(&"0".repeat(64))]);
    assert!(push_shop(&shop, &server.url, &[]).failed().contains("the server lacks an artifact"));
    fs::remove_dir_all(shop.path("b.jws.blobs")).unwrap();
    let server = Server::playing([missing(&sha256)]);
    let failed = push(&["push", "--url", &server.url, "--bundle", &shop.word("b.jws")]).failed();
    assert!(failed.contains("the server lacks an artifact: reading the artifact"), "{failed}");
}

#[test]
fn an_artifact_that_is_not_taken_ends_the_push() {
    let (shop, sha256) = with_blob();
    let refusal = json!({ "status": "blob_refused", "message": "no accepted envelope names this artifact" });
    let server = Server::playing([missing(&sha256), Act::Say(403, refusal), applied()]);
    let said = push_shop(&shop, &server.url, &[]);
    assert_eq!(said.ended.unwrap(), 1);
    assert!(said.err.contains("(blob_refused): no accepted envelope"), "{}", said.err);
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn a_built_bundle_is_pushed_as_it_is() {
    let shop = Shop::new();
    shop.build("b.jws", &["--env", "live"]).done();
    let file = shop.word("b.jws");
    let server = Server::playing([applied()]);
    push(&["push", "--url", &server.url, "--bundle", &file, "--env", "live"]).done();
    let sent = unpack(Coding::Gzip, &server.seen()[0].body, 1 << 20).unwrap().into_owned();
    assert_eq!(sent, fs::read(shop.path("b.jws")).unwrap());
    let failed = push(&["push", "--url", &server.url, "--bundle", &file, "--env", "other"]).failed();
    assert!(failed.contains("was built for `live`, not for `other`"), "{failed}");
}

#[test]
fn a_deployment_with_errors_is_not_pushed() {
    let shop = Shop::new();
    shop.write("api.yaml", b"openapi: 9\n");
    let server = Server::playing([applied()]);
    assert!(push_shop(&shop, &server.url, &[]).failed().contains("api.yaml"));
    assert!(server.seen().is_empty());
}

#[test]
fn either_a_key_or_a_bundle_is_pushed() {
    let push = ["push", "--url", "https://a.example"];
    for more in [
        &[][..],
        &["--key", "k"],
        &["--kid", "k"],
        &["--key", "k", "--kid", "k", "--bundle", "b"],
        &["--bundle", "b", "--kid", "k"],
        &["--bundle", "b", "--seq", "1"],
        &["--bundle", "b", "--timeout", "0"],
    ] {
        assert!(parse(&[&push, more].concat()).is_err(), "{more:?}");
    }
    for more in [&["--key-env", "K", "--kid", "k"][..], &["--bundle", "b"]] {
        assert!(parse(&[&push, more].concat()).is_ok(), "{more:?}");
    }
    assert!(parse(&["push", "--bundle", "b"]).is_err(), "a URL is wanted");
}
