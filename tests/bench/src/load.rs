//! A small HTTP/1.1 load client: prepared requests over kept connections. Reads answers just enough to end them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::timing::Samples;

const CONNECTIONS: usize = 8;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(1_500);

/// A request that a server is kept busy with.
pub(crate) struct Job<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) request: &'a [u8],
    /// Whose CPU time counts.
    pub(crate) processes: &'a [u32],
}

/// Requests that were answered, medians of all rounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) per_second: f64,
    /// For each second of the server's CPU time, so that neither the client nor an upstream weighs in.
    pub(crate) per_cpu_second: f64,
}

/// How often each is answered; they take turns, so that a busy moment hits all alike.
pub(crate) fn rounds<const N: usize>(runtime: &Runtime, jobs: [Job<'_>; N]) -> Result<[Rate; N]> {
    let mut rates = [(); N].map(|()| (Vec::new(), Vec::new()));
    for round in 0..=ROUNDS {
        for (job, (per_second, per_cpu_second)) in jobs.iter().zip(&mut rates) {
            let before = cpu_seconds(job.processes)?;
            let (answered, time) = runtime.block_on(drive(job.address, job.request, CONNECTIONS, ROUND))?;
            let spent = cpu_seconds(job.processes)? - before;
            // The first round warms up.
            if round > 0 {
                per_second.push(answered as f64 / time.as_secs_f64());
                per_cpu_second.push(answered as f64 / spent);
            }
        }
    }
    Ok(rates.map(|(per_second, per_cpu_second)| Rate {
        per_second: Samples::new(per_second).p50(),
        per_cpu_second: Samples::new(per_cpu_second).p50(),
    }))
}

/// CPU time of processes so far, user and system.
fn cpu_seconds(processes: &[u32]) -> Result<f64> {
    const TICKS_PER_SECOND: f64 = 100.0;
    let mut spent = 0.0;
    for process in processes {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        for at in [11, 12] {
            let ticks = fields.get(at).and_then(|field| field.parse::<f64>().ok());
            spent += ticks.context("/proc stat")? / TICKS_PER_SECOND;
        }
    }
    Ok(spent)
}

/// One kept connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::new() })
    }

    /// Sends a whole request and returns the answer's body. Anything but 200 is an error.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Vec<u8>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head_end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            self.read().await?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).to_ascii_lowercase();
        ensure!(head.starts_with("http/1.1 200"), "{}", String::from_utf8_lossy(&self.buffer));
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        if let Some(length) = length {
            let length: usize = length.trim().parse().context("content-length")?;
            while self.buffer.len() < head_end + length {
                self.read().await?;
            }
        } else {
            ensure!(head.contains("transfer-encoding: chunked"), "an answer without length: {head}");
            while !self.buffer.ends_with(b"0\r\n\r\n") {
                self.read().await?;
            }
        }
        Ok(self.buffer[head_end..].to_vec())
    }

    async fn read(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

/// Keeps `connections` busy for a while; returns how many requests were answered and in which time.
async fn drive(
    address: SocketAddr,
    request: &[u8],
    connections: usize,
    time: Duration,
) -> Result<(u64, Duration)> {
    let began = Instant::now();
    let tasks = (0..connections).map(|_| {
        let request = request.to_vec();
        tokio::spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut answered = 0u64;
            while began.elapsed() < time {
                connection.exchange(&request).await?;
                answered += 1;
            }
            anyhow::Ok(answered)
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut answered = 0;
    for task in tasks {
        answered += task.await??;
    }
    Ok((answered, began.elapsed()))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
