//! `ports::Events` over an adapter.

use bytes::Bytes;

use super::rows::Row;
use super::{Adapter, Value, rows};
use crate::ports::sessions::{
    Announced, Event, Page, SHARE_BYTES, SHARE_EVENTS, SHARE_GRACE_MS, SHARES_AT_MOST, StreamId, Unfinished,
};
use crate::ports::{BoxFuture, Events};
use crate::reject::Fault;

/// Events that are kept.
const KEPT: u64 = 100_000;
/// Bytes of messages that are kept.
const KEPT_BYTES: u64 = 256 << 20;
/// Bytes of messages after which a page ends.
const PAGE_BYTES: usize = 1 << 20;
/// Events, and finished streams, that one step forgets.
const FORGOTTEN_AT_ONCE: u64 = 2_000;

impl Events for Adapter {
    fn newest(&self) -> BoxFuture<'_, Result<u64, Fault>> {
        Box::pin(async move {
            let mut answer = self.ask("events.newest", Vec::new()).await?;
            rows::only(&mut answer, 0)?.number()
        })
    }

    fn open(&self, session: &str, request: &str) -> BoxFuture<'_, Result<u64, Fault>> {
        let arguments = vec![session.into(), request.into()];
        Box::pin(async move {
            let mut answer = self.ask("events.open", arguments).await?;
            rows::only(&mut answer, 0)?.number()
        })
    }

    fn append(&self, stream: StreamId, said: Vec<Bytes>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(self.tell("events.append", on_stream(stream, said, now_ms)))
    }

    fn finish(&self, stream: StreamId, said: Vec<Bytes>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(self.tell("events.finish", on_stream(stream, said, now_ms)))
    }

    fn announce(&self, said: Vec<Announced>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        let said = said.into_iter().flat_map(|each| [Value::from(each.uri), each.message.into()]);
        let arguments = std::iter::once(now_ms.into()).chain(said).collect();
        Box::pin(self.tell("events.announce", arguments))
    }

    fn deployed(
        &self,
        bundle_sha256: &str,
        is_change: bool,
        said: Vec<Announced>,
        now_ms: u64,
    ) -> BoxFuture<'_, Result<bool, Fault>> {
        let noted = [bundle_sha256.into(), u64::from(is_change).into(), now_ms.into()];
        let said = said.into_iter().flat_map(|each| [Value::from(each.uri), each.message.into()]);
        let arguments = noted.into_iter().chain(said).collect();
        Box::pin(async move {
            let mut answer = self.ask("events.deployed", arguments).await?;
            rows::only(&mut answer, 0)?.flag()
        })
    }

    fn after(
        &self,
        stream: StreamId,
        position: u64,
        max: usize,
    ) -> BoxFuture<'_, Result<Option<Page>, Fault>> {
        Box::pin(async move {
            match stream.call {
                Some(call) => self.of_call(stream.session, call, position, max).await,
                None => self.of_session(stream.session, position, max).await,
            }
        })
    }

    fn unfinished(&self, of: Option<&str>, max: usize) -> BoxFuture<'_, Result<Vec<Unfinished>, Fault>> {
        let arguments = vec![max.into(), of.map(str::to_owned).into()];
        Box::pin(async move {
            let mut answer = self.ask("events.unfinished", arguments).await?;
            let unfinished = |row: &mut Row| {
                let call = Some(row.number()?);
                Ok(Unfinished { stream: StreamId { session: row.text()?, call }, request: row.text()? })
            };
            rows::of(&mut answer, 0).iter_mut().map(unfinished).collect()
        })
    }

    fn forget(&self, before_ms: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        let limits = [KEPT, KEPT_BYTES, FORGOTTEN_AT_ONCE].map(Value::from);
        let arguments = std::iter::once(before_ms.into()).chain(limits).collect();
        Box::pin(async move {
            let mut answer = self.ask("events.forget", arguments).await?;
            rows::only(&mut answer, 4)?.flag()
        })
    }
}

impl Adapter {
    async fn of_call(
        &self,
        session: String,
        call: u64,
        position: u64,
        max: usize,
    ) -> Result<Option<Page>, Fault> {
        let arguments = vec![session.into(), call.into(), position.into(), max.into(), PAGE_BYTES.into()];
        let mut answer = self.ask("events.of-call", arguments).await?;
        let Some(mut stream) = rows::first(&mut answer, 0) else { return Ok(None) };
        let is_finished = stream.flag()?;
        let (events, has_more) = page(rows::of(&mut answer, 1), max)?;
        let read_to = events.last().map_or(position, |event| event.position);
        Ok(Some(Page { events, read_to, has_more, is_finished: is_finished && !has_more, has_gap: false }))
    }

    async fn of_session(&self, session: String, position: u64, max: usize) -> Result<Option<Page>, Fault> {
        let arguments = vec![session.into(), position.into(), max.into(), PAGE_BYTES.into()];
        let mut answer = self.ask("events.of-session", arguments).await?;
        let Some(mut log) = rows::first(&mut answer, 0) else { return Ok(None) };
        let (forgotten, newest) = (log.number()?, log.number()?);
        let (events, has_more) = page(rows::of(&mut answer, 1), max)?;
        let read_to = match events.last() {
            Some(event) if has_more => event.position,
            _ => newest.max(position),
        };
        Ok(Some(Page { events, read_to, has_more, is_finished: false, has_gap: position < forgotten }))
    }
}

/// session, call or null, time, a share in events and bytes, how many shares at most, what is not young, messages …
fn on_stream(stream: StreamId, said: Vec<Bytes>, now_ms: u64) -> Vec<Value> {
    let target = [stream.session.into(), stream.call.into(), now_ms.into()];
    let share = [SHARE_EVENTS, SHARE_BYTES, SHARES_AT_MOST, now_ms.saturating_sub(SHARE_GRACE_MS)];
    let target = target.into_iter().chain(share.map(Value::from));
    target.chain(said.into_iter().map(Value::from)).collect()
}

/// Events, and whether there may be more: the page was full.
fn page(rows: Vec<Row>, max: usize) -> Result<(Vec<Event>, bool), Fault> {
    let event = |mut row: Row| Ok(Event { position: row.number()?, message: row.bytes()? });
    let events = rows.into_iter().map(event).collect::<Result<Vec<Event>, Fault>>()?;
    let bytes: usize = events.iter().map(|event| event.message.len()).sum();
    let is_full = events.len() == max || bytes >= PAGE_BYTES;
    Ok((events, is_full))
}
