//! `ports::Audit` over an adapter: the one writer links what comes in, many at a time. Should there be a second writer
//! after all, the database gives a sequence once only, so that its write fails and no second branch comes about.

use std::sync::{Arc, Mutex, PoisonError};

use futures_channel::oneshot;
use futures_util::lock::Mutex as Turn;

use super::rows::{self, Row};
use super::{Adapter, SeedSigner, Value};
use crate::audit::{genesis, link};
use crate::bundle::sha256_hex;
use crate::json::written;
use crate::ports::audit::{Checkpoint, Entry, Event, Head, Kept};
use crate::ports::{Audit, BoxFuture, Tasks};
use crate::reject::Fault;

/// Records behind which a checkpoint is signed.
const EVERY: u64 = 1_000;
/// Checkpoints up to which one write prunes, at most: more than one, so that a log over its bound shrinks.
const PRUNED_AT_ONCE: u64 = 4;
/// Entries written at once.
const GROUP: usize = 256;
/// Writes of another writer that one of ours gives way to.
const GIVES_WAY: usize = 3;
/// Who prunes.
const SERVER: &str = "frontmcp-host||";

/// The audit log of one deployment.
pub struct AuditLog(Arc<Log>);

struct Log {
    adapter: Arc<Adapter>,
    tasks: Arc<dyn Tasks>,
    signer: SeedSigner,
    /// Records that are kept, at least.
    kept: u64,
    waiting: Mutex<Vec<Waiting>>,
    /// Held while the log is written. `None` whenever the database may say something else.
    turn: Turn<Option<State>>,
}

/// Entries that are to be linked together, and who wants to know.
struct Waiting {
    entries: Vec<Entry>,
    done: oneshot::Sender<Result<Head, Fault>>,
}

#[derive(Clone)]
struct State {
    head: Head,
    /// The record that the newest checkpoint is about.
    signed: u64,
    /// The last record that is gone.
    gone: u64,
    /// Whether records of promotions may be left over from before.
    outbox: bool,
}

/// A write that failed, or whose answer was lost.
struct Failed {
    fault: Fault,
    /// Where the log ends if it was done all the same, and what each of the group is told then.
    tried: Option<(Head, Vec<Result<Head, Fault>>)>,
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self { fault, tried: None }
    }
}

/// What one transaction does to the log.
#[derive(Default)]
struct Write {
    records: Vec<Value>,
    checkpoints: Vec<Value>,
    through: Option<u64>,
}

impl AuditLog {
    /// The log, signed with this key, that removes its oldest records once there are more than `kept`, some at a time.
    pub fn new(adapter: Arc<Adapter>, tasks: Arc<dyn Tasks>, signer: SeedSigner, kept: u64) -> Self {
        let (waiting, turn) = (Mutex::default(), Turn::new(None));
        Self(Arc::new(Log { adapter, tasks, signer, kept, waiting, turn }))
    }

    /// What checkpoints are verified with: a JWK.
    pub fn public_jwk(&self) -> String {
        self.0.signer.public_jwk()
    }

    /// Appends the records of promotions. Those that cannot be appended now are before the next record, or at the next
    /// checkpoint.
    pub(super) async fn flush(&self) -> Result<(), Fault> {
        let mut turn = self.0.turn.lock().await;
        let mut state = self.0.state(&mut turn).await?;
        self.0.flush(&mut state).await?;
        *turn = Some(state);
        Ok(())
    }
}

impl Audit for AuditLog {
    fn append(&self, entries: Vec<Entry>) -> BoxFuture<'_, Result<Head, Fault>> {
        let (done, answered) = oneshot::channel();
        self.0.waiting().push(Waiting { entries, done });
        let log = self.0.clone();
        self.0.tasks.spawn(Box::pin(async move { log.write_waiting().await }));
        Box::pin(
            async move { answered.await.map_err(|_| Fault::new("storage: the audit log's writer is gone"))? },
        )
    }

    fn records(&self, from: u64, limit: usize) -> BoxFuture<'_, Result<Vec<Kept>, Fault>> {
        self.0.adapter.records(from, limit)
    }

    fn head(&self) -> BoxFuture<'_, Result<Head, Fault>> {
        self.0.adapter.head()
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Vec<Checkpoint>, Fault>> {
        self.0.adapter.checkpoints()
    }

    fn checkpoint(&self, now_ms: u64) -> BoxFuture<'_, Result<Option<Checkpoint>, Fault>> {
        Box::pin(async move {
            let mut turn = self.0.turn.lock().await;
            let mut state = self.0.state(&mut turn).await?;
            if state.outbox {
                self.0.flush(&mut state).await?;
            }
            if state.head.sequence > state.signed {
                let mut write = Write::default();
                self.0.sign(&mut state, &mut write, now_ms);
                self.0.write(write).await?;
            }
            *turn = Some(state);
            self.0.adapter.newest_checkpoint().await
        })
    }

    fn prune(&self, keep: u64, now_ms: u64) -> BoxFuture<'_, Result<Option<u64>, Fault>> {
        Box::pin(async move {
            let mut turn = self.0.turn.lock().await;
            let mut state = self.0.state(&mut turn).await?;
            let through = state.head.sequence.saturating_sub(keep);
            let mut write = Write::default();
            let pruned = self.0.prune(&mut state, &mut write, through, now_ms).await?;
            if pruned.is_some() {
                self.0.write(write).await?;
            }
            *turn = Some(state);
            Ok(pruned)
        })
    }
}

impl Log {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, which is gone until it is put back: whoever fails in between leaves none that is wrong.
    async fn state(&self, turn: &mut Option<State>) -> Result<State, Fault> {
        match turn.take() {
            Some(state) => Ok(state),
            None => self.adapter.state().await,
        }
    }

    /// Writes what waits, together. Whoever comes while it is written is in the next group.
    async fn write_waiting(&self) {
        let mut turn = self.turn.lock().await;
        let group = {
            let mut waiting = self.waiting();
            let count = waiting.len().min(GROUP);
            waiting.drain(..count).collect::<Vec<_>>()
        };
        if group.is_empty() {
            return;
        }
        let mut attempts = 0;
        let heads = loop {
            attempts += 1;
            let known = turn.clone();
            let Failed { fault, tried } = match self.try_group(&mut turn, &group).await {
                Ok(heads) => break heads,
                Err(failed) => failed,
            };
            let found = self.adapter.state().await.ok();
            // The database may have done what it answered to have failed at. Nobody else's records look like these: each
            // call has an id of its own.
            if let (Some((after, heads)), Some(found)) = (tried, &found)
                && after == found.head
            {
                break heads;
            }
            // Somebody else wrote in between if the log ends elsewhere now.
            let moved = known.zip(found).is_some_and(|(known, found)| known.head != found.head);
            if !moved || attempts > GIVES_WAY {
                break vec![Err(fault); group.len()];
            }
        };
        for (waiting, head) in group.into_iter().zip(heads) {
            // Whoever asked may have gone.
            let _ = waiting.done.send(head);
        }
    }

    /// One try. In the result, what each of the group is told.
    async fn try_group(
        &self,
        turn: &mut Option<State>,
        group: &[Waiting],
    ) -> Result<Vec<Result<Head, Fault>>, Failed> {
        let mut state = self.state(turn).await?;
        if state.outbox {
            self.flush(&mut state).await?;
        }
        let mut write = Write::default();
        let heads = group.iter().map(|waiting| state.append(&mut write, &waiting.entries)).collect();
        let newest = group.iter().flat_map(|waiting| &waiting.entries).next_back();
        if let Some(newest) = newest
            && state.head.sequence - state.signed >= EVERY
        {
            self.sign(&mut state, &mut write, newest.at_ms);
            let behind = state.head.sequence.saturating_sub(self.kept);
            let through = behind.min(state.gone + PRUNED_AT_ONCE * EVERY);
            self.prune(&mut state, &mut write, through, newest.at_ms).await?;
        }
        if let Err(fault) = self.write(write).await {
            return Err(Failed { fault, tried: Some((state.head, heads)) });
        }
        *turn = Some(state);
        Ok(heads)
    }

    /// Moves the records of promotions into the log. They come twice if the host dies in between, and never not at all.
    async fn flush(&self, state: &mut State) -> Result<(), Fault> {
        let Some((last, entries)) = self.adapter.outbox().await? else {
            state.outbox = false;
            return Ok(());
        };
        let mut write = Write::default();
        state.append(&mut write, &entries)?;
        self.write(write).await?;
        self.adapter.clear_outbox(last).await?;
        state.outbox = false;
        Ok(())
    }

    fn sign(&self, state: &mut State, write: &mut Write, at_ms: u64) {
        let checkpoint =
            Checkpoint::make(&state.head, at_ms, self.signer.key_id(), |bytes| self.signer.sign(bytes));
        state.signed = checkpoint.sequence;
        let text = written(&checkpoint);
        write.checkpoints.extend([Value::from(checkpoint.sequence), text.into()]);
    }

    /// Removes what lies up to the newest checkpoint that is not behind `through`. Told and signed before it is done.
    async fn prune(
        &self,
        state: &mut State,
        write: &mut Write,
        through: u64,
        at_ms: u64,
    ) -> Result<Option<u64>, Fault> {
        let within = vec![state.gone.into(), through.into()];
        let mut answer = self.adapter.ask("audit.checkpoint-within", within).await?;
        let Some(through) = rows::only(&mut answer, 0)?.optional_number()? else { return Ok(None) };
        let entry = Entry {
            at_ms,
            event: Event::Pruned,
            outcome: "ok".to_owned(),
            subject: SERVER.to_owned(),
            through: Some(through),
            ..Entry::default()
        };
        state.append(write, &[entry])?;
        self.sign(state, write, at_ms);
        write.through = Some(through);
        state.gone = through;
        Ok(Some(through))
    }

    async fn write(&self, write: Write) -> Result<(), Fault> {
        if write.records.is_empty() && write.checkpoints.is_empty() {
            return Ok(());
        }
        let mut arguments = vec![(write.records.len() / 3).into()];
        arguments.extend(write.records);
        arguments.push((write.checkpoints.len() / 2).into());
        arguments.extend(write.checkpoints);
        arguments.push(write.through.into());
        self.adapter.tell("audit.write", arguments).await
    }
}

impl State {
    /// Links entries, all of them or none.
    fn append(&mut self, write: &mut Write, entries: &[Entry]) -> Result<Head, Fault> {
        let mut head = self.head.clone();
        let mut records = Vec::with_capacity(entries.len() * 3);
        for entry in entries {
            let (kept, next) =
                link(&head, entry).map_err(|error| Fault::new(format!("storage: a record: {error}")))?;
            records.extend([Value::from(next.sequence), kept.hash.into(), kept.text.into()]);
            head = next;
        }
        write.records.extend(records);
        self.head = head.clone();
        Ok(head)
    }
}

impl Adapter {
    async fn state(&self) -> Result<State, Fault> {
        let mut answer = self.ask("audit.head", Vec::new()).await?;
        let last = rows::first(&mut answer, 0).map(|mut row| {
            let sequence = row.number()?;
            // From the text, which is what counts, and not from the digest beside it.
            Ok::<_, Fault>(Head { sequence, hash: sha256_hex(row.text()?.as_bytes()) })
        });
        let signed = rows::first(&mut answer, 1).map(|mut row| checkpoint(&mut row)).transpose()?;
        let head = match last {
            Some(last) => last?,
            None => signed.as_ref().map_or_else(genesis, Checkpoint::head),
        };
        let gone = rows::only(&mut answer, 2)?.number()?;
        Ok(State { head, signed: signed.map_or(0, |signed| signed.sequence), gone, outbox: true })
    }

    async fn newest_checkpoint(&self) -> Result<Option<Checkpoint>, Fault> {
        let mut answer = self.ask("audit.head", Vec::new()).await?;
        rows::first(&mut answer, 1).map(|mut row| checkpoint(&mut row)).transpose()
    }

    /// Where the audit log ends, for every instance that only reads it.
    pub fn head(&self) -> BoxFuture<'_, Result<Head, Fault>> {
        Box::pin(async move { self.state().await.map(|state| state.head) })
    }

    /// As [`Audit::records`], for every instance that only reads.
    pub fn records(&self, from: u64, limit: usize) -> BoxFuture<'_, Result<Vec<Kept>, Fault>> {
        let limit = limit.min(super::MAX_INTEGER as usize);
        let arguments = vec![from.into(), limit.into()];
        Box::pin(async move {
            let mut answer = self.ask("audit.records", arguments).await?;
            let kept = |row: &mut Row| Ok(Kept { hash: row.text()?, text: row.text()? });
            rows::of(&mut answer, 0).iter_mut().map(kept).collect()
        })
    }

    /// As [`Audit::checkpoints`], for every instance that only reads.
    pub fn checkpoints(&self) -> BoxFuture<'_, Result<Vec<Checkpoint>, Fault>> {
        Box::pin(async move {
            let mut answer = self.ask("audit.checkpoints", Vec::new()).await?;
            rows::of(&mut answer, 0).iter_mut().map(checkpoint).collect()
        })
    }
}

fn checkpoint(row: &mut Row) -> Result<Checkpoint, Fault> {
    let text = row.text()?;
    serde_json::from_str(&text).map_err(|error| Fault::new(format!("storage: a checkpoint: {error}")))
}
