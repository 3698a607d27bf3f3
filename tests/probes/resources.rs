//! Resources over the real sandbox and the real API: what is listed can be read, and a change of it is heard once.

use frontmcp_core::Settings;
use frontmcp_tests::{Client, World};
use serde_json::{Value, json};

const ORDER: &str = "mcp+op://acme/orders/ord_1001";
const UPDATED: &str = "notifications/resources/updated";

/// Every item of a list, page by page.
async fn list(client: &Client, method: &str, member: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let (_, answer) = client.request(method, json!({ "cursor": cursor })).await;
        let page = answer["result"][member].as_array().unwrap_or_else(|| panic!("{answer}"));
        items.extend(page.iter().cloned());
        match &answer["result"]["nextCursor"] {
            Value::Null => return items,
            next => cursor = next.clone(),
        }
    }
}

async fn read(client: &Client, uri: &str) -> Value {
    let (_, answer) = client.request("resources/read", json!({ "uri": uri })).await;
    let content = &answer["result"]["contents"][0];
    assert_eq!(content["uri"], uri, "{answer}");
    content.clone()
}

fn json_of(content: &Value) -> Value {
    assert_eq!(content["mimeType"], "application/json");
    serde_json::from_str(content["text"].as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_listed_is_read_and_a_change_of_it_is_heard_once() {
    let world = World::start();
    let client = world.client();
    let templates = list(&client, "resources/templates/list", "resourceTemplates").await;
    let order = templates.iter().find(|template| template["uriTemplate"] == "mcp+op://acme/orders/{orderId}");
    assert_eq!(order.unwrap()["name"], "acme.getOrder");
    let before = json_of(&read(&client, ORDER).await);
    assert_eq!(before["id"], "ord_1001");

    let asked = json!({"resourceSubscriptions": ["mcp+op://acme/orders"], "resourcesListChanged": true});
    let mut heard = client.listen(asked.clone()).await;
    let acknowledged = heard.next().await.unwrap();
    assert_eq!(acknowledged["params"]["notifications"], asked);
    let script = "for (const note of ['one', 'two', 'three']) { \
                    await Promise.all([1, 2].map(() => acme.updateOrder({ orderId: 'ord_1001', note }))); \
                  } \
                  throw new Error('after all that')";
    let answer = client.execute(script).await;
    assert_eq!(answer["status"], "runtime_error", "{answer}");
    let told = heard.next().await.unwrap();
    assert_eq!((&told["method"], &told["params"]["uri"]), (&json!(UPDATED), &json!(ORDER)));
    assert_eq!(json_of(&read(&client, ORDER).await)["note"], "three");

    world.host.close_streams();
    let last = heard.next().await.unwrap();
    assert_eq!(
        last["result"]["resultType"], "complete",
        "six mutations of one call are one notification: {last}"
    );
    assert_eq!(heard.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_member_of_a_list_and_a_failed_change_are_told_apart() {
    let world = World::start();
    let client = world.client();
    let watched = json!({"resourceSubscriptions": ["mcp+op://acme"], "resourcesListChanged": true});
    let mut heard = client.listen(watched).await;
    heard.next().await;
    let missing = json!({"tool": "acme.updateOrder", "input": {"orderId": "ord_9999", "note": "x"}});
    let failed = client.call("codecall:invoke", missing).await;
    assert_eq!(failed["status"], "tool_error", "{failed}");
    let customer = json!({"name": "Ada", "email": "ada@example.com", "country": "GB"});
    let made =
        client.call("codecall:invoke", json!({"tool": "acme.createCustomer", "input": customer})).await;
    assert_eq!(made["status"], "ok", "{made}");
    assert_eq!(heard.next().await.unwrap()["method"], "notifications/resources/list_changed");
    world.host.close_streams();
    assert!(heard.next().await.unwrap()["result"].is_object());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_listed_resource_can_be_read() {
    let world = World::with(Settings { max_list_items: 3, ..Settings::default() }, |_| {});
    let client = world.client();
    let resources = list(&client, "resources/list", "resources").await;
    assert!(resources.len() > 3, "{resources:?}");
    assert!(
        !resources.iter().any(|resource| resource["uri"] == "mcp+op://acme/reports/slow"),
        "the manifest says tool"
    );
    for resource in resources {
        let uri = resource["uri"].as_str().unwrap();
        let content = read(&client, uri).await;
        assert!(content["text"].is_string() || content["blob"].is_string(), "{content}");
    }
    let page = json_of(&read(&client, "mcp+op://acme/orders?status=shipped&limit=2").await);
    assert_eq!(page["items"].as_array().map(Vec::len), Some(2), "{page}");
    let (_, refused) =
        client.request("resources/read", json!({"uri": "mcp+op://acme/orders?limit=many"})).await;
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
    let (_, missing) =
        client.request("resources/read", json!({"uri": "mcp+op://acme/orders/ord_9999"})).await;
    assert_eq!(
        (&missing["error"]["code"], &missing["error"]["data"]["status"]),
        (&json!(-32602), &json!(404))
    );
    assert!(world.faults().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skills_files_hash_to_the_digests_it_is_listed_with() {
    let client = World::start().client();
    let skills = list(&client, "skills/list", "skills").await;
    assert!(skills.iter().any(|skill| skill["frontmatter"]["name"] == "refund-order"));
    assert!(!skills.iter().any(|skill| skill["frontmatter"]["name"] == "everything"), "hidden");
    for resource in skills.iter().flat_map(|skill| skill["resources"].as_array().unwrap()) {
        let content = read(&client, resource["uri"].as_str().unwrap()).await;
        let text = content["text"].as_str().unwrap();
        let digest = format!("sha256:{}", frontmcp_core::bundle::sha256_hex(text.as_bytes()));
        assert_eq!((&resource["digest"], &resource["size"]), (&json!(digest), &json!(text.len())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn known_values_of_a_query_are_completed() {
    let client = World::start().client();
    let templates = list(&client, "resources/templates/list", "resourceTemplates").await;
    let orders = templates.iter().find(|template| template["name"] == "acme.listOrders").unwrap();
    let reference = json!({"type": "ref/resource", "uri": orders["uriTemplate"]});
    let params = json!({"ref": reference, "argument": {"name": "status", "value": "ship"}});
    let (_, answer) = client.request("completion/complete", params).await;
    assert_eq!(answer["result"]["completion"]["values"], json!(["shipped"]), "{answer}");
}
