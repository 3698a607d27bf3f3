//! A thread that does what it is asked in the order it was asked, and whatever waits together at once. Never knows what
//! that is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use frontmcp_core::Fault;
use frontmcp_core::ports::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Jobs that wait before senders do.
const QUEUE: usize = 1024;
/// Jobs that are done at once.
const GROUP: usize = 256;

/// A job, and its place in the queue if it had to wait for one.
type Queued<D> = (Box<dyn Job<D>>, Option<OwnedSemaphorePermit>);

/// A way to the thread, which works at a desk `D`. Dropping it lets the thread finish what is queued, and waits for that.
pub(super) struct Queue<D> {
    jobs: Option<mpsc::UnboundedSender<Queued<D>>>,
    places: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread does with what it is asked.
pub(super) struct Duty<D> {
    /// Runs and answers every job of a group.
    pub(super) serve: fn(&D, Vec<Box<dyn Job<D>>>),
    /// Runs at the end.
    pub(super) close: fn(&D),
}

/// One unit of work and whoever waits for it.
pub(super) trait Job<D>: Send {
    /// Runs once.
    fn run(&mut self, desk: &D) -> rusqlite::Result<()>;
    /// Tells how it ended.
    fn answer(self: Box<Self>, error: Option<String>);
}

struct Waiting<T, F> {
    work: Option<F>,
    value: Option<T>,
    answer: oneshot::Sender<Result<T, Fault>>,
}

impl<D, T: Send, F: FnOnce(&D) -> rusqlite::Result<T> + Send> Job<D> for Waiting<T, F> {
    fn run(&mut self, desk: &D) -> rusqlite::Result<()> {
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

impl<D: Send + 'static> Queue<D> {
    pub(super) fn start(name: &str, desk: D, duty: Duty<D>) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || work(&desk, queue, &duty))?;
        Ok(Self { jobs: Some(jobs), places: Arc::new(Semaphore::new(QUEUE)), thread: Some(thread) })
    }

    /// Queues the work when there is a place, and answers when it is done.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&D) -> rusqlite::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Fault>> {
        let (job, answered) = waiting(work);
        let jobs = self.jobs.clone().expect("taken only when dropped");
        let places = self.places.clone();
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
        work: impl FnOnce(&D) -> rusqlite::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Fault>> {
        let (job, answered) = waiting(work);
        let sent = self.jobs.as_ref().expect("taken only when dropped").send((job, None));
        let sent = sent.map_err(|_| gone());
        Box::pin(async move {
            sent?;
            answered.await.map_err(|_| gone())?
        })
    }
}

/// The work as a job, and where its answer arrives.
fn waiting<D, T: Send + 'static>(
    work: impl FnOnce(&D) -> rusqlite::Result<T> + Send + 'static,
) -> (Box<dyn Job<D>>, oneshot::Receiver<Result<T, Fault>>) {
    let (answer, answered) = oneshot::channel();
    (Box::new(Waiting { work: Some(work), value: None, answer }), answered)
}

/// A job of the thread itself.
pub(super) fn unasked<D>(work: impl FnOnce(&D) -> rusqlite::Result<()> + Send + 'static) -> Box<dyn Job<D>> {
    waiting(work).0
}

fn gone() -> Fault {
    Fault::new("storage: its thread has ended")
}

impl<D> Drop for Queue<D> {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // It never panics: every job is guarded.
            let _ = thread.join();
        }
    }
}

fn work<D>(desk: &D, mut queue: mpsc::UnboundedReceiver<Queued<D>>, duty: &Duty<D>) {
    while let Some((first, _)) = queue.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok((next, _)) = queue.try_recv()
        {
            group.push(next);
        }
        (duty.serve)(desk, group);
    }
    (duty.close)(desk);
}

/// Runs a job that may panic.
pub(super) fn guarded<D>(desk: &D, job: &mut dyn Job<D>) -> Result<(), String> {
    match catch_unwind(AssertUnwindSafe(|| job.run(desk))) {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(_) => Err("a job panicked".to_owned()),
    }
}
