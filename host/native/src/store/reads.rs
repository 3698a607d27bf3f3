//! The thread that reads the file beside the one that writes it, so that nobody who reads waits for a disk. Reads that
//! wait together share a transaction; it begins after the last of them was asked for, so each sees everything that was
//! acknowledged before. Never writes.

use std::path::Path;

use anyhow::Context;
use rusqlite::{Connection, OpenFlags};

use super::queue::{self, Duty, Job, Queue};
use super::{schema, statement};

/// Starts the thread over a file whose tables are up to date.
pub(super) fn start(file: &Path) -> anyhow::Result<Queue<Connection>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)
        .with_context(|| format!("opening {} for reading", file.display()))?;
    connection.set_prepared_statement_cache_capacity(schema::STATEMENTS);
    Queue::start("storage reads", connection, Duty { serve: read, close: |_| () })
        .context("starting the thread that reads")
}

fn read(connection: &Connection, group: Vec<Box<dyn Job<Connection>>>) {
    let begun = statement(connection, "BEGIN").map_err(|error| error.to_string());
    for mut job in group {
        let outcome = begun.clone().and_then(|()| queue::guarded(connection, &mut *job));
        job.answer(outcome.err());
    }
    // Nothing is lost with it, but the next group must see newer things.
    if statement(connection, "COMMIT").is_err() {
        let _ = statement(connection, "ROLLBACK");
    }
}

#[cfg(test)]
#[path = "reads_tests.rs"]
mod tests;
