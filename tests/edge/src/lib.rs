//! The whole host linked as the edge would, with a shell that offers nothing. CI builds it for
//! `wasm32-unknown-unknown` and requires that it imports nothing; it is never run.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use bytes::Bytes;
use frontmcp_core::ports::{
    BoxFuture, Clock, Entropy, Fetch, FetchError, Inbound, Log, Outbound, Sandbox, SandboxError, Script,
    Secrets,
};
use frontmcp_core::registry::apply::{Deployment, apply};
use frontmcp_core::{Fault, Host, Ports, Settings};
use http::Request;

/// Keeps the host's entry points alive in the linked module; the caller decides what flows in.
#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "an exported name is what keeps the code in the module")]
pub extern "C" fn edge(deployment: Box<Deployment>, request: Box<Request<Bytes>>) -> bool {
    let nothing = Arc::new(Nothing);
    let host = Arc::new(Host::new(
        Ports {
            clock: nothing.clone(),
            entropy: nothing.clone(),
            fetch: nothing.clone(),
            sandbox: nothing.clone(),
            secrets: nothing.clone(),
            log: nothing,
            storage: None,
            sessions: None,
            peers: None,
        },
        Settings::default(),
    ));
    let (snapshot, _findings) = apply(*deployment);
    snapshot.into_iter().for_each(|snapshot| host.publish(snapshot));
    let answer = pin!(host.handle(*request));
    answer.poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// The seed of hash tables, which a real shell draws from its platform.
#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "getrandom's contract for a backend of one's own")]
unsafe extern "Rust" fn __getrandom_v03_custom(
    _destination: *mut u8,
    _length: usize,
) -> Result<(), getrandom::Error> {
    Err(getrandom::Error::UNSUPPORTED)
}

/// A shell without a world around it.
struct Nothing;

impl Clock for Nothing {
    fn now_ms(&self) -> u64 {
        0
    }
    fn monotonic_us(&self) -> u64 {
        0
    }
    fn sleep(&self, _ms: u64) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

impl Entropy for Nothing {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

impl Fetch for Nothing {
    fn fetch(&self, _request: Outbound) -> BoxFuture<'_, Result<Inbound, FetchError>> {
        Box::pin(async { Err(FetchError::ForbiddenAddress(IpAddr::from([0, 0, 0, 0]))) })
    }
}

impl Sandbox for Nothing {
    fn open(&self) -> Result<Box<dyn Script>, SandboxError> {
        Err(SandboxError::Busy)
    }
}

impl Secrets for Nothing {
    fn get(&self, _name: &str) -> Option<String> {
        None
    }
}

impl Log for Nothing {
    fn fault(&self, _fault: &Fault) {}
}
