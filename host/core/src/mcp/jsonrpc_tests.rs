//! Envelopes, good and bad.

use super::*;

fn code(body: &str) -> (i32, Option<Id>) {
    let malformed = parse(body.as_bytes()).expect_err("malformed");
    (malformed.error.code, malformed.id)
}

fn number(value: u64) -> Option<Id> {
    Some(Id::Number(value.into()))
}

#[test]
fn requests_notifications_and_responses_are_told_apart() {
    let single = |body: &str| match parse(body.as_bytes()) {
        Ok(Incoming::Single(message)) => message,
        other => panic!("{other:?}"),
    };
    assert!(matches!(single(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#), Message::Request(_)));
    assert!(matches!(
        single(r#"{"jsonrpc":"2.0","id":"a","method":"ping","params":null}"#),
        Message::Request(_)
    ));
    assert!(matches!(single(r#"{"jsonrpc":"2.0","method":"n"}"#), Message::Notification(_)));
    assert_eq!(single(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#), Message::Response);
    assert_eq!(single(r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}"#), Message::Response);
}

#[test]
fn broken_json_is_a_parse_error_without_an_id() {
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"a":{}1{}}}}}"#,
        "[".repeat(1000),
        "]".repeat(1000)
    );
    for body in ["", "{", "nonsense", r#"{"jsonrpc":"2.0","id":1,"#, deep.as_str()] {
        assert_eq!(code(body), (PARSE_ERROR, None), "{body:.60}");
    }
    let malformed = parse(deep.as_bytes()).expect_err("too deep");
    assert!(malformed.error.message.contains("recursion limit"), "{}", malformed.error.message);
}

#[test]
fn invalid_utf8_is_a_parse_error_that_says_where() {
    let malformed = parse(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}").expect_err("not UTF-8");
    assert_eq!(malformed.error.code, PARSE_ERROR);
    assert!(malformed.error.message.contains("offset 34"), "{}", malformed.error.message);
}

#[test]
fn what_is_no_message_is_an_invalid_request_under_its_id_where_readable() {
    let table = [
        ("1", None),
        ("\"text\"", None),
        ("[]", None),
        (r#"{"id":7,"method":"ping"}"#, number(7)),
        (r#"{"jsonrpc":"1.0","id":7,"method":"ping"}"#, number(7)),
        (r#"{"jsonrpc":"2.0","id":7}"#, number(7)),
        (r#"{"jsonrpc":"2.0","id":7,"method":1}"#, number(7)),
        (r#"{"jsonrpc":"2.0","id":7,"method":"a","params":[1]}"#, number(7)),
        (r#"{"jsonrpc":"2.0","id":7,"method":"a","result":{}}"#, number(7)),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, None),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, None),
        (r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, None),
    ];
    for (body, id) in table {
        assert_eq!(code(body), (INVALID_REQUEST, id), "{body}");
    }
}

#[test]
fn a_batch_is_bounded_and_its_elements_stand_alone() {
    let body = r#" [{"jsonrpc":"2.0","id":1,"method":"ping"}, 5, {"jsonrpc":"2.0","method":"n"}]"#;
    let Ok(Incoming::Batch(elements)) = parse(body.as_bytes()) else { panic!("a batch") };
    assert!(elements[0].is_ok() && elements[1].is_err() && elements[2].is_ok());
    let many = format!("[{}]", vec!["1"; MAX_BATCH + 1].join(","));
    assert_eq!(code(&many), (INVALID_REQUEST, None));
}

#[test]
fn an_error_without_an_id_leaves_the_member_out() {
    let error = error(None, &RpcError::new(PARSE_ERROR, "x"));
    assert_eq!(error, r#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"x"}}"#);
}

#[test]
fn ids_come_back_as_they_came() {
    for id in ["0", "-7", "18446744073709551615", "\"\"", "\"a\\\"b\""] {
        let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
        let Ok(Incoming::Single(Message::Request(request))) = parse(body.as_bytes()) else { panic!("{id}") };
        assert_eq!(result(&request.id, "{}"), format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#));
    }
}
