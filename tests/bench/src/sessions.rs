//! What sessions cost: a hundred thousand that do nothing, a thousand streams that are told something at once, and what is
//! left when all are over.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use frontmcp_core::bundle::envelope::Header;
use frontmcp_core::bundle::packing;
use frontmcp_tests::{Signer, client, large_bundle, payload};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::report::{Report, Target};
use crate::serve::Server;

const SESSIONS: usize = 100_000;
const AT_ONCE: usize = 64;
const STREAMS: usize = 1_000;
const CALLS: usize = 300;
/// Sessions of this server are over when they were not used for so long. Longer than beginning all of them takes.
const IDLE_MS: u64 = 90_000;
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) fn run(report: &mut Report) -> Result<()> {
    let signer = Signer::new(1);
    let folder = tempfile::tempdir()?;
    let key = folder.path().join("key.pem");
    std::fs::write(&key, signer.public_pem())?;
    let data = folder.path().join("data");
    let idle = IDLE_MS.to_string();
    let server = Server::spawn(&["sessions", &data.to_string_lossy(), &key.to_string_lossy(), &idle])?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let bench = Bench { http: client(), url: format!("http://{}", server.address), signer };
    runtime.block_on(async {
        bench.push(bench.bundle(1, "One.")?).await?;
        let before = (server.resident_mib()?, folder_mib(&data)?);
        let started = Instant::now();
        let ids = bench.begin_all().await?;
        let rate = SESSIONS as f64 / started.elapsed().as_secs_f64();
        report.figure("sessions begun, durable, 64 at a time", "1/s", rate, Target::None);
        let kib = |after: f64, before: f64| (after - before) * 1024.0 / SESSIONS as f64;
        let idle = (server.resident_mib()?, folder_mib(&data)?);
        report.figure("memory of an idle session", "KiB", kib(idle.0, before.0), Target::AtMost(8.0));
        report.figure("room of an idle session on disk", "KiB", kib(idle.1, before.1), Target::AtMost(8.0));
        let mut answers = bench.streamed_calls(&ids[SESSIONS - 2]).await?;
        answers.sort_by(f64::total_cmp);
        report.figure("call answered as a stream, p50", "ms", answers[CALLS / 2], Target::None);
        report.figure(
            "call answered as a stream, p99",
            "ms",
            answers[CALLS * 99 / 100],
            Target::AtMost(40.0),
        );
        let Told { pushed_ms, mut delays } = bench.tell(&ids[..STREAMS]).await?;
        delays.sort_by(f64::total_cmp);
        report.figure("a push that 1,000 streams are told of, answered", "ms", pushed_ms, Target::None);
        report.figure("1,000 streams told at once, first", "ms", delays[0], Target::None);
        report.figure("1,000 streams told at once, p50", "ms", delays[STREAMS / 2], Target::None);
        let p99 = delays[STREAMS * 99 / 100];
        report.figure("1,000 streams told at once, p99", "ms", p99, Target::AtMost(200.0));
        bench.wait_until_over(&ids[SESSIONS - 1], &data, before.1).await?;
        let after = (server.resident_mib()?, folder_mib(&data)?);
        report.figure("memory above the start when all are over", "MiB", after.0 - before.0, Target::None);
        report.figure(
            "room on disk above the start when all are over",
            "MiB",
            after.1 - before.1,
            Target::None,
        );
        Ok(())
    })
}

/// Milliseconds from a push on.
struct Told {
    pushed_ms: f64,
    /// Until each stream's first word.
    delays: Vec<f64>,
}

struct Bench {
    http: reqwest::Client,
    url: String,
    signer: Signer,
}

impl Bench {
    /// A bundle, signed. That takes its sender longer than the server takes for all that follows.
    fn bundle(&self, seq: u64, word: &str) -> Result<Vec<u8>> {
        let mut bundle = large_bundle(20);
        bundle["manifest"]["server"]["instructions"] = json!(word);
        let now_ms = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        let header = self.signer.header(seq, now_ms);
        let header = Header { jti: format!("{}-{seq}", header.jti), ..header };
        Ok(packing::gzip(&self.signer.sign(&header, &payload(&bundle))))
    }

    async fn push(&self, bundle: Vec<u8>) -> Result<()> {
        let request =
            self.http.post(format!("{}/_frontmcp/resync", self.url)).header("content-encoding", "gzip");
        let answer: Value = serde_json::from_slice(&request.body(bundle).send().await?.bytes().await?)?;
        ensure!(answer["status"] == "applied", "{answer:#}");
        Ok(())
    }

    async fn begin_all(&self) -> Result<Vec<String>> {
        let begun = futures_util::stream::iter(0..SESSIONS).map(|_| self.begin()).buffered(AT_ONCE);
        let ids: Vec<Result<String>> = begun.collect().await;
        ids.into_iter().collect()
    }

    async fn begin(&self) -> Result<String> {
        let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}});
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
        let request = self.http.post(format!("{}/mcp", self.url)).header("content-type", "application/json");
        let answer = request.body(message.to_string()).send().await?;
        let id = answer.headers().get("mcp-session-id").context("a session")?.to_str()?.to_owned();
        answer.bytes().await?;
        Ok(id)
    }

    /// Milliseconds from a call to the end of the stream that answers it.
    async fn streamed_calls(&self, id: &str) -> Result<Vec<f64>> {
        let mut times = Vec::new();
        for n in 0..CALLS {
            let arguments = json!({"script": "mcpLog('info', 'on the way'); return 1"});
            let params = json!({"name": "codecall:execute", "arguments": arguments});
            let message = json!({"jsonrpc": "2.0", "id": n, "method": "tools/call", "params": params});
            let request =
                self.http.post(format!("{}/mcp", self.url)).header("content-type", "application/json");
            let request = request.header("accept", "application/json, text/event-stream");
            let started = Instant::now();
            let answer = request.header("mcp-session-id", id).body(message.to_string()).send().await?;
            ensure!(answer.headers()["content-type"] == "text/event-stream", "no stream");
            let text = answer.text().await?;
            ensure!(text.contains("structuredContent"), "{text}");
            times.push(started.elapsed().as_secs_f64() * 1000.0);
        }
        Ok(times)
    }

    async fn tell(&self, ids: &[String]) -> Result<Told> {
        let mut streams = Vec::new();
        for id in ids {
            let request = self.http.get(format!("{}/mcp", self.url)).header("accept", "text/event-stream");
            let answer = request.header("mcp-session-id", id).send().await?;
            ensure!(answer.status() == 200, "{}", answer.status());
            let mut chunks = answer.bytes_stream();
            // The priming event: from here on the stream hears everything.
            chunks.next().await.context("a first event")??;
            streams.push(chunks);
        }
        let bundle = self.bundle(2, "Two.")?;
        let started = Instant::now();
        let reading = streams.into_iter().map(|mut chunks| {
            tokio::spawn(async move {
                chunks.next().await.context("another event")??;
                Ok::<_, anyhow::Error>(Instant::now())
            })
        });
        let reading: Vec<_> = reading.collect();
        self.push(bundle).await?;
        let pushed_ms = started.elapsed().as_secs_f64() * 1000.0;
        let mut delays = Vec::new();
        for heard in reading {
            let heard = tokio::time::timeout(PATIENCE, heard).await???;
            delays.push(heard.duration_since(started).as_secs_f64() * 1000.0);
        }
        Ok(Told { pushed_ms, delays })
    }

    async fn wait_until_over(&self, id: &str, data: &Path, before: f64) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        tokio::time::sleep(Duration::from_millis(IDLE_MS)).await;
        while folder_mib(data)? > before + 24.0 {
            ensure!(Instant::now() < deadline, "the data folder does not shrink: {} MiB", folder_mib(data)?);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let request = self.http.get(format!("{}/mcp", self.url)).header("accept", "text/event-stream");
        let answer = request.header("mcp-session-id", id).send().await?;
        ensure!(answer.status() == 404, "an idle session is not over: {}", answer.status());
        Ok(())
    }
}

fn folder_mib(folder: &Path) -> Result<f64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes as f64 / f64::from(1 << 20))
}
