//! Repeats an action and sorts its durations. Knows nothing of what it measures.

use std::time::Instant;

/// Durations in microseconds, sorted.
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn new(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The value below which this share of all lies.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        self.0.get((last as f64 * share) as usize).copied().unwrap_or(f64::NAN)
    }

    /// The durations themselves.
    pub(crate) fn into_values(self) -> Vec<f64> {
        self.0
    }

    pub(crate) fn p50(&self) -> f64 {
        self.quantile(0.5)
    }

    pub(crate) fn p99(&self) -> f64 {
        self.quantile(0.99)
    }
}

/// Runs the action a tenth as often to warm up, then `times` times.
pub(crate) fn measure(times: usize, mut action: impl FnMut()) -> Samples {
    for _ in 0..times / 10 {
        action();
    }
    let mut values = Vec::with_capacity(times);
    for _ in 0..times {
        let began = Instant::now();
        action();
        values.push(began.elapsed().as_secs_f64() * 1e6);
    }
    Samples::new(values)
}
