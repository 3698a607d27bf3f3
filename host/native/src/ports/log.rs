//! Faults and pushes as log lines and figures. Never writes to standard output, which belongs to the protocol.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use frontmcp_core::Fault;
use frontmcp_core::ports::{Log, Pushed};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// What the server counts, in the OpenMetrics text format.
pub struct Figures {
    registry: Registry,
    faults: Counter,
    resyncs: Family<Outcome, Counter>,
    resync_time: Histogram,
    seq: Gauge<u64, AtomicU64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

impl Default for Figures {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("frontmcp");
        let (faults, resyncs, seq) = (Counter::default(), Family::default(), Gauge::default());
        let resync_time = Histogram::new(exponential_buckets(0.001, 2.0, 14));
        registry.register("faults", "Faults of the server itself", faults.clone());
        registry.register("resyncs", "Answered pushes, by outcome", resyncs.clone());
        registry.register_with_unit(
            "resync_duration",
            "Time from a push's last byte to its answer",
            Unit::Seconds,
            resync_time.clone(),
        );
        registry.register("bundle_seq", "Place in the order of bundles of the last one applied", seq.clone());
        Self { registry, faults, resyncs, resync_time, seq }
    }
}

impl Figures {
    /// The whole page.
    pub fn page(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a string never fails");
        text
    }
}

/// Log lines through `tracing`, counts in [`Figures`].
pub struct TracingLog {
    figures: Arc<Figures>,
}

impl TracingLog {
    /// A log that counts there.
    pub fn new(figures: Arc<Figures>) -> Self {
        Self { figures }
    }
}

impl Log for TracingLog {
    fn fault(&self, fault: &Fault) {
        self.figures.faults.inc();
        tracing::error!(id = %fault.id, "{}", fault.detail);
    }

    fn pushed(&self, push: &Pushed<'_>) {
        let Pushed { outcome, message, bundle_sha256, seq, us } = *push;
        self.figures.resyncs.get_or_create(&Outcome { outcome }).inc();
        self.figures.resync_time.observe(std::time::Duration::from_micros(us).as_secs_f64());
        let bundle = bundle_sha256.unwrap_or("unsigned");
        let ms = us / 1000;
        match (outcome, seq) {
            ("applied", Some(seq)) => {
                self.figures.seq.set(seq);
                tracing::info!(bundle, seq, ms, "applied a bundle");
            }
            ("noop", _) => tracing::info!(bundle, ms, "the pushed bundle was live already"),
            _ => tracing::warn!(bundle, ms, outcome, "refused a push: {message}"),
        }
    }
}
