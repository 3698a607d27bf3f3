//! The newest good bundle that can still be served, after a restart. Never writes, and never gives one up for good.

use std::collections::BTreeMap;

use crate::bundle::envelope;
use crate::bundle::open;
use crate::bundle::packing::{self, Coding};
use crate::findings::{Finding, Severity};
use crate::flow::Resources;
use crate::flow::resync::{assemble, load_blobs, unmet};
use crate::manifest::Manifest;
use crate::ports::Storage;
use crate::ports::bundles::{GoodBundle, Packed};
use crate::registry::diff;
use crate::registry::snapshot::Snapshot;
use crate::reject::Fault;

/// What a look through the history came to.
pub(crate) struct Restored {
    /// The newest that can be served.
    pub(crate) newest: Option<(Snapshot, GoodBundle)>,
    /// Why newer ones cannot, newest first.
    pub(crate) skipped: Vec<(GoodBundle, String)>,
}

/// Looks through the good bundles, newest first. One that was made for another structure than `deployed`, the manifest
/// that the server itself was started with, is passed over: who restarts a server with other bindings means them.
pub(crate) async fn restore(
    resources: &Resources,
    storage: &Storage,
    deployed: Option<&Manifest>,
) -> Result<Restored, Fault> {
    let mut skipped = Vec::new();
    for good in storage.bundles.history().await? {
        match load(resources, storage, &good, deployed).await? {
            Ok(snapshot) => return Ok(Restored { newest: Some((snapshot, good)), skipped }),
            Err(reason) => skipped.push((good, reason)),
        }
    }
    Ok(Restored { newest: None, skipped })
}

async fn load(
    resources: &Resources,
    storage: &Storage,
    good: &GoodBundle,
    deployed: Option<&Manifest>,
) -> Result<Result<Snapshot, String>, Fault> {
    let Some(packed) = storage.bundles.envelope(good.id).await? else {
        return Ok(Err("its envelope is gone".to_owned()));
    };
    let opened = open_packed(resources, Some(storage), &packed, &good.bundle_sha256).await?;
    Ok(opened.and_then(|snapshot| servable(resources, snapshot, deployed)))
}

/// The snapshot of an envelope that was verified when it was accepted, or why there is none.
///
/// # Errors
/// Storage is broken.
pub(crate) async fn open_packed(
    resources: &Resources,
    storage: Option<&Storage>,
    packed: &Packed,
    bundle_sha256: &str,
) -> Result<Result<Snapshot, String>, Fault> {
    let limit = resources.settings.resync.max_bytes;
    let read = || {
        let coding = Coding::parse(Some(&packed.encoding)).ok_or("it is packed in an unknown way")?;
        let text = packing::unpack(coding, &packed.bytes, limit).map_err(|_| "it does not unpack")?;
        let envelope = envelope::parse(&text).map_err(|_| "its envelope is damaged")?;
        envelope.stored(bundle_sha256).ok_or("its payload is not the one that was accepted")
    };
    let envelope = match read() {
        Ok(envelope) => envelope,
        Err(reason) => return Ok(Err(reason.to_owned())),
    };
    let bundle = match open::read(&envelope.payload) {
        Ok(bundle) => bundle,
        Err(findings) => return Ok(Err(words(&findings))),
    };
    let blobs = match (bundle.blobs(), storage) {
        (names, _) if names.is_empty() => BTreeMap::new(),
        (names, Some(storage)) => match load_blobs(storage, &names).await? {
            Ok(blobs) => blobs,
            Err(missing) => return Ok(Err(format!("{} of its artifacts are gone", missing.len()))),
        },
        (_, None) => return Ok(Err("it has artifacts that are stored elsewhere".to_owned())),
    };
    Ok(assemble(bundle, &blobs, None).map(|(snapshot, _)| snapshot).map_err(|findings| words(&findings)))
}

/// The snapshot if it was made for the structure of `deployed` and nothing is missing that it needs, or why not.
pub(crate) fn servable(
    resources: &Resources,
    snapshot: Snapshot,
    deployed: Option<&Manifest>,
) -> Result<Snapshot, String> {
    if let (Some(deployed), Some(manifest)) = (deployed, &snapshot.manifest) {
        let structural = diff::structural(deployed, manifest);
        if !structural.is_empty() {
            return Err(format!("the server was started with another {}", structural.join(", ")));
        }
    }
    let unmet = unmet(resources, &snapshot);
    // A trust root that lost its secret keeps new bundles out, not this one.
    let serious: Vec<Finding> = unmet.into_iter().filter(|finding| finding.code != "trust-lockout").collect();
    if serious.is_empty() { Ok(snapshot) } else { Err(words(&serious)) }
}

pub(crate) fn words(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| finding.message.as_str()).collect::<Vec<_>>().join("; ")
}
