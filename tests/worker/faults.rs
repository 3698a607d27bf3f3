//! A Worker whose platform fails: randomness that comes in the wrong length and makes the host panic, databases and
//! namespaces that are out of order, bindings that are not there. `broken.js` is what breaks.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use frontmcp_tests::{Edge, Site, client, repository};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use super::reload::{d1, knows_zebras};
use super::sessions::{SLOW, Session, execute, interrupted, read_until};

/// The reference deployment on a platform that breaks when it is told to.
fn breakable() -> Edge {
    let mut edge = Edge::stopped(Site::new());
    edge.build(&[]);
    let entry = repository().join("tests/worker/broken.js");
    fs::copy(entry, edge.folder().join("worker.js")).unwrap();
    edge.serve();
    edge
}

/// Tells what breaks from now on; answers how many objects were made so far.
async fn break_next(edge: &Edge, broken: Value) -> u64 {
    let request = client().post(format!("{}/_break", edge.origin())).body(broken.to_string());
    let answer = request.timeout(Duration::from_secs(20)).send().await.unwrap().bytes().await.unwrap();
    serde_json::from_slice::<Value>(&answer).unwrap()["made"].as_u64().unwrap()
}

fn initialize() -> String {
    let params = json!({
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}
    });
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}).to_string()
}

fn log(edge: &Edge) -> String {
    fs::read_to_string(edge.storage().join("log")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_answers_an_error_and_the_objects_live_on() {
    let edge = breakable();
    let session = Session::begin(&edge).await;
    let mut stream = session.get(None).await;
    read_until(&mut stream, "retry").await;
    let made = break_next(&edge, json!({})).await;
    let mut failed = 0;
    for (number, script) in (0..12).flat_map(|nth| [(nth, "return 1"), (nth, "mcpNotify('a', {}); return 1")])
    {
        break_next(&edge, json!({"random": number})).await;
        let answer = session.post(execute(number, script)).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(!text.contains("panicked") && !text.contains("copy_from_slice"), "{number}: {text}");
        let is_answered = status == 200 && text.contains("structuredContent");
        let is_error = status == 500 || status == 200 && text.contains("-32603");
        assert!(is_answered || is_error, "{number}: {status} {text}");
        failed += u32::from(is_error);
        break_next(&edge, json!({})).await;
        let answer = session.post(execute(number, script)).await.text().await.unwrap();
        assert!(answer.contains("structuredContent"), "{number}: {answer}");
    }
    assert!(failed >= 4, "only {failed} panics");
    assert!(log(&edge).contains("panicked"), "{}", log(&edge));
    let refund = "return await acme.refundOrder({orderId: 'ord_1001', amountCents: 100, reason: 'damaged'})";
    session.post(execute(99, refund)).await.text().await.unwrap();
    read_until(&mut stream, "notifications/resources/list_changed").await;
    assert_eq!(break_next(&edge, json!({})).await, made, "no object was made again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_before_a_session_begins_is_an_error_too() {
    let edge = breakable();
    Session::begin(&edge).await;
    break_next(&edge, json!({"random": 0})).await;
    let (status, text) = frontmcp_tests::post(edge.url(), initialize()).await;
    assert_eq!((status, String::from_utf8_lossy(&text).trim_end()), (500, "internal error"));
    Session::begin(&edge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_record_cannot_be_kept_is_not_answered_as_if_it_were() {
    let edge = breakable();
    let session = Session::begin(&edge).await;
    break_next(&edge, json!({"bindings": ["AUDIT"]})).await;
    let answer = session.post(execute(1, "return 1")).await.text().await.unwrap();
    assert!(answer.contains("-32603") && !answer.contains("structuredContent"), "{answer}");
    assert!(!answer.contains("out of order"), "{answer}");
    let log = log(&edge);
    assert!(log.contains("AUDIT (D1): out of order"), "{log}");
    break_next(&edge, json!({})).await;
    let answer = session.post(execute(2, "return 1")).await.text().await.unwrap();
    assert!(answer.contains("structuredContent"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_needs_no_namespace_and_is_served_after_a_restart() {
    let mut edge = breakable();
    edge.site.add_skill("new-one", "---\nname: new-one\ndescription: Zebra crossings.\n---\n# New\n");
    break_next(&edge, json!({"bindings": ["BUNDLE_CACHE", "REPLAY_NONCE"]})).await;
    let (code, said) = edge.push(&[]);
    assert_eq!(code, 0, "{said}");
    let log = log(&edge);
    assert!(log.contains("BUNDLE_CACHE (KV): out of order") && log.contains("REPLAY_NONCE (KV)"), "{log}");
    edge.restart();
    assert!(knows_zebras(&edge).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binding_that_is_missing_is_named_with_its_mend() {
    let mut edge = Edge::stopped(Site::new());
    edge.build(&[]);
    let file = edge.folder().join("wrangler.jsonc");
    let whole = fs::read_to_string(&file).unwrap();
    for (binding, misnamed, place) in [
        ("AUDIT", "AUDITS", "bindings.d1Databases"),
        ("BUNDLE", "BUNDLES", "bindings.durableObjects"),
        ("EVENTS", "EVENT", "bindings.durableObjects"),
        ("SESSIONS", "SESSION", "bindings.durableObjects"),
        ("BUNDLE_CACHE", "CACHE", "bindings.kvNamespaces"),
    ] {
        let written = |name: &str| [format!("\"binding\": \"{name}\""), format!("\"name\": \"{name}\"")];
        let mut text = whole.clone();
        for (from, to) in written(binding).iter().zip(written(misnamed)) {
            text = text.replace(from, &to);
        }
        assert_ne!(text, whole, "{binding}");
        fs::write(&file, text).unwrap();
        edge.restart();
        let (_, initialized) = frontmcp_tests::post(edge.url(), initialize()).await;
        let (_, executed) = frontmcp_tests::post(edge.url(), execute(1, "return 1").to_string()).await;
        let has = |answer: &[u8], word: &str| String::from_utf8_lossy(answer).contains(word);
        // A session needs two objects, a record the other one and the database. A namespace only holds copies.
        let begins = has(&initialized, "protocolVersion");
        let runs = has(&executed, r#"\"status\":\"ok\""#);
        let expected = match binding {
            "AUDIT" | "BUNDLE" => (true, false),
            "EVENTS" | "SESSIONS" => (false, true),
            _ => (true, true),
        };
        assert_eq!((begins, runs), expected, "{binding}");
        if binding == "BUNDLE_CACHE" {
            let skill = "---\nname: new-one\ndescription: Zebra crossings.\n---\n# New\n";
            edge.site.add_skill("new-one", skill);
            assert_eq!(edge.push(&[]).0, 0);
        }
        let log = log(&edge);
        let named = format!("the binding {binding} is missing; declare it under {place}");
        assert!(log.contains(&named), "{binding}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_at_once_are_taken_one_after_the_other() {
    let edge = breakable();
    let mut envelopes = Vec::new();
    for seq in 1..=4 {
        edge.site.add_skill("zebra", &format!("---\nname: zebra\ndescription: Number {seq}.\n---\n# Z\n"));
        let seq = (1_800_000_000_000u64 + seq).to_string();
        envelopes.push(super::reload::envelope(&edge, &["--seq", &seq]));
    }
    let pushes = envelopes.into_iter().map(|envelope| frontmcp_tests::push(edge.origin(), envelope));
    let answers = futures_util::future::join_all(pushes).await;
    let status = |status: &str| answers.iter().filter(|(_, answer)| answer["status"] == status).count();
    assert_eq!(status("applied") + status("rollback_refused"), 4, "{answers:?}");
    assert!(status("applied") >= 1, "{answers:?}");
    let search = json!({"name": "codecall:searchKnowledge", "arguments": {"queries": ["zebra number"]}});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": search}).to_string();
    let (_, answer) = frontmcp_tests::post(edge.url(), body).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.contains("Number 4"), "the newest is live whatever came first: {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_never_arrives_holds_up_nobody() {
    let edge = breakable();
    Session::begin(&edge).await;
    let address = edge.origin().strip_prefix("http://").unwrap();
    let slow: Vec<TcpStream> = (0..4)
        .map(|_| {
            let mut slow = TcpStream::connect(address).unwrap();
            let head = "POST /_frontmcp/resync HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n{";
            slow.write_all(head.as_bytes()).unwrap();
            slow
        })
        .collect();
    // Long enough for everybody to ask again which bundle is live.
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(1_500) {
        let (status, _) = frontmcp_tests::post(edge.url(), execute(1, "return 1").to_string()).await;
        assert_eq!(status, 200);
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(edge.push(&[]).0, 0);
    drop(slow);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_its_client_gave_up_is_recorded_all_the_same() {
    let edge = breakable();
    edge.site.add_skill("slow", SLOW);
    assert_eq!(edge.push(&[]).0, 0);
    let body = execute(1, "await acme.slowReport({ms: 1500}); return 1").to_string();
    let request = client().post(edge.url()).header("content-type", "application/json").body(body);
    let given_up =
        request.header("accept", "application/json").timeout(Duration::from_millis(300)).send().await;
    assert!(given_up.is_err());
    let deadline = Instant::now() + Duration::from_secs(30);
    let recorded = || {
        let log = Connection::open_with_flags(d1(&edge), OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        let count = "SELECT count(*) FROM audit WHERE record LIKE '%\"tool\":\"execute\"%'";
        log.query_row(count, [], |row| row.get::<_, i64>(0)).ok()
    };
    while recorded().is_none_or(|count| count == 0) {
        assert!(Instant::now() < deadline, "no record: {}", log(&edge));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_died_is_answered_even_if_the_first_look_at_the_log_fails() {
    let mut edge = breakable();
    let id = interrupted(&mut edge).await;
    break_next(&edge, json!({"bindings": ["EVENTS"]})).await;
    let session = Session::of(&edge, id);
    assert_eq!(session.get(Some("1-1")).await.status(), 500);
    break_next(&edge, json!({})).await;
    let rest = session.get(Some("1-1")).await.text().await.unwrap();
    assert!(rest.contains("restarted while this call ran") && rest.contains("\"id\":1"), "{rest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_no_row_can_hold_is_an_error_and_not_silence() {
    let edge = Edge::start();
    let session = Session::begin(&edge).await;
    let script = r#"mcpNotify('on the way', {}); return '"'.repeat(500_000)"#;
    let answer = session.post(execute(1, script)).await.text().await.unwrap();
    assert!(answer.contains("-32603") && answer.contains("could not be kept"), "{} bytes", answer.len());
    let small = session.post(execute(2, "return '\"'.repeat(500_000)")).await.text().await.unwrap();
    assert!(small.contains("structuredContent") && small.len() > 2 << 20, "a document is not kept");
}
