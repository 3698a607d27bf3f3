//! The transport of 2024-11-05: one stream that says everything, and a path for what the client says.

use frontmcp_tests::{EventStream, Legacy, World};
use http::Method;
use serde_json::{Value, json};

use super::{store, world};

struct Old {
    client: Legacy,
    path: String,
    events: EventStream,
}

impl Old {
    async fn connect(world: &World) -> Self {
        let client = Legacy::new(world.host.clone());
        let mut events = client.send(Method::GET, "/sse", None, String::new()).await.events;
        let first = events.next().await.unwrap();
        assert_eq!(first.name, "endpoint");
        Self { client, path: first.data, events }
    }

    async fn say(&self, message: &Value) -> u16 {
        self.client.send(Method::POST, &self.path, None, message.to_string()).await.status
    }

    async fn ask(&mut self, id: u64, method: &str, params: Value) -> Value {
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        assert_eq!(self.say(&message).await, 202);
        loop {
            let message = self.events.word().await.message();
            if message["id"] == id {
                return message;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_the_first_version_converses() {
    let world = world(&store()).await;
    let mut old = Old::connect(&world).await;
    let params = json!({"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let answer = old.ask(1, "initialize", params).await;
    assert_eq!(answer["result"]["protocolVersion"], "2024-11-05");
    assert_eq!(old.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await, 202);
    let tools = old.ask(2, "tools/list", json!({})).await;
    assert!(tools["result"]["tools"][0].get("annotations").is_none(), "none in this version");
    let arguments = json!({"script": "mcpLog('info', 'on the way'); return 5"});
    let message = json!({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "codecall:execute", "arguments": arguments}});
    assert_eq!(old.say(&message).await, 202);
    assert_eq!(old.events.word().await.message()["params"]["data"]["message"], "on the way");
    let answer = old.events.word().await.message();
    let text: Value = serde_json::from_str(answer["result"]["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!((&answer["id"], &text["result"]), (&json!(3), &json!(5)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_ends_with_its_connection() {
    let world = world(&store()).await;
    let Old { client, path, events } = Old::connect(&world).await;
    drop(events);
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
    tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while client.send(Method::POST, &path, None, ping.clone()).await.status != 404 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_or_goes_nowhere_is_refused_at_once() {
    let world = world(&store()).await;
    let old = Old::connect(&world).await;
    assert_eq!(old.client.send(Method::POST, &old.path, None, "no JSON".to_owned()).await.status, 400);
    assert_eq!(old.say(&json!([{"jsonrpc": "2.0", "id": 1, "method": "ping"}])).await, 400);
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
    for path in ["/message", "/message?sessionId=unknown", "/message?session=x"] {
        assert_eq!(old.client.send(Method::POST, path, None, ping.clone()).await.status, 404, "{path}");
    }
    for (method, path) in [(Method::GET, "/message"), (Method::POST, "/sse"), (Method::DELETE, "/sse")] {
        assert_eq!(old.client.send(method, path, None, ping.clone()).await.status, 405, "{path}");
    }
}
