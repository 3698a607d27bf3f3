//! Lines in, lines out.

use serde_json::{Value, json};

use super::*;
use crate::testing::{host, snapshot};

#[tokio::test]
async fn lines_are_bounded_and_blank_ones_skipped() {
    let mut input = format!("\n  \nshort\r\n{}\nlast", "x".repeat(50)).into_bytes();
    input.push(b'\n');
    let mut reader = tokio::io::BufReader::with_capacity(7, input.as_slice());
    let mut lines = Vec::new();
    while let Some(line) = read_line(&mut reader, 10).await.unwrap() {
        lines.push(String::from_utf8(line).unwrap());
    }
    assert_eq!(lines, ["short", "xxxxxxxxxx", "last"]);
}

#[tokio::test]
async fn an_old_client_hears_of_a_publication_and_its_end_of_input_ends_the_conversation() {
    let host = host();
    let (mut client, server) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(server);
    let conversation = tokio::spawn(converse(host.clone(), tokio::io::BufReader::new(input), output));
    let params = json!({
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}
    });
    let lines = [
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "ping"}),
    ];
    for line in lines {
        client.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }
    let (reading, mut writing) = tokio::io::split(client);
    let mut lines = tokio::io::BufReader::new(reading).lines();
    let mut next =
        async || -> Value { serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap() };
    assert_eq!((next().await["id"].clone(), next().await["id"].clone()), (json!(1), json!(2)));
    // The ping came after `initialized`, so the stream is open by now.
    host.publish(snapshot());
    for list in ["skills", "tools", "resources", "prompts"] {
        assert_eq!(next().await["method"], format!("notifications/{list}/list_changed"));
    }
    writing.shutdown().await.unwrap();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(20), conversation).await;
    ended.expect("ends with its input").unwrap().unwrap();
    assert_eq!(host.open_streams(), 0);
}
