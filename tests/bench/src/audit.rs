//! Durable audit records, `synchronous=FULL`: how many a second, and what one adds to the answer that waits for it.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use frontmcp_core::audit::digest;
use frontmcp_core::audit::verify::{Extent, Verifier};
use frontmcp_core::bundle::keys::PublicKey;
use frontmcp_core::ports::Audit;
use frontmcp_core::ports::audit::{Entry, Event};
use frontmcp_host::store::{AUDIT_PUBLIC_KEY, Store};
use serde_json::json;

use crate::report::{Report, Target};
use crate::timing::Samples;

const APPENDERS: usize = 64;
const APPENDS: usize = 2_000;
/// Records of one call: its operations and itself.
const BATCH: usize = 4;

pub(crate) fn run(report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let store = Arc::new(Store::open(folder.path(), 3)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let alone = appends(&store, 1_000, 1).await?;
        report.figure("audit: one append alone, p50", "us", alone.p50(), Target::None);
        report.figure("audit: one append alone, p99", "us", alone.p99(), Target::None);
        let (per_second, samples) = together(&store, 1).await?;
        report.figure("audit: durable records, 64 appenders", "1/s", per_second, Target::AtLeast(30_000.0));
        report.figure("audit: one of 64 appends, p50", "us", samples.p50(), Target::None);
        report.figure("audit: one of 64 appends, p99", "us", samples.p99(), Target::None);
        let (per_second, _) = together(&store, BATCH).await?;
        report.figure("audit: the same, 4 records a call", "1/s", per_second, Target::None);
        verify(report, &store, &std::fs::read_to_string(folder.path().join(AUDIT_PUBLIC_KEY))?).await
    })
}

/// A record as an operation leaves it.
fn entry() -> Entry {
    Entry {
        at_ms: 1_790_000_000_000,
        event: Event::OperationSuccess,
        outcome: "ok".to_owned(),
        subject: "https://id.example.com|7c9e6679-7425-40de-944b-e07fc1f90ae7|acme".to_owned(),
        call: Some("0123456789abcdef".to_owned()),
        tool: Some("execute".to_owned()),
        operation: Some("acme.getOrder".to_owned()),
        skills: vec!["order-lookup".to_owned()],
        bundle_sha256: Some(digest(&json!("bundle"))),
        input_sha256: Some(digest(&json!("input"))),
        output_sha256: Some(digest(&json!("output"))),
        status: Some(200),
        ..Entry::default()
    }
}

async fn appends(store: &Store, times: usize, records: usize) -> Result<Samples> {
    let mut values = Vec::with_capacity(times);
    for _ in 0..times {
        let entries = vec![entry(); records];
        let began = Instant::now();
        let appended = store.append(entries).await;
        values.push(began.elapsed().as_secs_f64() * 1e6);
        ensure!(appended.is_ok(), "{appended:?}");
    }
    Ok(Samples::new(values))
}

/// All appenders at once: records a second, and how long each append took.
async fn together(store: &Arc<Store>, records: usize) -> Result<(f64, Samples)> {
    let began = Instant::now();
    let running: Vec<_> = (0..APPENDERS)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { appends(&store, APPENDS, records).await })
        })
        .collect();
    let mut values = Vec::new();
    for appender in running {
        values.extend(appender.await??.into_values());
    }
    let per_second = (APPENDERS * APPENDS * records) as f64 / began.elapsed().as_secs_f64();
    Ok((per_second, Samples::new(values)))
}

/// Reads the log back, as `audit verify` does, without its checkpoints.
async fn verify(report: &mut Report, store: &Store, key: &str) -> Result<()> {
    const RECORDS: usize = 50_000;
    let kept = store.records(1, RECORDS).await.map_err(|fault| anyhow::anyhow!(fault.detail))?;
    let mut verifier = Verifier::new(vec![PublicKey::parse(key)?], Extent::Whole);
    let began = Instant::now();
    for record in &kept {
        verifier.record(record)?;
    }
    let per_second = kept.len() as f64 / began.elapsed().as_secs_f64();
    report.figure("audit: records verified", "1/s", per_second, Target::None);
    Ok(())
}
