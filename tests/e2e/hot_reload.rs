//! The real program takes bundle after bundle: under load, for a long time, and though it is killed at any moment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use frontmcp_core::bundle::envelope::Header;
use frontmcp_tests::{Deployed, Server, Signer, Site, client, payload, push, try_push};
use futures_util::StreamExt;
use serde_json::{Value, json};

const KEY: &str = "BUNDLE_PUBLIC_KEY";
/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(120);
const KINDS: [&str; 4] = ["skills", "tools", "resources", "prompts"];

/// A signer whose every bundle is newer than the one before.
pub(super) struct Publisher {
    signer: Signer,
    seq: AtomicU64,
    bundle: Value,
}

impl Publisher {
    pub(super) fn new(site: &Site) -> Self {
        Self {
            signer: Signer::new(3),
            seq: AtomicU64::new(0),
            bundle: Deployed::bundle_at(&site.api.addr().to_string()),
        }
    }

    pub(super) fn serve(&self, site: &Site) -> Server {
        self.serve_at(site, 0)
    }

    pub(super) fn serve_at(&self, site: &Site, port: u16) -> Server {
        let data = site.path().join("data");
        let key = self.signer.public_pem();
        // Refusals are expected here, and would drown what is not.
        let environment = [(KEY, key.as_str()), ("RUST_LOG", "error")];
        site.serve_at(port, &["--data", data.to_str().unwrap()], &environment)
    }

    pub(super) fn envelope(&self, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let seq = self.seq.fetch_add(1, Ordering::Relaxed) + 1;
        let header = self.signer.header(seq, u64::try_from(now_ms).unwrap());
        let header = Header { jti: format!("{}-{seq}", header.jti), ..header };
        let mut bundle = self.bundle.clone();
        change(&mut bundle);
        self.signer.sign(&header, &payload(&bundle))
    }
}

/// Marks two skills and the greeting with one word, so that a mixture of two bundles would show.
pub(super) fn marked(word: &str) -> impl FnOnce(&mut Value) + use<'_> {
    move |bundle| {
        for skill in ["order-lookup", "refund-order"] {
            bundle["skills"][skill]["frontmatter"]["description"] = json!(word);
        }
        bundle["manifest"]["server"]["instructions"] = json!(word);
    }
}

async fn call(client: &reqwest::Client, url: &str, method: &str, params: Value) -> Value {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let request = client
        .post(url)
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-11-25")
        .header("content-type", "application/json")
        .body(message.to_string())
        .timeout(PATIENCE);
    let answer = request.send().await.expect("an answer").bytes().await.expect("a whole answer");
    serde_json::from_slice(&answer).expect("JSON")
}

/// Which words one script sees, before and after it has called an operation.
async fn seen(client: &reqwest::Client, url: &str) -> Vec<Value> {
    let script = "const read = () => skills.map(each => each.description); const before = read(); \
                  await acme.getOrder({ orderId: 'ord_1002' }); return [...before, ...read()]";
    let arguments = json!({"script": script, "skills": ["order-lookup", "refund-order"]});
    let answer =
        call(client, url, "tools/call", json!({"name": "codecall:execute", "arguments": arguments})).await;
    let content = &answer["result"]["structuredContent"];
    assert_eq!(content["status"], "ok", "{answer}");
    let words = content["result"].as_array().unwrap().iter();
    words.filter(|word| word.as_str().is_some_and(|word| word.starts_with("word "))).cloned().collect()
}

/// Counts what a stream is told, until it has been told `wanted` times of each kind.
async fn heard(
    request: reqwest::RequestBuilder,
    ready: Arc<AtomicU64>,
    wanted: usize,
) -> BTreeMap<String, usize> {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut chunks = response.bytes_stream();
    ready.fetch_add(1, Ordering::Relaxed);
    let mut counts = BTreeMap::new();
    let mut text = String::new();
    while counts.values().sum::<usize>() < wanted * KINDS.len() {
        let chunk = tokio::time::timeout(PATIENCE, chunks.next()).await.expect("the stream goes on");
        text.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
        while let Some(end) = text.find("\n\n") {
            let event: String = text.drain(..end + 2).collect();
            let data = event.lines().find_map(|line| line.strip_prefix("data: "));
            let message: Value = data.map_or(Value::Null, |data| serde_json::from_str(data).unwrap());
            let kind = message["method"].as_str().and_then(|method| {
                method.strip_prefix("notifications/")?.strip_suffix("/list_changed").map(str::to_owned)
            });
            kind.into_iter().for_each(|kind| *counts.entry(kind).or_default() += 1);
        }
    }
    counts
}

fn legacy_stream(client: &reqwest::Client, url: &str) -> reqwest::RequestBuilder {
    client.get(url).header("accept", "text/event-stream").header("mcp-protocol-version", "2025-11-25")
}

fn modern_stream(client: &reqwest::Client, url: &str) -> reqwest::RequestBuilder {
    let notifications = json!({"toolsListChanged": true, "promptsListChanged": true,
        "resourcesListChanged": true, "skillsListChanged": true});
    let params = json!({"notifications": notifications, "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {}}});
    let message = json!({"jsonrpc": "2.0", "id": 9, "method": "subscriptions/listen", "params": params});
    client
        .post(url)
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "subscriptions/listen")
        .body(message.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_pushes_under_load_fail_no_call_and_mix_no_catalog() {
    const PUSHES: usize = 200;
    let site = Site::new();
    let publisher = Publisher::new(&site);
    let server = publisher.serve(&site);
    let client = client();
    let url = server.url().to_owned();

    let ready = Arc::new(AtomicU64::new(0));
    let streams: Vec<_> = [legacy_stream, legacy_stream, modern_stream, modern_stream]
        .into_iter()
        .map(|open| tokio::spawn(heard(open(&client, &url), ready.clone(), PUSHES)))
        .collect();
    let open = async {
        while ready.load(Ordering::Relaxed) < 4 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, open).await.expect("the streams open");

    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let (client, url, stop) = (client.clone(), url.clone(), stop.clone());
            tokio::spawn(async move {
                let mut calls = 0;
                while !stop.load(Ordering::Relaxed) {
                    let words = seen(&client, &url).await;
                    assert!(words.windows(2).all(|pair| pair[0] == pair[1]), "a mixture: {words:?}");
                    calls += 1;
                }
                calls
            })
        })
        .collect();

    for n in 0..PUSHES {
        let word = if n.is_multiple_of(2) { "word A" } else { "word B" };
        let (status, answer) = push(server.origin(), publisher.envelope(marked(word))).await;
        assert_eq!((status, &answer["status"]), (200, &json!("applied")), "{answer:#}");
    }
    stop.store(true, Ordering::Relaxed);
    let mut calls = 0;
    for caller in callers {
        calls += caller.await.expect("no call failed");
    }
    assert!(calls > 100, "only {calls} calls were made meanwhile");
    let once_each: BTreeMap<String, usize> =
        KINDS.into_iter().map(|kind| (kind.to_owned(), PUSHES)).collect();
    for stream in streams {
        assert_eq!(stream.await.expect("the stream was read"), once_each);
    }
    assert_eq!(seen(&client, &url).await, vec![json!("word B"); 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_flat_over_a_thousand_bundles() {
    let site = Site::new();
    let publisher = Publisher::new(&site);
    let server = publisher.serve(&site);
    let swap = async |count: usize| {
        for n in 0..count {
            let word = format!("word {}", n % 7);
            let (status, answer) = push(server.origin(), publisher.envelope(marked(&word))).await;
            assert_eq!((status, &answer["status"]), (200, &json!("applied")), "{answer:#}");
        }
        server.resident_bytes()
    };
    let before = swap(200).await;
    let after = swap(1000).await;
    assert!(after < before + (8 << 20), "{} KiB before, {} KiB after", before >> 10, after >> 10);
    let files: u64 = std::fs::read_dir(site.path().join("data"))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(files < 24 << 20, "the data folder has {files} bytes");
}

/// A small generator, so that a failing run can be told by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_serves_the_last_acknowledged_bundle_or_the_next_and_nothing_else() {
    const PUSHES: u64 = 100;
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut dice = Dice(seed);
    let site = Site::new();
    let publisher = Publisher::new(&site);
    let client = client();
    let mut server = publisher.serve(&site);
    let (mut acknowledged, mut envelope_of_acknowledged, mut kills) = (None, None, 0);
    for n in 1..=PUSHES {
        let word = format!("word {n}");
        let envelope = publisher.envelope(marked(&word));
        let pushing = tokio::spawn({
            let (origin, envelope) = (server.origin().to_owned(), envelope.clone());
            async move { try_push(&origin, envelope).await }
        });
        if dice.roll(3) > 0 {
            let (status, answer) = pushing.await.unwrap().expect("an answer");
            assert_eq!((status, &answer["status"]), (200, &json!("applied")), "seed {seed}: {answer:#}");
            (acknowledged, envelope_of_acknowledged) = (Some(word), Some(envelope));
            continue;
        }
        kills += 1;
        // The moment is what is random here; nothing is waited for.
        tokio::time::sleep(Duration::from_micros(dice.roll(20_000))).await;
        server.kill();
        if let Ok((200, _)) = pushing.await.unwrap() {
            (acknowledged, envelope_of_acknowledged) = (Some(word.clone()), Some(envelope));
        }
        server = publisher.serve(&site);
        let words = seen(&client, server.url()).await;
        assert!(words.windows(2).all(|pair| pair[0] == pair[1]), "seed {seed}: a mixture: {words:?}");
        let served = words.first().and_then(Value::as_str).map(str::to_owned);
        assert!(
            served == acknowledged || served.as_ref() == Some(&word),
            "seed {seed}: serves {served:?} after {acknowledged:?} was acknowledged and {word} was sent"
        );
        if let Some(envelope) = &envelope_of_acknowledged {
            let (status, answer) = push(server.origin(), envelope.clone()).await;
            assert_eq!((status, &answer["status"]), (409, &json!("replayed")), "seed {seed}: {answer}");
        }
        // Whatever is served now was made good; the next push builds on it.
        acknowledged = served;
    }
    assert!(kills > 10, "seed {seed}: only {kills} kills");
}
