//! The script's clock: what the host said last. It never moves by itself.

use std::cell::Cell;

thread_local! {
    static NOW_US: Cell<f64> = const { Cell::new(0.0) };
}

/// Sets the time, in milliseconds since the Unix epoch.
pub(crate) fn set(now_ms: u64) {
    NOW_US.set(now_ms as f64 * 1000.0);
}

/// What QuickJS asks for the time. Defined here, it is no import.
#[unsafe(no_mangle)]
extern "C" fn __rquickjs_host_now_us() -> f64 {
    NOW_US.get()
}
