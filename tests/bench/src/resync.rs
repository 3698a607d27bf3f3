//! A push of a large bundle, from the first byte sent to the answer; the swap lies before the answer. And where the
//! time goes.

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use frontmcp_core::bundle::envelope::{self, Header};
use frontmcp_core::bundle::keys::PublicKey;
use frontmcp_core::bundle::packing::{self, Coding};
use frontmcp_core::bundle::{canonical, open};
use frontmcp_core::registry::apply::{Deployment, apply};
use frontmcp_tests::{Signer, client, large_bundle, payload};
use serde_json::{Value, json};

use crate::report::{Report, Target};
use crate::serve::Server;

const OPERATIONS: usize = 1000;
const PUSHES: usize = 60;

pub(crate) fn run(report: &mut Report) -> Result<()> {
    let signer = Signer::new(1);
    let mut bundle = large_bundle(OPERATIONS);
    // Two bundles that take turns and differ in so many operations; the others are taken over from the one before.
    let mut differing = |operations: usize| {
        ["One.", "Two."].map(|text| {
            bundle["manifest"]["server"]["instructions"] = json!(text);
            let all = bundle["specs"][0]["operations"].as_array_mut();
            for operation in all.into_iter().flatten().take(operations) {
                operation["inputSchema"]["title"] = json!(text);
            }
            payload(&bundle)
        })
    };
    let (payloads, others) = (differing(10), differing(OPERATIONS));
    let packed = |n: usize| packing::gzip(&sign(&signer, n, &payloads[n % 2]));
    let all_changed = |n: usize| packing::gzip(&sign(&signer, n, &others[n % 2]));
    report.figure(
        "bundle of 1,000 operations, payload",
        "KiB",
        payloads[0].len() as f64 / 1024.0,
        Target::None,
    );
    report.figure("the same as it is sent", "KiB", packed(1).len() as f64 / 1024.0, Target::None);
    let (times, resident) = pushes(&signer, packed)?;
    report.figure(
        "push to answer, 10 operations changed, p50",
        "ms",
        percentile(&times, 50),
        Target::AtMost(50.0),
    );
    report.figure("push to answer, 10 operations changed, p95", "ms", percentile(&times, 95), Target::None);
    let (worst, _) = pushes(&signer, all_changed)?;
    report.figure("push to answer, all 1,000 changed, p50", "ms", percentile(&worst, 50), Target::None);
    report.figure("memory after 60 swaps", "MiB", resident, Target::None);
    parts(report, &signer, &sign(&signer, 1, &payloads[0]), &payloads[0])
}

fn sign(signer: &Signer, n: usize, payload: &[u8]) -> Vec<u8> {
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let seq = n as u64 + 1;
    let header = signer.header(seq, u64::try_from(now_ms).unwrap_or_default());
    signer.sign(&Header { jti: format!("{}-{seq}", header.jti), ..header }, payload)
}

fn pushes(signer: &Signer, packed: impl Fn(usize) -> Vec<u8>) -> Result<(Vec<f64>, f64)> {
    let folder = tempfile::tempdir()?;
    let key = folder.path().join("key.pem");
    std::fs::write(&key, signer.public_pem())?;
    let data = folder.path().join("data");
    let server = Server::spawn(&["deploy", &data.to_string_lossy(), &key.to_string_lossy()])?;
    let url = format!("http://{}/_frontmcp/resync", server.address);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = client();
    let mut times = Vec::new();
    for n in 0..PUSHES + 3 {
        let body = packed(n);
        let request =
            client.post(&url).header("content-encoding", "gzip").body(body).timeout(Duration::from_secs(30));
        let started = Instant::now();
        let answer = runtime.block_on(async { request.send().await?.bytes().await })?;
        let taken = started.elapsed().as_secs_f64() * 1000.0;
        let answer: Value = serde_json::from_slice(&answer)?;
        ensure!(answer["status"] == "applied", "{answer:#}");
        if n >= 3 {
            times.push(taken);
        }
    }
    let resident = server.resident_mib()?;
    Ok((times, resident))
}

fn parts(report: &mut Report, signer: &Signer, envelope: &[u8], payload: &[u8]) -> Result<()> {
    let key = PublicKey::parse(&signer.public_pem())?;
    let packed = packing::gzip(envelope);
    let mut part = |work: &str, run: &mut dyn FnMut()| {
        let mut times: Vec<f64> = (0..15)
            .map(|_| {
                let started = Instant::now();
                run();
                started.elapsed().as_secs_f64() * 1000.0
            })
            .collect();
        times.sort_by(f64::total_cmp);
        report.figure(work, "ms", percentile(&times, 50), Target::None);
    };
    part("  of it: gunzip", &mut || drop(black_box(packing::unpack(Coding::Gzip, &packed, 64 << 20))));
    part("  of it: envelope and signature", &mut || {
        drop(black_box(envelope::parse(envelope).map(|unverified| unverified.verify(&key))));
    });
    part("  of it: canonical form", &mut || drop(black_box(canonical::check(payload))));
    part("  of it: read", &mut || drop(black_box(open::read(payload))));
    part("  of it: read, open, cross-check, index", &mut || {
        let opened = open::read(payload).and_then(|bundle| open::open(bundle, &Default::default()));
        drop(black_box(opened.map(|(opened, _)| apply(Deployment::from(opened)))));
    });
    Ok(())
}

fn percentile(times: &[f64], percent: usize) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}
