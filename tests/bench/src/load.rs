//! A small HTTP/1.1 load client: prepared requests over kept connections. Reads answers just enough to end them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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
pub(crate) async fn drive(
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
