//! Audit: every append is acknowledged, whatever its details and however many come at once.

use frontmcp_core::ports::Audit;
use frontmcp_core::ports::bundles::AuditRecord;
use frontmcp_tests::MemoryStore;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{NOW_MS, for_every_store};

for_every_store! {
    a_record_is_acknowledged_whatever_its_details,
    records_that_come_together_are_all_acknowledged,
}

fn record(details: Value) -> AuditRecord {
    AuditRecord { at_ms: NOW_MS, action: "resync", outcome: "applied", details }
}

async fn a_record_is_acknowledged_whatever_its_details(audit: &dyn Audit) {
    for details in
        [json!({}), json!({"quote": "'\"\u{0}\n💡", "list": [1, null]}), json!({"long": "x".repeat(100_000)})]
    {
        audit.append(record(details)).await.unwrap();
    }
}

async fn records_that_come_together_are_all_acknowledged(audit: &dyn Audit) {
    let answers = join_all((0..300).map(|index| audit.append(record(json!({"index": index}))))).await;
    assert!(answers.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_store_in_memory_shows_its_records_oldest_first() {
    let store = MemoryStore::default();
    for index in 0..3 {
        store.append(record(json!({"index": index}))).await.unwrap();
    }
    let expected: Vec<AuditRecord> = (0..3).map(|index| record(json!({"index": index}))).collect();
    assert_eq!(store.audit_records(), expected);
}
