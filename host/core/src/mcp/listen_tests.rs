//! Which subscriptions are well-formed, and what is written on them.

use super::*;

fn parse(id: Value, params: &Value) -> Result<Listen, RpcError> {
    let id: Id = serde_json::from_value(id).unwrap();
    Listen::parse(&id, params.as_object().unwrap())
}

fn read(message: &Bytes) -> Value {
    serde_json::from_slice(message).unwrap()
}

#[test]
fn only_what_was_asked_for_is_accepted() {
    let table = [
        (json!({}), json!({})),
        (json!({"toolsListChanged": true}), json!({"toolsListChanged": true})),
        (json!({"toolsListChanged": false, "promptsListChanged": true}), json!({"promptsListChanged": true})),
        (json!({"skillsListChanged": true}), json!({"skillsListChanged": true})),
        (
            json!({"resourcesListChanged": true, "resourceSubscriptions": ["a://b"]}),
            json!({"resourcesListChanged": true}),
        ),
        (
            json!({"resourceSubscriptions": ["mcp+op://s/b", "a://b", "mcp+op://s/a", "mcp+op://s/b"]}),
            json!({"resourceSubscriptions": ["mcp+op://s/b", "mcp+op://s/a"]}),
        ),
        (json!({"taskIds": ["1"], "noise": 7}), json!({})),
    ];
    for (asked, accepted) in table {
        let listen = parse(json!(1), &json!({"notifications": asked})).unwrap();
        let message = read(&listen.acknowledged());
        assert_eq!(message["method"], "notifications/subscriptions/acknowledged");
        assert_eq!(message["params"]["notifications"], accepted, "{asked}");
    }
}

#[test]
fn malformed_parameters_are_named() {
    let table = [
        (json!({}), "params.notifications must be an object"),
        (json!({"notifications": null}), "params.notifications must be an object"),
        (json!({"notifications": []}), "params.notifications must be an object"),
        (
            json!({"notifications": {"toolsListChanged": 1}}),
            "params.notifications.toolsListChanged must be a boolean",
        ),
        (
            json!({"notifications": {"skillsListChanged": null}}),
            "params.notifications.skillsListChanged must be a boolean",
        ),
        (
            json!({"notifications": {"resourceSubscriptions": "a://b"}}),
            "params.notifications.resourceSubscriptions must be an array of URIs",
        ),
        (
            json!({"notifications": {"resourceSubscriptions": [1]}}),
            "params.notifications.resourceSubscriptions must be an array of URIs",
        ),
    ];
    for (params, message) in table {
        let error = parse(json!(1), &params).unwrap_err();
        assert_eq!((error.code, &*error.message), (-32602, message), "{params}");
    }
}

#[test]
fn every_message_carries_the_id_in_its_own_type() {
    for id in [json!(0), json!(7), json!("7"), json!(""), json!(-3), json!(u64::MAX)] {
        let listen = parse(id.clone(), &json!({"notifications": {"toolsListChanged": true}})).unwrap();
        for message in [listen.acknowledged(), listen.changed(&Change::List(Kind::Tools))] {
            assert_eq!(read(&message)["params"]["_meta"], json!({SUBSCRIPTION_ID_KEY: id}));
        }
        assert_eq!(read(&listen.ended("{}")), json!({"jsonrpc": "2.0", "id": id, "result": {}}));
    }
}

#[test]
fn an_update_names_the_resource_and_the_subscription() {
    let asked = json!({"notifications": {"resourceSubscriptions": ["mcp+op://s/a"]}});
    let listen = parse(json!(5), &asked).unwrap();
    let told = read(&listen.changed(&Change::Updated("mcp+op://s/a/b".into())));
    let params = json!({"uri": "mcp+op://s/a/b", "_meta": {SUBSCRIPTION_ID_KEY: 5}});
    assert_eq!(told, json!({"jsonrpc": "2.0", "method": UPDATED, "params": params}));
}

#[test]
fn watched_resources_are_bounded_in_number_and_bytes() {
    let uris =
        |count: usize, uri: &str| json!({"notifications": {"resourceSubscriptions": vec![uri; count]}});
    assert_eq!(parse(json!(1), &uris(MAX_WATCHED, "mcp+op://s/a")).unwrap().watched().len(), 1);
    assert_eq!(parse(json!(1), &uris(MAX_WATCHED + 1, "mcp+op://s/a")).unwrap_err().code, -32602);
    let long = format!("mcp+op://s/{}", "a".repeat(MAX_WATCHED_BYTES));
    assert_eq!(parse(json!(1), &uris(1, &long)).unwrap_err().code, -32602);
}

#[test]
fn an_id_too_long_to_repeat_is_refused() {
    let params = json!({"notifications": {}});
    assert!(parse(json!("x".repeat(MAX_ID_BYTES - 2)), &params).is_ok());
    assert_eq!(parse(json!("x".repeat(MAX_ID_BYTES - 1)), &params).unwrap_err().code, INVALID_REQUEST);
}

#[test]
fn unasked_notifications_belong_to_no_subscription() {
    let message = read(&Kind::Resources.unasked());
    assert_eq!(
        message,
        json!({"jsonrpc": "2.0", "method": "notifications/resources/list_changed", "params": {}})
    );
}
