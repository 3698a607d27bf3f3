//! What a call leaves on record, however it ends; and that nothing is answered which is not.

use std::future::ready;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use serde_json::{Value, json};

use crate::audit::digest;
use crate::codecall::{Answer, Reply, Tool};
use crate::flow::Resources;
use crate::flow::call::call;
use crate::flow::tests::{World, context, ports, world};
use crate::ports::audit::{Checkpoint, Entry, Event, Head, Kept};
use crate::ports::bundles::{Candidate, GoodBundle, Nonce, Packed, Standing};
use crate::ports::{
    Audit, Blobs, BoxFuture, Bundles, Fetch, FetchError, Inbound, Outbound, ScriptCall, ScriptState, Storage,
};
use crate::registry::fixtures::shop;
use crate::reject::{Failure, Fault};
use crate::settings::Settings;

/// Keeps what it is handed, or fails to.
#[derive(Default)]
struct Book {
    entries: Mutex<Vec<Vec<Entry>>>,
    is_broken: bool,
}

impl Audit for Book {
    fn append(&self, entries: Vec<Entry>) -> BoxFuture<'_, Result<Head, Fault>> {
        self.entries.lock().unwrap().push(entries);
        let head = Head { sequence: 1, hash: String::new() };
        Box::pin(ready(if self.is_broken { Err(Fault::new("the disk is full")) } else { Ok(head) }))
    }
    fn records(&self, _: u64, _: usize) -> BoxFuture<'_, Result<Vec<Kept>, Fault>> {
        unreachable!("a call only appends")
    }
    fn head(&self) -> BoxFuture<'_, Result<Head, Fault>> {
        unreachable!("a call only appends")
    }
    fn checkpoints(&self) -> BoxFuture<'_, Result<Vec<Checkpoint>, Fault>> {
        unreachable!("a call only appends")
    }
    fn checkpoint(&self, _: u64) -> BoxFuture<'_, Result<Option<Checkpoint>, Fault>> {
        unreachable!("a call only appends")
    }
    fn prune(&self, _: u64, _: u64) -> BoxFuture<'_, Result<Option<u64>, Fault>> {
        unreachable!("a call only appends")
    }
}

/// Storage that calls have no business with.
struct Closed;

impl Bundles for Closed {
    fn standing(&self, _: &str) -> BoxFuture<'_, Result<Standing, Fault>> {
        unreachable!("a call pushes nothing")
    }
    fn spend(&self, _: Nonce, _: Option<u64>, _: u64) -> BoxFuture<'_, Result<(), Fault>> {
        unreachable!("a call pushes nothing")
    }
    fn stage(&self, _: Nonce, _: Candidate) -> BoxFuture<'_, Result<u64, Fault>> {
        unreachable!("a call pushes nothing")
    }
    fn promote(&self, _: u64, _: Entry) -> BoxFuture<'_, Result<(), Fault>> {
        unreachable!("a call pushes nothing")
    }
    fn history(&self) -> BoxFuture<'_, Result<Vec<GoodBundle>, Fault>> {
        unreachable!("a call pushes nothing")
    }
    fn envelope(&self, _: u64) -> BoxFuture<'_, Result<Option<Packed>, Fault>> {
        unreachable!("a call pushes nothing")
    }
}

impl Blobs for Closed {
    fn missing(&self, _: Vec<String>) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        unreachable!("a call uploads nothing")
    }
    fn expect(&self, _: Vec<String>, _: u64) -> BoxFuture<'_, Result<(), Fault>> {
        unreachable!("a call uploads nothing")
    }
    fn is_expected(&self, _: &str, _: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        unreachable!("a call uploads nothing")
    }
    fn put(&self, _: &str, _: bytes::Bytes) -> BoxFuture<'_, Result<(), Fault>> {
        unreachable!("a call uploads nothing")
    }
    fn get(&self, _: &str) -> BoxFuture<'_, Result<Option<bytes::Bytes>, Fault>> {
        unreachable!("a call uploads nothing")
    }
}

fn resources(world: &Arc<World>, book: &Arc<Book>) -> Resources {
    let mut ports = ports(world);
    let closed = Arc::new(Closed);
    ports.storage = Some(Storage { bundles: closed.clone(), blobs: closed, audit: book.clone() });
    Resources::new(ports, Settings::default())
}

/// Runs a call to its end, or for as long as nothing waits. Answers what it answered and the one batch of its records.
fn called(
    steps: Option<Vec<ScriptState>>,
    overdue: bool,
    tool: Tool,
    arguments: Value,
) -> (Option<Result<Answer, Failure>>, Vec<Entry>) {
    let (world, book) = (world(steps, overdue), Arc::new(Book::default()));
    let (resources, context) = (resources(&world, &book), context(shop()));
    let answer = call(&resources, &context, tool, arguments).now_or_never();
    let mut batches = std::mem::take(&mut *book.entries.lock().unwrap());
    assert!(batches.len() <= 1, "the records of a call share one commit");
    let answer = answer.map(|answered| answered.map(Reply::answer));
    (answer, batches.pop().unwrap_or_default())
}

fn asks(calls: &[(&str, &str)]) -> ScriptState {
    let call = |(id, (tool, args)): (u32, &(&str, &str))| ScriptCall {
        id,
        tool: (*tool).to_owned(),
        args_json: (*args).to_owned(),
    };
    ScriptState::Pending((1..).zip(calls).map(call).collect())
}

fn told(entries: &[Entry]) -> Vec<(Event, &str)> {
    entries.iter().map(|entry| (entry.event, entry.outcome.as_str())).collect()
}

#[test]
fn a_script_and_each_of_its_calls_is_on_record() {
    let calls = [("acme.getOrder", r#"{"orderId":"1"}"#), ("acme.dropAll", r#"{"a": 1}"#)];
    let steps = vec![asks(&calls), ScriptState::Done("1".to_owned())];
    let arguments = json!({"script": "return 1"});
    let (answer, entries) = called(Some(steps), false, Tool::Execute, arguments.clone());
    let answer = answer.unwrap().unwrap();
    let expected = [
        (Event::OperationFailure, "UNREACHABLE"),
        (Event::OperationRefused, "NOT_FOUND"),
        (Event::ToolCall, "ok"),
    ];
    assert_eq!(told(&entries), expected);
    assert_eq!(entries[0].operation.as_deref(), Some("acme.getOrder"));
    assert_eq!(entries[0].status, Some(0));
    assert_eq!(entries[0].input_sha256, Some(digest(&json!({"orderId": "1"}))));
    assert!(!entries[0].skills.is_empty() && entries[1].skills.is_empty(), "{entries:?}");
    assert_eq!(entries[1].input_sha256, Some(digest(&json!({"a": 1}))));
    assert_eq!(entries[2].input_sha256, Some(digest(&arguments)));
    assert_eq!(entries[2].output_sha256, Some(digest(&answer.structured)));
    assert_eq!(
        (entries[2].tool.as_deref(), entries[2].skills.as_slice()),
        (Some("execute"), &["*".to_owned()][..])
    );
    for entry in &entries {
        assert_eq!((entry.subject.as_str(), entry.at_ms), ("|anonymous|", 7));
        assert_eq!(entry.call, entries[0].call);
        assert_eq!(entry.bundle_sha256.as_deref(), Some("the live one"));
    }
}

#[test]
fn an_invocation_is_on_record_refused_or_not() {
    let (_, entries) =
        called(None, false, Tool::Invoke, json!({"tool": "acme.getOrder", "input": {"orderId": "1"}}));
    assert_eq!(told(&entries), [(Event::OperationFailure, "UNREACHABLE"), (Event::ToolCall, "UNREACHABLE")]);
    let (_, entries) = called(None, false, Tool::Invoke, json!({"tool": "acme.dropAll"}));
    assert_eq!(told(&entries), [(Event::OperationRefused, "NOT_FOUND"), (Event::ToolCall, "NOT_FOUND")]);
    let (_, entries) = called(None, false, Tool::Invoke, json!({}));
    assert_eq!(told(&entries), [(Event::ToolCall, "invalid_arguments")]);
}

#[test]
fn chosen_skills_are_named() {
    let skill = shop().catalog.skills.keys().next().unwrap().clone();
    let steps = vec![ScriptState::Done("1".to_owned())];
    let arguments = json!({"script": "return 1", "skills": [skill]});
    let (_, entries) = called(Some(steps), false, Tool::Execute, arguments);
    assert!(entries[0].skills.contains(&skill), "{entries:?}");
}

#[test]
fn a_call_that_nobody_waits_for_any_more_is_on_record() {
    // The script waits for ever, so that the call is dropped.
    let (answer, entries) = called(Some(Vec::new()), false, Tool::Execute, json!({"script": "return 1"}));
    assert!(answer.is_none());
    assert_eq!(told(&entries), [(Event::ToolCall, "CANCELLED")]);
}

/// An upstream that does not answer.
struct Silent;

impl Fetch for Silent {
    fn fetch(&self, _: Outbound) -> BoxFuture<'_, Result<Inbound, FetchError>> {
        Box::pin(std::future::pending())
    }
}

#[test]
fn an_operation_that_was_broken_off_is_on_record() {
    let calls = [("acme.getOrder", r#"{"orderId":"1"}"#)];
    // Time is up at once; or the client goes away.
    for (overdue, ended) in [(true, "timeout"), (false, "CANCELLED")] {
        let (world, book) = (world(Some(vec![asks(&calls)]), overdue), Arc::new(Book::default()));
        let mut resources = resources(&world, &book);
        resources.ports.fetch = Arc::new(Silent);
        let arguments = json!({"script": "return 1"});
        let answer = call(&resources, &context(shop()), Tool::Execute, arguments).now_or_never();
        assert_eq!(answer.is_some(), overdue);
        let batches = book.entries.lock().unwrap();
        assert_eq!(batches.len(), 1);
        assert_eq!(told(&batches[0]), [(Event::OperationFailure, "CANCELLED"), (Event::ToolCall, ended)]);
    }
}

#[test]
fn whatever_a_script_returns_its_calls_are_on_record() {
    let calls = [("acme.getOrder", r#"{"orderId":"1"}"#)];
    let token = r#"{"$serde_json::private::RawValue":"1"}"#;
    for (result, ended) in [
        (token, "ok"),
        (r#"{"$serde_json::private::RawValue":1}"#, "ok"),
        ("1e400", "runtime_error"),
        (r#""\uD800""#, "runtime_error"),
        ("1,2", "runtime_error"),
    ] {
        let steps = vec![asks(&calls), ScriptState::Done(result.to_owned())];
        let (world, book) = (world(Some(steps), false), Arc::new(Book::default()));
        let arguments = json!({"script": "return 1"});
        let reply =
            call(&resources(&world, &book), &context(shop()), Tool::Execute, arguments).now_or_never();
        let (text, _) = reply.unwrap().unwrap().into_text();
        let batches = book.entries.lock().unwrap();
        let expected = [(Event::OperationFailure, "UNREACHABLE"), (Event::ToolCall, ended)];
        assert_eq!(told(&batches[0]), expected, "{result}");
        assert!(batches[0][1].output_sha256.is_some());
        assert_eq!(text.contains(result), ended == "ok", "{text}");
    }
}

#[test]
fn a_fault_is_on_record_under_its_id() {
    let steps = vec![ScriptState::Pending(Vec::new())];
    let (answer, entries) = called(Some(steps), false, Tool::Execute, json!({"script": "return 1"}));
    let Some(Err(Failure::Fault(fault))) = answer else { panic!("a fault of ours") };
    assert_eq!(told(&entries), [(Event::ToolCall, "fault")]);
    assert!(!fault.id.is_empty() && entries[0].error.as_ref().unwrap().contains(&fault.id));
}

#[test]
fn what_a_script_says_is_not_recorded() {
    let steps = vec![ScriptState::Done(r#""a secret of somebody""#.to_owned())];
    let (_, entries) = called(Some(steps), false, Tool::Execute, json!({"script": "return 'a secret'"}));
    assert!(!format!("{entries:?}").contains("secret"), "{entries:?}");
}

#[test]
fn searching_and_reading_leave_no_record() {
    for tool in [Tool::SearchSkills, Tool::SearchKnowledge, Tool::Describe] {
        assert_eq!(called(None, false, tool, json!({"query": "orders"})).1, []);
    }
}

#[test]
fn nothing_is_answered_that_is_not_on_record() {
    let world = world(Some(vec![ScriptState::Done("1".to_owned())]), false);
    let book = Arc::new(Book { is_broken: true, ..Book::default() });
    let (resources, context) = (resources(&world, &book), context(shop()));
    let arguments = json!({"script": "return 1"});
    let answer = call(&resources, &context, Tool::Execute, arguments).now_or_never().unwrap();
    assert!(matches!(answer, Err(Failure::Fault(_))), "{answer:?}");
}
