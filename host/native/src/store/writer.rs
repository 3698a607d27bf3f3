//! The one thread that writes the file. Jobs that wait together share a commit, so that each is durable at a fraction
//! of a disk write. Never runs a job outside a transaction.

use std::ops::Deref;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::Connection;

use super::audit::{self, Chain};
use super::queue::{self, Duty, Job, Queue};
use super::statement;

/// What jobs work at.
pub(super) struct Desk {
    pub(super) connection: Connection,
    pub(super) chain: Chain,
}

impl Deref for Desk {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

/// Starts the thread. A job without an error is durable when it is answered.
pub(super) fn start(desk: Desk) -> std::io::Result<Queue<Desk>> {
    Queue::start("storage", desk, Duty { serve: commit, close: seal })
}

/// Signs where the audit log ends, so that nothing can be cut off while nobody writes.
fn seal(desk: &Desk) {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now_ms = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
    commit(desk, vec![queue::unasked(move |desk: &Desk| audit::sign_head(desk, now_ms))]);
}

fn commit(desk: &Desk, group: Vec<Box<dyn Job<Desk>>>) {
    let mut done = Vec::with_capacity(group.len());
    let begun = statement(desk, "BEGIN IMMEDIATE");
    for mut job in group {
        let outcome = match &begun {
            // A full disk, for one, makes SQLite end the transaction by itself.
            Ok(()) if desk.is_autocommit() => Err("the transaction was lost".to_owned()),
            Ok(()) => alone(desk, &mut *job),
            Err(error) => Err(error.to_string()),
        };
        done.push((job, outcome.err()));
    }
    let committed = begun.and_then(|()| statement(desk, "COMMIT"));
    let lost = committed.err().map(|error| {
        // Nothing of the group stays, so that the next one starts clean.
        let _ = statement(desk, "ROLLBACK");
        desk.chain.forget();
        error.to_string()
    });
    for (job, error) in done {
        job.answer(error.or_else(|| lost.clone()));
    }
}

/// Runs one job in a savepoint; a job that fails or panics leaves nothing behind.
fn alone(desk: &Desk, job: &mut dyn Job<Desk>) -> Result<(), String> {
    let step = |sql| statement(desk, sql).map_err(|error| error.to_string());
    step("SAVEPOINT job")?;
    match queue::guarded(desk, job) {
        Ok(()) => step("RELEASE job"),
        Err(error) => {
            desk.chain.forget();
            // The first error is the one that says what is wrong; the savepoint may be gone because of it.
            let _ = step("ROLLBACK TO job").and_then(|()| step("RELEASE job"));
            Err(error)
        }
    }
}
