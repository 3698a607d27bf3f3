//! The one thread that touches the file. Jobs that wait together share a commit, so that each is durable at a fraction
//! of a disk write. Never runs a job outside a transaction.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use frontmcp_core::Fault;
use frontmcp_core::ports::BoxFuture;
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::audit::{self, Chain};

/// Jobs that wait before senders do.
const QUEUE: usize = 1024;
/// Jobs that share a commit.
const GROUP: usize = 256;

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

/// A job, and its place in the queue if it had to wait for one.
type Queued = (Box<dyn Job>, Option<OwnedSemaphorePermit>);

/// A way to the thread. Dropping it lets the thread finish what is queued, and waits for that.
pub(super) struct Writer {
    jobs: Option<mpsc::UnboundedSender<Queued>>,
    places: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
}

/// One unit of work and whoever waits for it.
trait Job: Send {
    /// Runs inside a savepoint.
    fn run(&mut self, desk: &Desk) -> rusqlite::Result<()>;
    /// Tells how it ended. Without an error the work is durable.
    fn answer(self: Box<Self>, error: Option<String>);
}

struct Waiting<T, F> {
    work: Option<F>,
    value: Option<T>,
    answer: oneshot::Sender<Result<T, Fault>>,
}

impl<T: Send, F: FnOnce(&Desk) -> rusqlite::Result<T> + Send> Job for Waiting<T, F> {
    fn run(&mut self, desk: &Desk) -> rusqlite::Result<()> {
        let work = self.work.take().expect("a job runs once");
        self.value = Some(work(desk)?);
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
    pub(super) fn start(desk: Desk) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new().name("storage".to_owned());
        let thread = thread.spawn(move || write(&desk, queue))?;
        Ok(Self { jobs: Some(jobs), places: Arc::new(Semaphore::new(QUEUE)), thread: Some(thread) })
    }

    /// Queues the work when there is a place, and answers once it is durable.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Desk) -> rusqlite::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Fault>> {
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.clone().expect("taken only when dropped");
        let places = self.places.clone();
        let job = Box::new(Waiting { work: Some(work), value: None, answer });
        Box::pin(async move {
            let place = places.acquire_owned().await.map_err(|_| gone())?;
            jobs.send((job, Some(place))).map_err(|_| gone())?;
            // A sender that is kept would keep the thread, and so whoever closes the store, waiting.
            drop(jobs);
            answered.await.map_err(|_| gone())?
        })
    }

    /// Queues the work at once. Only for what is bounded by something else.
    pub(super) fn post<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Desk) -> rusqlite::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Fault>> {
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.as_ref().expect("taken only when dropped");
        let sent = jobs.send((Box::new(Waiting { work: Some(work), value: None, answer }), None));
        let sent = sent.map_err(|_| gone());
        Box::pin(async move {
            sent?;
            answered.await.map_err(|_| gone())?
        })
    }
}

fn gone() -> Fault {
    Fault::new("storage: its thread has ended")
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

fn write(desk: &Desk, mut queue: mpsc::UnboundedReceiver<Queued>) {
    while let Some((first, _)) = queue.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok((next, _)) = queue.try_recv()
        {
            group.push(next);
        }
        commit(desk, group);
    }
    seal(desk);
}

/// Signs where the audit log ends, so that nothing can be cut off while nobody writes.
fn seal(desk: &Desk) {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now_ms = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
    let (answer, _) = oneshot::channel();
    let work = Some(move |desk: &Desk| audit::sign_head(desk, now_ms));
    commit(desk, vec![Box::new(Waiting { work, value: None, answer })]);
}

fn commit(desk: &Desk, group: Vec<Box<dyn Job>>) {
    let mut done = Vec::with_capacity(group.len());
    let begun = statement(desk, "BEGIN IMMEDIATE");
    for mut job in group {
        let outcome = match &begun {
            // A full disk, for one, makes SQLite end the transaction by itself.
            Ok(()) if desk.is_autocommit() => Err("the transaction was lost".to_owned()),
            Ok(()) => guarded(desk, &mut *job),
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

/// Parsed once: these few run for every job.
fn statement(desk: &Desk, sql: &str) -> rusqlite::Result<()> {
    desk.prepare_cached(sql)?.execute([]).map(drop)
}

/// Runs one job in a savepoint; a job that fails or panics leaves nothing behind.
fn guarded(desk: &Desk, job: &mut dyn Job) -> Result<(), String> {
    let step = |sql| statement(desk, sql).map_err(|error| error.to_string());
    step("SAVEPOINT job")?;
    let outcome = match catch_unwind(AssertUnwindSafe(|| job.run(desk))) {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(_) => Err("a job panicked".to_owned()),
    };
    match outcome {
        Ok(()) => step("RELEASE job"),
        Err(error) => {
            desk.chain.forget();
            // The first error is the one that says what is wrong; the savepoint may be gone because of it.
            let _ = step("ROLLBACK TO job").and_then(|()| step("RELEASE job"));
            Err(error)
        }
    }
}
