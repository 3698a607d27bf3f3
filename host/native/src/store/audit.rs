//! `ports::Audit` over SQLite: a table that is only appended to, and bounded.

use frontmcp_core::Fault;
use frontmcp_core::ports::bundles::AuditRecord;
use frontmcp_core::ports::{Audit, BoxFuture};
use rusqlite::params;

use super::{Store, signed};

/// Records that are kept.
const KEPT: i64 = 100_000;
/// Old records that one append may remove: more than one, so that a log over the bound shrinks.
const REMOVED_AT_ONCE: i64 = 16;

impl Audit for Store {
    fn append(&self, record: AuditRecord) -> BoxFuture<'_, Result<(), Fault>> {
        self.run(move |connection| {
            let at_ms = signed(record.at_ms)?;
            let details = record.details.to_string();
            connection
                .prepare_cached("INSERT INTO audit (at_ms, action, outcome, details) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![at_ms, record.action, record.outcome, details])?;
            let newest = connection.last_insert_rowid();
            connection
                .prepare_cached(
                    "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id <= ?1 ORDER BY id LIMIT ?2)",
                )?
                .execute(params![newest - KEPT, REMOVED_AT_ONCE])?;
            Ok(())
        })
    }
}
