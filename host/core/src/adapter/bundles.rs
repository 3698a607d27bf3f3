//! `ports::Bundles` and `ports::Blobs` over an adapter.

use std::sync::Weak;

use bytes::{Bytes, BytesMut};

use super::rows::Row;
use super::{Adapter, Value, rows};
use crate::audit::{genesis, link};
use crate::ports::audit::Entry;
use crate::ports::bundles::{Candidate, GoodBundle, Nonce, Packed, Standing};
use crate::ports::{Blobs, BoxFuture, Bundles};
use crate::reject::Fault;

/// Bytes of one part of an envelope: platforms bound the size of a row.
const PART: usize = 1 << 20;

impl Bundles for Adapter {
    fn standing(&self, nonce: &str) -> BoxFuture<'_, Result<Standing, Fault>> {
        let arguments = vec![nonce.into()];
        Box::pin(async move {
            let mut answer = self.ask("bundles.standing", arguments).await?;
            let high_water = rows::only(&mut answer, 0)?.number()?;
            let seen = rows::first(&mut answer, 1).map(|mut row| {
                Ok::<_, Fault>(Nonce {
                    id: row.text()?,
                    envelope: row.text()?,
                    expires_ms: row.number()?,
                    reserved: row.flag()?,
                })
            });
            Ok(Standing { high_water, seen: seen.transpose()? })
        })
    }

    fn spend(&self, nonce: Nonce, seq: Option<u64>, now_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        let rest = [seq.into(), now_ms.into()];
        Box::pin(self.tell("bundles.spend", values(nonce).into_iter().chain(rest).collect()))
    }

    fn stage(&self, nonce: Nonce, candidate: Candidate) -> BoxFuture<'_, Result<u64, Fault>> {
        let Candidate { bundle_sha256, seq, kid, received_ms, envelope, blobs } = candidate;
        let parts: Vec<Value> = envelope.bytes.chunks(PART).map(|part| Value::Blob(part.to_vec())).collect();
        let mut arguments = values(nonce).to_vec();
        arguments.extend([bundle_sha256.into(), seq.into(), kid.into(), received_ms.into()]);
        arguments.extend([envelope.encoding.into(), parts.len().into()]);
        arguments.extend(parts);
        arguments.extend(blobs.into_iter().map(Value::from));
        Box::pin(async move {
            let mut answer = self.ask("bundles.stage", arguments).await?;
            rows::only(&mut answer, 2)?.number()
        })
    }

    /// The bundle and its record are in two databases, and no transaction spans both. So the record is kept beside the
    /// bundle first, in the promoting transaction, and handed on from there: it may come late, never not at all.
    fn promote(&self, id: u64, entry: Entry) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move {
            let audit = self.audit.get().and_then(Weak::upgrade);
            let audit = audit.ok_or_else(|| Fault::new("storage: bundles are not accepted here"))?;
            // What cannot be written would wait for ever, and everything else behind it.
            link(&genesis(), &entry).map_err(|error| Fault::new(format!("storage: a record: {error}")))?;
            let entry = serde_json::to_string(&entry).map_err(|error| Fault::new(error.to_string()))?;
            self.tell("bundles.promote", vec![id.into(), entry.into(), self.history.into()]).await?;
            // It is done: what fails from here on, and was told by whoever performed it, is made up for later.
            let _ = audit.flush().await;
            Ok(())
        })
    }

    fn history(&self) -> BoxFuture<'_, Result<Vec<GoodBundle>, Fault>> {
        Box::pin(async move {
            let mut answer = self.ask("bundles.history", Vec::new()).await?;
            let good = |row: &mut Row| {
                Ok(GoodBundle {
                    id: row.number()?,
                    bundle_sha256: row.text()?,
                    seq: row.number()?,
                    kid: row.text()?,
                    received_ms: row.number()?,
                })
            };
            rows::of(&mut answer, 0).iter_mut().map(good).collect()
        })
    }

    fn envelope(&self, id: u64) -> BoxFuture<'_, Result<Option<Packed>, Fault>> {
        Box::pin(async move {
            let mut answer = self.ask("bundles.envelope", vec![id.into()]).await?;
            let Some(mut head) = rows::first(&mut answer, 0) else { return Ok(None) };
            let mut bytes = BytesMut::new();
            for mut part in rows::of(&mut answer, 1) {
                bytes.extend_from_slice(&part.bytes()?);
            }
            Ok(Some(Packed { encoding: head.text()?, bytes: bytes.freeze() }))
        })
    }
}

impl Adapter {
    /// Records of promotions that are not in the audit log yet, with what to [clear](Self::clear_outbox).
    pub(super) async fn outbox(&self) -> Result<Option<(u64, Vec<Entry>)>, Fault> {
        let mut answer = self.ask("outbox.read", Vec::new()).await?;
        let mut last = None;
        let mut entries = Vec::new();
        for mut row in rows::of(&mut answer, 0) {
            last = Some(row.number()?);
            let entry = serde_json::from_str(&row.text()?);
            entries.push(entry.map_err(|error| Fault::new(format!("storage: outbox: {error}")))?);
        }
        Ok(last.map(|last| (last, entries)))
    }

    pub(super) async fn clear_outbox(&self, through: u64) -> Result<(), Fault> {
        self.tell("outbox.clear", vec![through.into()]).await
    }
}

impl Blobs for Adapter {
    fn missing(&self, sha256s: Vec<String>) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        self.texts("blobs.missing", sha256s.into_iter().map(Value::from).collect())
    }

    fn expect(&self, sha256s: Vec<String>, expires_ms: u64) -> BoxFuture<'_, Result<(), Fault>> {
        let arguments = std::iter::once(expires_ms.into()).chain(sha256s.into_iter().map(Value::from));
        Box::pin(self.tell("blobs.expect", arguments.collect()))
    }

    fn is_expected(&self, sha256: &str, now_ms: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        let arguments = vec![sha256.into(), now_ms.into()];
        Box::pin(async move {
            let mut answer = self.ask("blobs.is-expected", arguments).await?;
            rows::only(&mut answer, 0)?.flag()
        })
    }

    fn put(&self, sha256: &str, bytes: Bytes) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(self.tell("blobs.put", vec![sha256.into(), bytes.into()]))
    }

    fn get(&self, sha256: &str) -> BoxFuture<'_, Result<Option<Bytes>, Fault>> {
        let arguments = vec![sha256.into()];
        Box::pin(async move {
            let mut answer = self.ask("blobs.get", arguments).await?;
            rows::first(&mut answer, 0).map(|mut row| row.bytes()).transpose()
        })
    }
}

/// id, envelope, expiry, reserved
fn values(nonce: Nonce) -> [Value; 4] {
    [nonce.id.into(), nonce.envelope.into(), nonce.expires_ms.into(), nonce.reserved.into()]
}
