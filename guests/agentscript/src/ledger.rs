//! The running script's accounts: calls, events, steps, and the verdict that ends it.
//!
//! Kept in Rust, out of the script's reach: whatever a script does to its realm, the limits hold.

use std::cell::RefCell;
use std::mem;

use crate::globals::Globals;
use crate::wit::{Call, Error, ErrorKind, Event, EventKind, Limits};

const TRUNCATED: &str = "… log truncated";

thread_local! {
    static LEDGER: RefCell<Ledger> = const { RefCell::new(Ledger::empty()) };
}

/// Works on the running script's ledger.
pub(crate) fn with<R>(work: impl FnOnce(&mut Ledger) -> R) -> R {
    LEDGER.with_borrow_mut(work)
}

/// How the script's own code ended.
pub(crate) enum Outcome {
    Done(String),
    Failed(Error),
}

pub(crate) struct Ledger {
    limits: Limits,
    pub(crate) globals: Globals,
    /// New calls, since the last report.
    calls: Vec<Call>,
    called: u32,
    pub(crate) unsettled: u32,
    events: Vec<Event>,
    log_bytes: u32,
    log_full: bool,
    pub(crate) steps: u64,
    random: u64,
    /// Rejected promises that nobody handles, by identity.
    unhandled: Vec<(u64, String)>,
    /// A broken limit. It ends the script, whatever the script makes of it.
    pub(crate) fatal: Option<Error>,
    pub(crate) outcome: Option<Outcome>,
}

impl Ledger {
    const fn empty() -> Self {
        let limits = Limits {
            memory_bytes: u64::MAX,
            stack_bytes: u32::MAX,
            max_pending_calls: 0,
            max_calls: 0,
            max_steps: u64::MAX,
            max_result_bytes: 0,
            max_log_bytes: 0,
        };
        Self {
            limits,
            globals: Globals::none(),
            calls: Vec::new(),
            called: 0,
            unsettled: 0,
            events: Vec::new(),
            log_bytes: 0,
            log_full: false,
            steps: 0,
            random: 0,
            unhandled: Vec::new(),
            fatal: None,
            outcome: None,
        }
    }

    pub(crate) fn open(&mut self, limits: Limits, globals: Globals, seed: u64) {
        self.limits = limits;
        self.globals = globals;
        self.random = seed;
    }

    pub(crate) fn take_calls(&mut self) -> Vec<Call> {
        mem::take(&mut self.calls)
    }

    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        mem::take(&mut self.events)
    }

    /// Counts one tick of the interrupt handler; true stops the script.
    pub(crate) fn tick(&mut self) -> bool {
        self.steps += 1;
        if self.steps > self.limits.max_steps {
            let most = self.limits.max_steps;
            self.condemn(ErrorKind::Timeout, format!("the script used up its {most} engine steps"));
        }
        self.fatal.is_some()
    }

    /// Queues a call and returns its id, or nothing when that breaks a limit.
    pub(crate) fn enqueue(&mut self, tool: String, args_json: String) -> Option<u32> {
        let Limits { max_calls, max_pending_calls, .. } = self.limits;
        if self.called >= max_calls {
            self.condemn(ErrorKind::Limit, format!("a script may make {max_calls} calls"));
        } else if self.unsettled >= max_pending_calls {
            self.condemn(
                ErrorKind::Limit,
                format!("a script may have {max_pending_calls} calls waiting at once; use parallel()"),
            );
        }
        if self.fatal.is_some() {
            return None;
        }
        self.called += 1;
        self.unsettled += 1;
        self.calls.push(Call { id: self.called, tool, args_json });
        Some(self.called)
    }

    /// Records an event, as long as the log has room.
    pub(crate) fn emit(&mut self, kind: EventKind, level: String, message: String, data_json: String) {
        if self.log_full {
            return;
        }
        // One byte for the line itself, so that empty lines are not free.
        let size = level.len() + message.len() + data_json.len() + 1;
        let total = u32::try_from(size).ok().and_then(|size| self.log_bytes.checked_add(size));
        match total.filter(|&total| total <= self.limits.max_log_bytes) {
            Some(total) => {
                self.log_bytes = total;
                self.events.push(Event { kind, level, message, data_json });
            }
            None => self.close_log(),
        }
    }

    fn close_log(&mut self) {
        self.log_full = true;
        self.events.push(Event {
            kind: EventKind::Console,
            level: "warn".into(),
            message: TRUNCATED.into(),
            data_json: String::new(),
        });
    }

    /// Notes a promise that was rejected without a handler.
    pub(crate) fn rejected(&mut self, promise: u64, reason: String) {
        self.unhandled.push((promise, reason));
    }

    /// A rejected promise got its handler after all.
    pub(crate) fn handled(&mut self, promise: u64) {
        self.unhandled.retain(|(unhandled, _)| *unhandled != promise);
    }

    /// Tells about the rejections that nobody handled.
    pub(crate) fn report_unhandled(&mut self) {
        for (_, reason) in mem::take(&mut self.unhandled) {
            self.emit(
                EventKind::Console,
                "error".into(),
                format!("unhandled rejection: {reason}"),
                String::new(),
            );
        }
    }

    /// Checks the size of a text, in bytes, that leaves the sandbox as `what`.
    pub(crate) fn admit(&mut self, what: &str, size: usize) -> bool {
        let most = self.limits.max_result_bytes;
        if size > most as usize {
            let message = format!("{what}: {size} bytes as JSON, the limit is {most}");
            self.condemn(ErrorKind::Limit, message);
        }
        self.fatal.is_none()
    }

    /// The next of `Math.random`: SplitMix64, 53 bits of it.
    pub(crate) fn random(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.random;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Ends the script. The first reason stays.
    pub(crate) fn condemn(&mut self, kind: ErrorKind, message: String) {
        let name = match kind {
            ErrorKind::Timeout => "TimeoutError",
            ErrorKind::Deadlock => "DeadlockError",
            _ => "LimitError",
        };
        self.fatal.get_or_insert_with(|| Error {
            kind,
            name: name.into(),
            message,
            stack: String::new(),
            tool_error_json: None,
        });
    }
}
