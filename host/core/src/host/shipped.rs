//! A host of many instances: one accepts bundles, the others read what it has accepted. Also the bundle that was shipped
//! with the program itself. Never serves a bundle whose signature nobody verified.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::bundle::envelope::{self, Envelope};
use crate::bundle::open;
use crate::bundle::packing::{self, Coding};
use crate::flow::restore;
use crate::flow::resync::trust::Trust;
use crate::flow::resync::{self, load_blobs};
use crate::host::live::Live;
use crate::host::{Host, deploy};
use crate::ports::Storage;
use crate::ports::bundles::Packed;
use crate::registry::snapshot::Snapshot;
use crate::reject::Fault;

/// What an instance serves, for another one in the same process to serve too.
#[derive(Clone)]
pub struct Published(Arc<Live>);

impl std::fmt::Debug for Published {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Published").field(&self.bundle_sha256()).finish()
    }
}

impl Published {
    /// The digest of its bundle.
    pub fn bundle_sha256(&self) -> &str {
        self.0.bundle_sha256()
    }
}

/// The bundle that is live where bundles are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// Its digest.
    pub bundle_sha256: String,
    /// Its envelope; `None` if it is the one that was shipped, which every instance has.
    pub envelope: Option<Packed>,
}

impl Host {
    /// What is live, if anything is.
    pub fn published(&self) -> Option<Published> {
        self.live().map(Published)
    }

    /// Serves what another instance published. Nobody is told: who published it did.
    pub fn adopt(&self, published: &Published) {
        self.live.store(Some(published.0.clone()));
    }

    /// Puts live the newest of the bundle that was shipped with the program and those that were pushed since. One that
    /// was pushed for another structure than the shipped one is passed over: who ships other bindings means them.
    ///
    /// Answers why newer ones than the live one are passed over, each in a sentence.
    ///
    /// # Errors
    /// Storage is broken, or the shipped bundle cannot be served; the text says what to do.
    pub async fn boot(self: &Arc<Self>, shipped: &Packed) -> Result<Vec<String>, Fault> {
        let Some(storage) = self.resources.ports.storage.clone() else {
            return Err(Fault::new("a shipped bundle needs storage to be kept in"));
        };
        let (envelope, snapshot) = self.read_shipped(shipped, Some(&storage)).await?;
        let mut skipped = Vec::new();
        let standing = storage.bundles.standing(&envelope.header.jti).await?;
        if envelope.header.seq > standing.high_water && standing.seen.is_none() {
            match deploy::install(self, &storage, envelope.clone(), shipped.clone()).await? {
                Ok(()) => return Ok(skipped),
                Err(reason) => skipped.push(format!("the shipped bundle was not taken over: {reason}")),
            }
        } else {
            skipped = self.restore(snapshot.manifest.as_deref()).await?.skipped;
        }
        if self.live().is_none() {
            self.swap(Live::of_bundle(snapshot, &envelope.payload_sha256, self.settings())).await;
        }
        Ok(skipped)
    }

    /// The bundle shipped with the program, as another instance would serve it that has no storage at hand.
    ///
    /// # Errors
    /// It cannot be served; the text says what to do.
    pub async fn open_shipped(&self, shipped: &Packed) -> Result<Published, Fault> {
        self.open_fallback(shipped, None).await.map(|(published, _)| published)
    }

    /// What an instance serves that can ask nobody: a copy of the newest bundle if it is newer than the one shipped with
    /// the program, signed by whom that one's manifest trusts, and made for the same structure; else the shipped one.
    /// Also why a newer copy is passed over.
    ///
    /// # Errors
    /// Neither can be served; the text says what to do.
    pub async fn open_fallback(
        &self,
        shipped: &Packed,
        copy: Option<&Packed>,
    ) -> Result<(Published, Option<String>), Fault> {
        let storage = self.resources.ports.storage.clone();
        let (envelope, snapshot) = self.read_shipped(shipped, storage.as_ref()).await?;
        let mut passed_over = None;
        if let Some(copy) = copy {
            match self.read_copy(copy, envelope.header.seq, &snapshot, storage.as_ref()).await? {
                Ok(Some(live)) => return Ok((Published(Arc::new(live)), None)),
                Ok(None) => {}
                Err(reason) => {
                    passed_over = Some(format!("the copy of the newest bundle is passed over: {reason}"));
                }
            }
        }
        let live = Live::of_bundle(snapshot, &envelope.payload_sha256, self.settings());
        Ok((Published(Arc::new(live)), passed_over))
    }

    /// Nothing if it is not newer than the shipped one.
    async fn read_copy(
        &self,
        copy: &Packed,
        shipped_seq: u64,
        shipped: &Snapshot,
        storage: Option<&Storage>,
    ) -> Result<Result<Option<Live>, String>, Fault> {
        let verified = || {
            let coding = Coding::parse(Some(&copy.encoding)).ok_or("it is packed in an unknown way")?;
            let text = packing::unpack(coding, &copy.bytes, self.settings().resync.max_bytes);
            let text = text.map_err(|_| "it does not unpack")?;
            let unverified = envelope::parse(&text).map_err(|error| format!("it is damaged: {error}"))?;
            if unverified.header().seq <= shipped_seq {
                return Ok(None);
            }
            let trust = Trust::new(&self.resources, shipped.manifest.as_deref());
            let key = trust.key(&unverified.header().kid).map_err(|reason| reason.to_string())?;
            unverified.verify(&key).map(Some).map_err(|refused| refused.to_string())
        };
        let sha256 = match verified() {
            Ok(Some(envelope)) => envelope.payload_sha256,
            Ok(None) => return Ok(Ok(None)),
            Err(reason) => return Ok(Err(reason)),
        };
        let opened = restore::open_packed(&self.resources, storage, copy, &sha256).await?;
        let manifest = shipped.manifest.as_deref();
        let snapshot = opened.and_then(|snapshot| restore::servable(&self.resources, snapshot, manifest));
        Ok(snapshot.map(|snapshot| Some(Live::of_bundle(snapshot, &sha256, self.settings()))))
    }

    /// A bundle that was accepted elsewhere.
    ///
    /// # Errors
    /// Storage is broken, or the bundle is damaged.
    pub async fn open_accepted(&self, packed: &Packed, bundle_sha256: &str) -> Result<Published, Fault> {
        let storage = self.resources.ports.storage.as_ref();
        let opened = restore::open_packed(&self.resources, storage, packed, bundle_sha256).await?;
        let snapshot = opened.map_err(|reason| Fault::new(format!("bundle {bundle_sha256}: {reason}")))?;
        Ok(Published(Arc::new(Live::of_bundle(snapshot, bundle_sha256, self.settings()))))
    }

    /// What other instances should serve.
    ///
    /// # Errors
    /// Storage is broken.
    pub async fn current(&self) -> Result<Option<Current>, Fault> {
        let (Some(live), Some(storage)) = (self.live(), &self.resources.ports.storage) else {
            return Ok(None);
        };
        let bundle_sha256 = live.bundle_sha256().to_owned();
        let kept = storage.bundles.history().await?.into_iter();
        let kept = kept.into_iter().find(|good| good.bundle_sha256 == bundle_sha256);
        let envelope = match kept {
            Some(good) => storage.bundles.envelope(good.id).await?,
            None => None,
        };
        Ok(Some(Current { bundle_sha256, envelope }))
    }

    /// Its own manifest says whose signature it must have; the keys come from the secrets that are bound here.
    async fn read_shipped(
        &self,
        shipped: &Packed,
        storage: Option<&Storage>,
    ) -> Result<(Envelope, Snapshot), Fault> {
        let unusable =
            |reason: String| Fault::new(format!("the shipped bundle {reason}; build the Worker again"));
        let limit = self.settings().resync.max_bytes;
        let coding = Coding::parse(Some(&shipped.encoding))
            .ok_or_else(|| unusable("is packed in an unknown way".to_owned()))?;
        let text = packing::unpack(coding, &shipped.bytes, limit)
            .map_err(|_| unusable("does not unpack".to_owned()))?;
        let unverified = envelope::parse(&text).map_err(|error| unusable(format!("is damaged: {error}")))?;
        let bundle = open::read(unverified.unverified_payload())
            .map_err(|findings| unusable(format!("is none: {}", restore::words(&findings))))?;
        let blobs = self.shipped_blobs(&bundle.blobs(), storage).await?;
        let (snapshot, _) = resync::assemble(bundle, &blobs, None)
            .map_err(|findings| unusable(format!("cannot be served: {}", restore::words(&findings))))?;
        let trust = Trust::new(&self.resources, snapshot.manifest.as_deref());
        let key = trust.key(&unverified.header().kid).map_err(|reason| {
            Fault::new(format!("the shipped bundle cannot be verified: {reason}; bind it and try again"))
        })?;
        let envelope =
            unverified.verify(&key).map_err(|refused| unusable(format!("is not trusted: {refused}")))?;
        Ok((envelope, snapshot))
    }

    async fn shipped_blobs(
        &self,
        names: &[String],
        storage: Option<&Storage>,
    ) -> Result<BTreeMap<String, Bytes>, Fault> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let Some(storage) = storage else {
            return Err(Fault::new(
                "the shipped bundle has large artifacts, and there is no storage to have them from",
            ));
        };
        load_blobs(storage, names).await?.map_err(|missing| {
            let names = missing.join(", ");
            Fault::new(format!("artifacts of the shipped bundle were not uploaded: {names}"))
        })
    }
}
