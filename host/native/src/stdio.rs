//! MCP over this process's standard input and output. Logs never go there.

use std::sync::Arc;

use bytes::Bytes;
use frontmcp_core::Host;
use frontmcp_core::host::Stdio;
use frontmcp_core::transport::Body;
use futures_util::StreamExt;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Messages waiting for a slow reader before calls are held up.
const WRITE_QUEUE: usize = 64;

/// Converses until input ends, then ends notification streams and lets running calls finish.
pub async fn converse<R, W>(host: Arc<Host>, mut input: R, output: W) -> std::io::Result<()>
where
    R: AsyncBufRead + Unpin,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let max_bytes = host.settings().max_body_bytes;
    let conversation = Stdio::new(host.clone());
    let (sender, receiver) = mpsc::channel(WRITE_QUEUE);
    let writer = tokio::spawn(write(output, receiver));
    let mut calls = JoinSet::new();
    while let Some(line) = read_line(&mut input, max_bytes).await? {
        while calls.try_join_next().is_some() {}
        match conversation.handle(&line) {
            Body::Full(message) if message.is_empty() => {}
            Body::Full(message) => {
                if sender.send(message).await.is_err() {
                    break;
                }
            }
            Body::Stream(messages) => {
                calls.spawn(forward(messages, sender.clone()));
            }
        }
    }
    host.close_streams();
    while calls.join_next().await.is_some() {}
    drop(sender);
    writer.await.map_err(std::io::Error::other)?
}

async fn forward(mut messages: frontmcp_core::transport::ByteStream, sender: mpsc::Sender<Bytes>) {
    while let Some(message) = messages.next().await {
        if sender.send(message).await.is_err() {
            return;
        }
    }
}

async fn write<W: AsyncWrite + Unpin>(
    mut output: W,
    mut messages: mpsc::Receiver<Bytes>,
) -> std::io::Result<()> {
    while let Some(message) = messages.recv().await {
        output.write_all(&message).await?;
        output.write_all(b"\n").await?;
        output.flush().await?;
    }
    Ok(())
}

/// The next line without its end; nothing at the end of input. Of a line beyond the limit only the first
/// bytes are kept, which is no JSON any more and is answered as such.
async fn read_line<R: AsyncBufRead + Unpin>(
    input: &mut R,
    max_bytes: usize,
) -> std::io::Result<Option<Vec<u8>>> {
    loop {
        let mut line = Vec::new();
        let read = (&mut *input).take(max_bytes as u64).read_until(b'\n', &mut line).await?;
        if read == 0 {
            return Ok(None);
        }
        if !line.ends_with(b"\n") {
            skip_line(input).await?;
        }
        let text = line.trim_ascii();
        if !text.is_empty() {
            return Ok(Some(text.to_vec()));
        }
    }
}

async fn skip_line<R: AsyncBufRead + Unpin>(input: &mut R) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf().await?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        let done = end.is_some() || used == 0;
        input.consume(used);
        if done {
            return Ok(());
        }
    }
}

#[cfg(test)]
#[path = "stdio_tests.rs"]
mod tests;
