//! The reference deployment on a host that accepts bundles, with a clock that stands still and a signer it trusts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use ed25519_dalek::{Signer as _, SigningKey};
use frontmcp_core::bundle::canonical;
use frontmcp_core::bundle::envelope::{Header, assemble, signing_input};
use frontmcp_core::bundle::keys::{Algorithm, PublicKey};
use frontmcp_core::manifest::Manifest;
use frontmcp_core::ports::{BoxFuture, Clock, Log, Ports, Pushed, Secrets, SessionPorts, Storage};
use frontmcp_core::transport::Body;
use frontmcp_core::{Fault, Host, Settings, Snapshot};
use frontmcp_host::ports::entropy::SystemEntropy;
use frontmcp_host::ports::fetch::HttpFetch;
use http::{Method, Request};
use serde_json::Value;

use crate::sandbox;
use crate::world::{DevelopmentSecrets, Recorder, reference_snapshot};

/// Where the upstream would be.
const NOWHERE: &str = "127.0.0.1:9";
/// The kid that the reference deployment trusts.
const KID: &str = "acme-shop-2026";
const KEY_SECRET: &str = "BUNDLE_PUBLIC_KEY";

/// Somebody with an Ed25519 key.
pub struct Signer {
    /// The key's id.
    pub kid: String,
    key: SigningKey,
}

impl Signer {
    /// The signer whose key is made from `seed`, under the id that the reference deployment trusts.
    pub fn new(seed: u8) -> Self {
        Self { kid: KID.to_owned(), key: SigningKey::from_bytes(&[seed; 32]) }
    }

    /// The public key as PEM.
    pub fn public_pem(&self) -> String {
        PublicKey::from_ed25519(self.key.verifying_key().as_bytes()).expect("a good key").to_pem()
    }

    /// What an honest signer says about the `n`th bundle at `now_ms`.
    pub fn header(&self, n: u64, now_ms: u64) -> Header {
        Header {
            algorithm: Algorithm::EdDsa,
            kid: self.kid.clone(),
            iat: now_ms / 1000,
            jti: format!("nonce-number-{n:016}"),
            seq: n,
            rollback: false,
            exp: None,
        }
    }

    /// Signs a payload.
    pub fn sign(&self, header: &Header, payload: &[u8]) -> Vec<u8> {
        let input = signing_input(header, payload);
        assemble(&input, &self.key.sign(input.as_bytes()).to_bytes())
    }

    /// Signs any text, as a dishonest signer would.
    pub fn sign_raw(&self, input: &str) -> Vec<u8> {
        assemble(input, &self.key.sign(input.as_bytes()).to_bytes())
    }
}

/// A clock that goes on only when it is told to.
pub struct TestClock(AtomicU64);

impl TestClock {
    /// Lets `ms` milliseconds pass.
    pub fn pass(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
    fn monotonic_us(&self) -> u64 {
        self.now_ms() * 1000
    }
    fn sleep(&self, _: u64) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

/// A host with storage behind it.
pub struct Deployed {
    /// The host.
    pub host: Arc<Host>,
    /// Its clock.
    pub clock: Arc<TestClock>,
    /// Whom it trusts.
    pub signer: Signer,
    log: Arc<Outcomes>,
}

impl Deployed {
    /// The reference deployment, live, on this storage.
    pub fn new(storage: Storage) -> Self {
        let deployed = Self::waiting(storage);
        deployed.publish();
        deployed
    }

    /// The same with nothing live yet.
    pub fn waiting(storage: Storage) -> Self {
        Self::over(storage, None)
    }

    /// Puts the reference deployment live, as it lies in its files.
    pub fn publish(&self) {
        self.host.publish(reference_snapshot(NOWHERE));
    }

    /// A host with nothing live yet that may keep sessions.
    pub fn over(storage: Storage, sessions: Option<SessionPorts>) -> Self {
        let signer = Signer::new(1);
        let clock = Arc::new(TestClock(AtomicU64::new(1_790_000_000_000)));
        let log = Arc::new(Outcomes::default());
        let secrets = BoundSecrets(BTreeMap::from([(KEY_SECRET.to_owned(), signer.public_pem())]));
        let ports = Ports {
            clock: clock.clone(),
            entropy: Arc::new(SystemEntropy),
            fetch: Arc::new(HttpFetch::new().expect("an HTTP client")),
            sandbox: sandbox(),
            secrets: Arc::new(secrets),
            log: log.clone(),
            storage: Some(storage),
            sessions,
            peers: None,
        };
        Self { host: Arc::new(Host::new(ports, Settings::default())), clock, signer, log }
    }

    /// The payload of the reference deployment's bundle, changed.
    pub fn payload(change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut bundle = Self::bundle_at(NOWHERE);
        change(&mut bundle);
        payload(&bundle)
    }

    /// The bundle of the reference deployment in front of an upstream at this address.
    pub fn bundle_at(address: &str) -> Value {
        bundle_of(&reference_snapshot(address))
    }

    /// The manifest of the reference deployment.
    pub fn manifest() -> Manifest {
        let manifest = reference_snapshot(NOWHERE).manifest.expect("it was applied");
        Arc::unwrap_or_clone(manifest)
    }

    /// An honest envelope: the `n`th bundle, signed now.
    pub fn envelope(&self, n: u64, payload: &[u8]) -> Vec<u8> {
        self.signer.sign(&self.signer.header(n, self.clock.now_ms()), payload)
    }

    /// Pushes bytes; answers status and document.
    pub async fn push(&self, body: impl Into<Bytes>) -> (u16, Value) {
        self.send(Method::POST, "/_frontmcp/resync", &[], body).await
    }

    /// Sends any request as a shell would.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).expect("a plain request").into_parts();
        let response = match self.host.admit(&head).await {
            Ok(_admission) => self.host.handle(Request::from_parts(head, body.into())).await,
            Err(refusal) => refusal,
        };
        let status = response.status().as_u16();
        match response.into_body() {
            Body::Full(bytes) => (status, serde_json::from_slice(&bytes).expect("JSON")),
            Body::Stream(_) => panic!("a push is answered with a document"),
        }
    }

    /// The outcomes that were counted since the last time.
    pub fn outcomes(&self) -> Vec<String> {
        self.log.outcomes.take()
    }

    /// The host's own faults since the last time.
    pub fn faults(&self) -> Vec<Fault> {
        self.log.faults.take()
    }
}

/// The bundle that a snapshot would be built into.
fn bundle_of(snapshot: &Snapshot) -> Value {
    let built = snapshot.bundle().expect("it was applied");
    serde_json::to_value(&built.bundle).expect("plain JSON")
}

/// The payload of a bundle.
pub fn payload(bundle: &Value) -> Vec<u8> {
    canonical::to_vec(bundle).expect("JSON that can be written")
}

struct BoundSecrets(BTreeMap<String, String>);

impl Secrets for BoundSecrets {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned().or_else(|| DevelopmentSecrets.get(name))
    }
}

#[derive(Default)]
struct Outcomes {
    outcomes: Recorder<String>,
    faults: Recorder<Fault>,
}

impl Log for Outcomes {
    fn fault(&self, fault: &Fault) {
        self.faults.record(fault.clone());
    }
    fn pushed(&self, push: &Pushed<'_>) {
        self.outcomes.record(push.outcome.to_owned());
    }
}
