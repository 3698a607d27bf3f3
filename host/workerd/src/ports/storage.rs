//! Storage by the adapter component, transpiled, over the platform's bindings; and the audit log, which one object writes
//! for all. Decides nothing about what is where.

use std::sync::Arc;

use frontmcp_core::Fault;
use frontmcp_core::adapter::{
    Adapter, AuditLog, Bindings, Op, Outcome, Planner, Request, SeedSigner, Step, Value,
};
use frontmcp_core::ports::audit::{Checkpoint, Entry, Head, Kept};
use frontmcp_core::ports::{Audit, BoxFuture, Tasks};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::{Shared, fault, here};
use crate::platform::{Platform, words};

/// Good bundles that are kept.
const HISTORY: usize = 5;
/// Records of the audit log that are kept, at least.
const AUDIT_KEPT: u64 = 1_000_000;

/// The storage ports.
pub(super) fn adapter(platform: &Shared) -> Arc<Adapter> {
    let component = Arc::new(Component(platform.clone()));
    Arc::new(Adapter::new(component.clone(), component, HISTORY))
}

/// The adapter component and the bindings it plans for.
struct Component(Shared);

impl Planner for Component {
    fn begin(&self, request: Request) -> Result<Step, Fault> {
        let plan = self.0.adapter().map_err(|thrown| fault("the adapter", &thrown))?;
        step(plan.begin(to_js(&request)?))
    }

    fn resume(&self, state: Vec<Value>, outcomes: Vec<Outcome>) -> Result<Step, Fault> {
        let plan = self.0.adapter().map_err(|thrown| fault("the adapter", &thrown))?;
        step(plan.resume(to_js(&state)?, to_js(&outcomes)?))
    }
}

fn step(step: Result<JsValue, JsValue>) -> Result<Step, Fault> {
    let step = step.map_err(|thrown| fault("the adapter trapped", &thrown))?;
    serde_wasm_bindgen::from_value(step)
        .map_err(|error| Fault::new(format!("the adapter answered something else: {error}")))
}

impl Bindings for Component {
    fn perform(&self, ops: Vec<Op>) -> BoxFuture<'_, Vec<Outcome>> {
        here(async move {
            let count = ops.len();
            match perform(&self.0, &ops).await {
                Ok(outcomes) => outcomes,
                Err(reason) => vec![Outcome::Failed(reason); count],
            }
        })
    }
}

async fn perform(platform: &Platform, ops: &[Op]) -> Result<Vec<Outcome>, String> {
    let ops = to_js(&ops).map_err(|fault| fault.detail)?;
    let outcomes = platform.perform(ops).await.map_err(|thrown| words(&thrown))?;
    serde_wasm_bindgen::from_value(outcomes).map_err(|error| error.to_string())
}

/// Numbers of 64 bits are BigInts for transpiled components.
fn to_js(value: &impl Serialize) -> Result<JsValue, Fault> {
    value
        .serialize(&Serializer::new().serialize_large_number_types_as_bigints(true))
        .map_err(|error| Fault::new(format!("handing something over to the adapter: {error}")))
}

/// What other objects ask of the one that writes the audit log.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Order {
    Append(Vec<Entry>),
    Checkpoint(u64),
    Prune { keep: u64, now_ms: u64 },
}

/// The audit log, where it is written.
pub(crate) struct Ledger(Arc<AuditLog>);

/// The audit log of this object, which is the one that writes it.
pub(super) fn ledger(
    platform: &Shared,
    adapter: &Arc<Adapter>,
    tasks: Arc<dyn Tasks>,
) -> Result<Ledger, Fault> {
    let seed = platform.signing_key().and_then(|seed| <[u8; 32]>::try_from(seed).ok());
    let seed = seed.ok_or_else(|| Fault::new("the key that signs the audit log is missing"))?;
    let log = Arc::new(AuditLog::new(adapter.clone(), tasks, SeedSigner::new(&seed), AUDIT_KEPT));
    adapter.record_in(&log);
    Ok(Ledger(log))
}

impl Ledger {
    /// Does what another object asks, and answers in JSON.
    pub(crate) async fn serve(&self, order: &str) -> Result<String, Fault> {
        let order = serde_json::from_str(order).map_err(|error| Fault::new(format!("an order: {error}")))?;
        match order {
            Order::Append(entries) => json(&self.0.append(entries).await?),
            Order::Checkpoint(now_ms) => json(&self.0.checkpoint(now_ms).await?),
            Order::Prune { keep, now_ms } => json(&self.0.prune(keep, now_ms).await?),
        }
    }

    /// Signs where the log ends.
    pub(crate) async fn checkpoint(&self, now_ms: u64) -> Result<(), Fault> {
        self.0.checkpoint(now_ms).await.map(drop)
    }

    /// What checkpoints are verified with.
    pub(crate) fn public_jwk(&self) -> String {
        self.0.public_jwk()
    }
}

fn json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::new(error.to_string()))
}

/// The audit log as this object has it: its own, or that of the object that writes it.
pub(super) fn audit(platform: &Shared, adapter: &Arc<Adapter>, ledger: Option<&Ledger>) -> Arc<dyn Audit> {
    match ledger {
        Some(Ledger(log)) => log.clone(),
        None => Arc::new(Elsewhere { platform: platform.clone(), adapter: adapter.clone() }),
    }
}

/// Reads here, and has another object write.
struct Elsewhere {
    platform: Shared,
    adapter: Arc<Adapter>,
}

impl Elsewhere {
    async fn order<T: DeserializeOwned>(&self, order: Order) -> Result<T, Fault> {
        let answer = self.platform.audit(&json(&order)?).await;
        let answer = answer.map_err(|thrown| fault("the audit log", &thrown))?;
        let answer = answer.as_string().unwrap_or_default();
        serde_json::from_str(&answer).map_err(|error| Fault::new(format!("the audit log answered: {error}")))
    }
}

impl Audit for Elsewhere {
    fn append(&self, entries: Vec<Entry>) -> BoxFuture<'_, Result<Head, Fault>> {
        // Asked for at once: nobody has to wait for the answer.
        let (done, answered) = futures_channel::oneshot::channel();
        let this = Self { platform: self.platform.clone(), adapter: self.adapter.clone() };
        super::system::System(self.platform.clone()).spawn(here(async move {
            // Whoever asked may have gone.
            let _ = done.send(this.order(Order::Append(entries)).await);
        }));
        here(
            async move { answered.await.unwrap_or_else(|_| Err(Fault::new("the audit log is out of reach"))) },
        )
    }

    fn records(&self, from: u64, limit: usize) -> BoxFuture<'_, Result<Vec<Kept>, Fault>> {
        self.adapter.records(from, limit)
    }

    fn head(&self) -> BoxFuture<'_, Result<Head, Fault>> {
        self.adapter.head()
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Vec<Checkpoint>, Fault>> {
        self.adapter.checkpoints()
    }

    fn checkpoint(&self, now_ms: u64) -> BoxFuture<'_, Result<Option<Checkpoint>, Fault>> {
        here(self.order(Order::Checkpoint(now_ms)))
    }

    fn prune(&self, keep: u64, now_ms: u64) -> BoxFuture<'_, Result<Option<u64>, Fault>> {
        here(self.order(Order::Prune { keep, now_ms }))
    }
}
