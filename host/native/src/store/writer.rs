//! The one thread that touches the file. Jobs that wait together share a commit, so that each is durable at a fraction
//! of a disk write. Never runs a job outside a transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use frontmcp_core::Fault;
use frontmcp_core::ports::BoxFuture;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

/// Jobs that wait before senders do.
const QUEUE: usize = 1024;
/// Jobs that share a commit.
const GROUP: usize = 256;

/// A way to the thread. Dropping it lets the thread finish what is queued, and waits for that.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

/// One unit of work and whoever waits for it.
trait Job: Send {
    /// Runs inside a savepoint.
    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()>;
    /// Tells how it ended. Without an error the work is durable.
    fn answer(self: Box<Self>, error: Option<String>);
}

struct Waiting<T, F> {
    work: Option<F>,
    value: Option<T>,
    answer: oneshot::Sender<Result<T, Fault>>,
}

impl<T: Send, F: FnOnce(&Connection) -> rusqlite::Result<T> + Send> Job for Waiting<T, F> {
    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let work = self.work.take().expect("a job runs once");
        self.value = Some(work(connection)?);
        Ok(())
    }

    fn answer(self: Box<Self>, error: Option<String>) {
        let answer = match (error, self.value) {
            (None, Some(value)) => Ok(value),
            (error, _) => {
                Err(Fault::new(format!("storage: {}", error.unwrap_or_else(|| "no value".to_owned()))))
            }
        };
        // Whoever asked may have gone.
        let _ = self.answer.send(answer);
    }
}

impl Writer {
    pub(super) fn start(connection: Connection) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new().name("storage".to_owned());
        let thread = thread.spawn(move || write(&connection, queue))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Fault>> {
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.clone().expect("taken only when dropped");
        let job = Box::new(Waiting { work: Some(work), value: None, answer });
        Box::pin(async move {
            let gone = || Fault::new("storage: its thread has ended");
            jobs.send(job).await.map_err(|_| gone())?;
            // A sender that is kept would keep the thread, and so whoever closes the store, waiting.
            drop(jobs);
            answered.await.map_err(|_| gone())?
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // It never panics: every job is guarded.
            let _ = thread.join();
        }
    }
}

fn write(connection: &Connection, mut queue: mpsc::Receiver<Box<dyn Job>>) {
    while let Some(first) = queue.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok(next) = queue.try_recv()
        {
            group.push(next);
        }
        commit(connection, group);
    }
}

fn commit(connection: &Connection, group: Vec<Box<dyn Job>>) {
    let mut done = Vec::with_capacity(group.len());
    let begun = connection.execute_batch("BEGIN IMMEDIATE");
    for mut job in group {
        let outcome = match &begun {
            // A full disk, for one, makes SQLite end the transaction by itself.
            Ok(()) if connection.is_autocommit() => Err("the transaction was lost".to_owned()),
            Ok(()) => guarded(connection, &mut *job),
            Err(error) => Err(error.to_string()),
        };
        done.push((job, outcome.err()));
    }
    let committed = begun.and_then(|()| connection.execute_batch("COMMIT"));
    let lost = committed.err().map(|error| {
        // Nothing of the group stays, so that the next one starts clean.
        let _ = connection.execute_batch("ROLLBACK");
        error.to_string()
    });
    for (job, error) in done {
        job.answer(error.or_else(|| lost.clone()));
    }
}

/// Runs one job in a savepoint; a job that fails or panics leaves nothing behind.
fn guarded(connection: &Connection, job: &mut dyn Job) -> Result<(), String> {
    let step = |sql| connection.execute_batch(sql).map_err(|error: rusqlite::Error| error.to_string());
    step("SAVEPOINT job")?;
    let outcome = match catch_unwind(AssertUnwindSafe(|| job.run(connection))) {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(_) => Err("a job panicked".to_owned()),
    };
    match outcome {
        Ok(()) => step("RELEASE job"),
        Err(error) => {
            // The first error is the one that says what is wrong; the savepoint may be gone because of it.
            let _ = step("ROLLBACK TO job; RELEASE job");
            Err(error)
        }
    }
}
