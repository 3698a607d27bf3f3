//! One row an answer. After every refusal the same bundle is live as before, and the history is the same.

use std::io::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use frontmcp_core::bundle::envelope::Header;
use frontmcp_core::ports::Storage;
use frontmcp_core::ports::audit::Event;
use frontmcp_tests::{Deployed, MemoryStore, Signer};
use http::Method;
use serde_json::{Value, json};

use super::{greet, storage};

#[tokio::test]
async fn a_signed_bundle_is_live_once_and_never_twice() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Deployed::new(storage(&folder));
    let payload = Deployed::payload(greet("Hello."));
    let envelope = deployed.envelope(1, &payload);

    let (status, answer) = deployed.push(envelope.clone()).await;
    assert_eq!((status, &answer["status"]), (200, &json!("applied")), "{answer:#}");
    assert_eq!(answer["changes"]["settings"], json!(["server.instructions"]));
    assert_eq!((&answer["seq"], &answer["bundleSha256"]), (&json!(1), &answer["activeSha256"]));

    let (status, answer) = deployed.push(envelope).await;
    assert_eq!((status, &answer["status"]), (409, &json!("replayed")));
    // The same content signed anew changes nothing, and counts.
    let (status, answer) = deployed.push(deployed.envelope(2, &payload)).await;
    assert_eq!((status, &answer["status"]), (200, &json!("noop")));
    let (status, answer) = deployed.push(deployed.envelope(2, &payload)).await;
    assert_eq!((status, &answer["status"]), (409, &json!("replayed")));
    let older = deployed.signer.header(1, 1_790_000_000_000);
    let older = Header { jti: "another-nonce-that-is-new".to_owned(), ..older };
    let (status, answer) = deployed.push(deployed.signer.sign(&older, &payload)).await;
    assert_eq!(
        (status, &answer["status"], &answer["highWater"]),
        (409, &json!("rollback_refused"), &json!(2))
    );
    assert_eq!(
        deployed.outcomes(),
        ["applied", "replayed", "noop", "replayed", "rollback_refused"],
        "every answer is counted"
    );
    assert!(deployed.faults().is_empty());
}

#[tokio::test]
async fn the_local_deployment_pushed_as_it_is_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Deployed::new(storage(&folder));
    let (status, answer) = deployed.push(deployed.envelope(7, &Deployed::payload(|_| ()))).await;
    assert_eq!((status, &answer["status"]), (200, &json!("noop")), "{answer:#}");
}

#[tokio::test]
async fn going_back_needs_the_signers_word() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Deployed::new(storage(&folder));
    let (first, second) = (Deployed::payload(greet("One.")), Deployed::payload(greet("Two.")));
    deployed.push(deployed.envelope(10, &second)).await;
    let back = Header { rollback: true, ..deployed.signer.header(5, 1_790_000_000_000) };
    let (status, answer) = deployed.push(deployed.signer.sign(&back, &first)).await;
    assert_eq!((status, &answer["status"]), (200, &json!("applied")), "{answer:#}");
    // The mark stays where it was: what lies between is still old.
    let (_, answer) = deployed.push(deployed.envelope(8, &second)).await;
    assert_eq!(answer["status"], "rollback_refused");
    assert_eq!(deployed.push(deployed.envelope(11, &second)).await.1["status"], "applied");
}

#[tokio::test]
async fn two_pushes_with_one_nonce_at_once_are_one_push() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Deployed::new(storage(&folder));
    let envelope = deployed.envelope(1, &Deployed::payload(greet("Hello.")));
    let answers = futures_util::future::join_all((0..6).map(|_| deployed.push(envelope.clone()))).await;
    let mut outcomes: Vec<&str> =
        answers.iter().map(|(_, answer)| answer["status"].as_str().unwrap()).collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["applied", "replayed", "replayed", "replayed", "replayed", "replayed"]);
}

/// What a bad sender does, and the answer to it.
struct Bad {
    what: &'static str,
    body: Vec<u8>,
    headers: &'static [(&'static str, &'static str)],
    status: u16,
    outcome: &'static str,
}

fn bad(what: &'static str, body: Vec<u8>, status: u16, outcome: &'static str) -> Bad {
    Bad { what, body, headers: &[], status, outcome }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An envelope around a protected header written by hand.
fn by_hand(signer: &Signer, header: &str, payload: &[u8]) -> Vec<u8> {
    signer.sign_raw(&format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(payload)))
}

#[allow(clippy::too_many_lines, reason = "one row a line reads best as one table")]
fn envelopes(deployed: &Deployed, payload: &[u8]) -> Vec<Bad> {
    let good = deployed.envelope(1, payload);
    let text = String::from_utf8(good.clone()).unwrap();
    let header = |change: &str| {
        let iat = 1_790_000_000;
        by_hand(
            &deployed.signer,
            &format!(
                r#"{{"alg":"EdDSA","iat":{iat},"jti":"nonce-number-0000000000000001","kid":"acme-shop-2026","seq":1,"typ":"frontmcp-bundle+jws"{change}}}"#
            ),
            payload,
        )
    };
    let plain = |from: &str, to: &str| {
        let header = r#"{"alg":"EdDSA","iat":1790000000,"jti":"nonce-number-0000000000000001","kid":"acme-shop-2026","seq":1,"typ":"frontmcp-bundle+jws"}"#;
        assert!(header.contains(from));
        by_hand(&deployed.signer, &header.replacen(from, to, 1), payload)
    };
    let mut flipped: Value = serde_json::from_slice(&good).unwrap();
    let signature = flipped["signature"].as_str().unwrap().to_owned();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    flipped["signature"] = json!(format!("{first}{}", &signature[1..]));
    let mut swapped: Value = serde_json::from_slice(&good).unwrap();
    swapped["payload"] = json!(BASE64URL.encode(Deployed::payload(greet("Swapped."))));
    vec![
        bad("nothing", Vec::new(), 400, "malformed"),
        bad("half an envelope", good[..good.len() / 2].to_vec(), 400, "malformed"),
        bad("a list", b"[]".to_vec(), 400, "malformed"),
        bad("compact form", b"a.b.c".to_vec(), 400, "malformed"),
        bad("one member more", text.replacen('{', r#"{"header":{},"#, 1).into(), 400, "malformed"),
        bad("a member twice", text.replacen('{', r#"{"payload":"","#, 1).into(), 400, "malformed"),
        bad("padding", text.replacen(r#"","signature"#, r#"=","signature"#, 1).into(), 400, "malformed"),
        bad("an unknown header member", header(r#","crit":["x"]"#), 400, "malformed"),
        bad("a header member twice", header(r#","seq":2"#), 400, "malformed"),
        bad("rollback that says no", header(r#","rollback":false"#), 400, "malformed"),
        bad("another typ", plain("frontmcp-bundle+jws", "JWT"), 400, "malformed"),
        bad("seq 0", plain(r#""seq":1"#, r#""seq":0"#), 400, "malformed"),
        bad("alg none", plain("EdDSA", "none"), 403, "untrusted"),
        bad("alg HS256", plain("EdDSA", "HS256"), 403, "untrusted"),
        bad("another alg than the key's", plain("EdDSA", "RS256"), 403, "untrusted"),
        bad("an unknown kid", plain("acme-shop-2026", "somebody-else"), 403, "untrusted"),
        bad(
            "another's key",
            Signer::new(2).sign(&deployed.signer.header(1, 1_790_000_000_000), payload),
            401,
            "bad_signature",
        ),
        bad("a flipped signature", flipped.to_string().into(), 401, "bad_signature"),
        bad("another payload", swapped.to_string().into(), 401, "bad_signature"),
        bad("signed long ago", plain("1790000000", "1789999699"), 401, "untimely"),
        bad("signed in the future", plain("1790000000", "1790000301"), 401, "untimely"),
        bad(
            "past its end",
            plain(r#""iat":1790000000"#, r#""exp":1789999990,"iat":1789999980"#),
            401,
            "untimely",
        ),
        Bad {
            headers: &[("content-encoding", "br")],
            ..bad("an unknown coding", good.clone(), 415, "unsupported_encoding")
        },
        Bad {
            headers: &[("content-encoding", "gzip, gzip")],
            ..bad("two codings", good.clone(), 415, "unsupported_encoding")
        },
        Bad {
            headers: &[("content-encoding", "gzip")],
            ..bad("no gzip at all", good.clone(), 400, "malformed")
        },
        Bad {
            headers: &[("content-encoding", "gzip")],
            ..bad("half a gzip", gzip(&good)[..40].to_vec(), 400, "malformed")
        },
        Bad {
            headers: &[("content-encoding", "gzip")],
            ..bad("a bomb", gzip(&vec![b' '; 65 << 20]), 413, "too_large")
        },
        bad("too many bytes", vec![b' '; (16 << 20) + 1], 413, "too_large"),
    ]
}

/// Bundles that are signed well and bad in themselves.
fn bundles(deployed: &Deployed) -> Vec<Bad> {
    let signed = |n: u64, change: fn(&mut Value)| deployed.envelope(n, &Deployed::payload(change));
    let raw = |n: u64, payload: &[u8]| deployed.envelope(n, payload);
    vec![
        bad("no bundle", raw(21, b"{}"), 422, "invalid"),
        bad("no JSON", raw(22, b"hello"), 422, "invalid"),
        bad("duplicate keys", raw(23, br#"{"version":1,"version":1}"#), 422, "invalid"),
        bad("an unknown key", signed(24, |bundle| bundle["extra"] = json!(1)), 422, "invalid"),
        bad(
            "a secret that is not bound",
            signed(25, |bundle| {
                let secrets = bundle["manifest"]["secrets"].as_array_mut().unwrap();
                secrets.push(json!({"name": "ABSENT", "required": true}));
            }),
            422,
            "invalid",
        ),
        bad(
            "trust roots that nobody has",
            signed(26, |bundle| {
                bundle["manifest"]["signing"]["trustRoots"] =
                    json!([{"kid": "x", "publicKeySecret": "MCP_API_KEYS"}]);
            }),
            422,
            "invalid",
        ),
        bad(
            "another binding",
            signed(27, |bundle| bundle["manifest"]["bindings"]["vars"]["LOG_LEVEL"] = json!("debug")),
            409,
            "redeploy_required",
        ),
        bad(
            "another way to authenticate",
            signed(28, |bundle| {
                bundle["manifest"]["auth"] =
                    json!({"provider": "apiKey", "apiKey": {"allowlistSecret": "MCP_API_KEYS"}});
            }),
            409,
            "redeploy_required",
        ),
    ]
}

#[tokio::test]
async fn whatever_is_wrong_is_told_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(&folder);
    let deployed = Deployed::new(storage.clone());
    let payload = Deployed::payload(greet("Hello."));
    let (_, first) = deployed.push(deployed.envelope(20, &Deployed::payload(greet("First.")))).await;
    let history = storage.bundles.history().await.unwrap();
    deployed.outcomes();
    let cases = envelopes(&deployed, &payload).into_iter().chain(bundles(&deployed));
    for Bad { what, body, headers, status, outcome } in cases {
        let (found, answer) = deployed.send(Method::POST, "/_frontmcp/resync", headers, body).await;
        assert_eq!((found, answer["status"].as_str().unwrap()), (status, outcome), "{what}: {answer:#}");
        assert!(!answer["message"].as_str().unwrap().is_empty(), "{what}");
        assert_eq!(deployed.outcomes(), [outcome], "{what} is counted");
        assert_eq!(storage.bundles.history().await.unwrap(), history, "{what}");
        if outcome == "invalid" {
            assert!(!answer["findings"].as_array().unwrap().is_empty(), "{what}");
        }
    }
    // Still the first one, and still willing.
    let (_, answer) = deployed.push(deployed.envelope(90, &Deployed::payload(greet("First.")))).await;
    assert_eq!((&answer["status"], &answer["activeSha256"]), (&json!("noop"), &first["bundleSha256"]));
    assert_eq!(deployed.push(deployed.envelope(91, &payload)).await.1["status"], "applied");
    assert!(deployed.faults().is_empty());
}

#[tokio::test]
async fn time_runs_out_to_the_second() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Deployed::new(storage(&folder));
    let payload = Deployed::payload(greet("Hello."));
    let (early, late) = (deployed.envelope(1, &payload), deployed.envelope(2, &payload));
    deployed.clock.pass(300_999);
    assert_eq!(deployed.push(early).await.0, 200);
    deployed.clock.pass(1);
    let (status, answer) = deployed.push(late).await;
    assert_eq!(
        (status, answer["message"].as_str().unwrap()),
        (401, "signed 301 s ago; at most 300 s are accepted")
    );
}

#[tokio::test]
async fn structural_changes_are_named_and_the_nonce_is_spent() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Deployed::new(storage(&folder));
    let payload = Deployed::payload(|bundle| {
        bundle["manifest"]["runtime"]["compatibilityDate"] = json!("2026-06-01");
        bundle["manifest"]["server"]["instructions"] = json!("Hi.");
    });
    let envelope = deployed.envelope(1, &payload);
    let (_, answer) = deployed.push(envelope.clone()).await;
    assert_eq!(answer["changes"]["structural"], json!(["runtime.compatibilityDate"]));
    assert!(answer["message"].as_str().unwrap().contains("runtime.compatibilityDate"));
    assert_eq!(deployed.push(envelope).await.1["status"], "replayed");
}

#[tokio::test]
async fn other_verbs_and_no_storage_are_answered_too() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Deployed::new(storage(&folder));
    for verb in [Method::GET, Method::PUT, Method::DELETE] {
        let (status, answer) = deployed.send(verb, "/_frontmcp/resync", &[], Bytes::new()).await;
        assert_eq!((status, &answer["message"]), (405, &json!("use POST")));
    }
}

#[tokio::test]
async fn the_first_bundle_can_come_by_push_alone() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Deployed::waiting(storage(&folder));
    let (status, answer) = deployed.push(deployed.envelope(1, &Deployed::payload(|_| ()))).await;
    // Nothing says yet whom to trust.
    assert_eq!((status, &answer["status"]), (403, &json!("untrusted")));
}

#[tokio::test]
async fn a_ninth_push_at_once_is_told_to_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Deployed::new(storage(&folder));
    let head = http::Request::post("/_frontmcp/resync").body(()).unwrap().into_parts().0;
    let mut waiting = Vec::new();
    for _ in 0..8 {
        waiting.push(deployed.host.admit(&head).await.map_err(|refusal| refusal.status()).unwrap());
    }
    let refusal = deployed.host.admit(&head).await.err().expect("refused");
    assert_eq!((refusal.status().as_u16(), &refusal.headers()["retry-after"]), (503, &"1".parse().unwrap()));
    // Everything else is served meanwhile, and the place of one that is done is free again.
    let other = http::Request::post("/mcp").body(()).unwrap().into_parts().0;
    assert!(deployed.host.admit(&other).await.is_ok());
    waiting.pop();
    assert!(deployed.host.admit(&head).await.is_ok());
}

#[tokio::test]
async fn every_answer_leaves_a_record_but_rubbish_cannot_fill_the_log() {
    let store = Arc::new(MemoryStore::default());
    let storage = Storage { bundles: store.clone(), blobs: store.clone(), audit: store.clone() };
    let deployed = Deployed::new(storage);
    let envelope = deployed.envelope(1, &Deployed::payload(greet("Hello.")));
    for body in [b"{}".to_vec(), envelope.clone(), envelope] {
        deployed.push(body).await;
    }
    let records = store.audit_records();
    let outcomes: Vec<&str> = records.iter().map(|record| &*record.outcome).collect();
    assert_eq!(outcomes, ["malformed", "applied", "replayed"]);
    assert!(records.iter().all(|record| record.event == Event::Resync));
    assert_eq!((records[1].seq, records[1].kid.as_deref()), (Some(1), Some("acme-shop-2026")));
    assert_eq!(records[1].subject, "bundle-signer|acme-shop-2026|");
    // Anybody can send rubbish: what is written of it in a minute is bounded, and what is signed is written always.
    for _ in 0..100 {
        deployed.push("{}").await;
    }
    assert_eq!(store.audit_records().len(), 3 + 59);
    deployed.push(deployed.envelope(2, &Deployed::payload(greet("Again.")))).await;
    assert_eq!(store.audit_records().last().unwrap().outcome, "applied");
    deployed.clock.pass(60_000);
    deployed.push("{}").await;
    assert_eq!(store.audit_records().last().unwrap().outcome, "malformed");
    assert_eq!(store.audit_records().last().unwrap().suppressed, Some(41));
}

#[tokio::test]
async fn failed_authentications_are_on_record_and_bounded() {
    let store = Arc::new(MemoryStore::default());
    let storage = Storage { bundles: store.clone(), blobs: store.clone(), audit: store.clone() };
    let deployed = Deployed::new(storage);
    for _ in 0..100 {
        deployed.host.record_auth_failure("expired", "the token expired 5 s ago").await.unwrap();
    }
    let records = store.audit_records();
    assert_eq!(records.len(), 60);
    assert_eq!((records[0].event, &*records[0].outcome), (Event::AuthFailure, "expired"));
    assert_eq!(records[0].error_message.as_deref(), Some("the token expired 5 s ago"));
    deployed.clock.pass(60_000);
    deployed.host.record_auth_failure("missing", "").await.unwrap();
    let last = store.audit_records().pop().unwrap();
    assert_eq!((&*last.outcome, last.suppressed), ("missing", Some(40)));
    assert_eq!(last.error_message, None);
}
