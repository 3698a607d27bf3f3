//! Malformed requests get a precise answer, and the next request is served.

use frontmcp_tests::{Program, post};
use serde_json::{Value, json};

#[tokio::test]
async fn malformed_requests_are_refused_and_the_server_goes_on() {
    let program = Program::start();
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    let huge = "x".repeat(100 << 20);
    let cases: [(Vec<u8>, u16, Option<i64>); 6] = [
        (b"{".to_vec(), 400, Some(-32700)),
        (deep.into_bytes(), 400, Some(-32700)),
        (vec![b'"', 0xff, b'"'], 400, Some(-32700)),
        (b"[]".to_vec(), 400, Some(-32600)),
        (huge.into_bytes(), 413, None),
        (br#"{"jsonrpc":"2.0","id":1,"method":"no/such"}"#.to_vec(), 200, Some(-32601)),
    ];
    for (body, status, code) in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let (got, answer) = post(program.url(), body).await;
        assert_eq!(got, status, "{shown}");
        if let Some(code) = code {
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            assert_eq!(answer["error"]["code"], code, "{shown}");
        }
    }
    let script = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call",
        "params": {"name": "codecall:execute", "arguments": {"script": "this is not JavaScript, nor is it TypeScript"}}});
    let (_, answer) = post(program.url(), script.to_string().into_bytes()).await;
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(text).unwrap()["status"], "syntax_error", "{answer}");
}
