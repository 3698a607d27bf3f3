//! Runtime, realm and prelude; compiling the script and driving it from wait to wait.

use std::ffi::CStr;

use rquickjs::context::EvalOptions;
use rquickjs::context::intrinsic::{Date, Eval, Json, MapSet, Promise, RegExp, RegExpCompiler, TypedArrays};
use rquickjs::{Context, Ctx, Function, Object, Persistent, Result, Runtime, Value, qjs};

use crate::globals::Globals;
use crate::heap::{self, Heap};
use crate::ledger::{self, Outcome};
use crate::wit::{Completion, ErrorKind, Report, StartRequest, State};
use crate::{bridge, clock, errors};

/// More would overrun the native stack behind the JavaScript one.
const MAX_STACK_BYTES: u32 = 512 << 10;
/// Cycles are collected from here on, unless the heap is small.
const GC_THRESHOLD: u64 = 4 << 20;
/// As much work as one tick of the interrupt handler, about.
const JOBS_PER_STEP: u32 = 64;
const SCRIPT_FILE: &CStr = c"script";

/// The prelude, in the order of evaluation. Each file is a function of (host, library) and may
/// return functions that are added to the library. The last one closes the realm.
const PRELUDE: [(&str, &str); 4] = [
    ("prelude/values", include_str!("js/values.js")),
    ("prelude/tools", include_str!("js/tools.js")),
    ("prelude/scope", include_str!("js/scope.js")),
    ("prelude/realm", include_str!("js/realm.js")),
];

pub(crate) struct Engine {
    runtime: Runtime,
    context: Context,
    begin: Persistent<Function<'static>>,
    settle: Persistent<Function<'static>>,
}

impl Engine {
    /// Everything that does not depend on the script.
    pub(crate) fn new() -> Result<Self> {
        let runtime = Runtime::new_with_alloc(Heap)?;
        runtime.set_max_stack_size(MAX_STACK_BYTES as usize);
        runtime.set_interrupt_handler(Some(Box::new(|| ledger::with(ledger::Ledger::tick))));
        runtime.set_host_promise_rejection_tracker(Some(Box::new(track)));
        type Language = (Date, Eval, RegExpCompiler, RegExp, Json, MapSet, TypedArrays, Promise);
        let context = Context::custom::<Language>(&runtime)?;
        let (begin, settle) = context.with(|ctx| {
            let library = prelude(&ctx)?;
            let save =
                |name| library.get::<_, Function>(name).map(|function| Persistent::save(&ctx, function));
            Ok::<_, rquickjs::Error>((save("begin")?, save("settle")?))
        })?;
        runtime.run_gc();
        Ok(Self { runtime, context, begin, settle })
    }

    pub(crate) fn start(&self, request: StartRequest) -> Report {
        let limits = request.limits;
        clock::set(request.now_ms);
        heap::set_limit(limits.memory_bytes);
        self.runtime.set_max_stack_size(limits.stack_bytes.min(MAX_STACK_BYTES) as usize);
        self.runtime.set_gc_threshold(GC_THRESHOLD.min(limits.memory_bytes / 4) as usize);
        let globals = Globals::new(request.globals_json).expect("the host sends an object as globals");
        let namespaces: Vec<String> = globals.namespaces().map(str::to_owned).collect();
        ledger::with(|ledger| ledger.open(limits, globals, request.seed));
        self.context.with(|ctx| {
            let begun = compile(&ctx, &request.source).map(|main| {
                let begin = self.begin.clone().restore(&ctx)?;
                begin.call::<_, ()>((main, namespaces))
            });
            match begun {
                Ok(Ok(())) => drain(&ctx),
                Ok(Err(_)) => fail(&ctx, None),
                Err(_) => fail(&ctx, Some(ErrorKind::Syntax)),
            }
        });
        report()
    }

    pub(crate) fn step(&self, completions: Vec<Completion>, now_ms: u64) -> Report {
        clock::set(now_ms);
        self.context.with(|ctx| {
            let settled = self.settle.clone().restore(&ctx).and_then(|settle| {
                completions.into_iter().try_for_each(|completion| {
                    let Completion { id, ok, json } = completion;
                    if settle.call::<_, bool>((id, ok, json))? {
                        ledger::with(|ledger| ledger.unsettled -= 1);
                    }
                    Ok(())
                })
            });
            match settled {
                Ok(()) => drain(&ctx),
                Err(_) => fail(&ctx, None),
            }
        });
        report()
    }
}

fn prelude<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let host = bridge::object(ctx)?;
    let library = Object::new(ctx.clone())?;
    for (name, source) in PRELUDE {
        let mut options = EvalOptions::default();
        options.filename = Some(name.into());
        let part: Function = ctx.eval_with_options(source, options)?;
        let offered: Option<Object> = part.call((host.clone(), library.clone()))?;
        for entry in offered.iter().flat_map(Object::props::<String, Value>) {
            let (key, value) = entry?;
            library.set(key, value)?;
        }
    }
    Ok(library)
}

/// Compiles the script as the body of a strict async function, keeping its lines and columns.
fn compile<'js>(ctx: &Ctx<'js>, source: &str) -> Result<Function<'js>> {
    // QuickJS takes 0 for "not given", so the wrapper takes two lines and starts at -1.
    let mut text = Vec::with_capacity(source.len() + 32);
    text.extend_from_slice(b"(\nasync function () {\n");
    text.extend_from_slice(source.as_bytes());
    text.extend_from_slice(b"\n})\0");
    let mut options = qjs::JSEvalOptions {
        version: qjs::JS_EVAL_OPTIONS_VERSION as _,
        eval_flags: (qjs::JS_EVAL_TYPE_GLOBAL | qjs::JS_EVAL_FLAG_STRICT) as _,
        filename: SCRIPT_FILE.as_ptr(),
        line_num: -1,
    };
    // SAFETY: the text ends in NUL, which the length leaves out; text and options outlive the
    // call; the returned value is owned and handed to `Value`.
    let value = unsafe {
        let raw = qjs::JS_Eval2(
            ctx.as_raw().as_ptr(),
            text.as_ptr().cast(),
            (text.len() - 1) as _,
            &raw mut options,
        );
        if qjs::JS_IsException(raw) {
            return Err(rquickjs::Error::Exception);
        }
        Value::from_raw(ctx.clone(), raw)
    };
    value.into_function().ok_or(rquickjs::Error::Unknown)
}

/// Runs promise jobs until there are none or the script is condemned.
fn drain(ctx: &Ctx<'_>) {
    let mut jobs = 0u32;
    while ledger::with(|ledger| ledger.fatal.is_none()) && ctx.execute_pending_job() {
        jobs += 1;
        // A chain of tiny jobs hardly moves the interpreter's own count.
        if jobs.is_multiple_of(JOBS_PER_STEP) {
            ledger::with(ledger::Ledger::tick);
        }
    }
}

/// Keeps count of the rejections without a handler.
fn track(_: Ctx<'_>, promise: Value<'_>, reason: Value<'_>, handled: bool) {
    let promise = promise.as_raw();
    if handled {
        ledger::with(|ledger| ledger.handled(promise));
    } else {
        let reason = errors::line(&reason);
        ledger::with(|ledger| ledger.rejected(promise, reason));
    }
}

fn fail(ctx: &Ctx<'_>, syntax: Option<ErrorKind>) {
    let mut error = errors::pending(ctx);
    if error.name == "SyntaxError" {
        error.kind = syntax.unwrap_or(error.kind);
    }
    ledger::with(|ledger| ledger.outcome = Some(Outcome::Failed(error)));
}

fn report() -> Report {
    ledger::with(|ledger| {
        let state = verdict(ledger);
        let events = ledger.take_events();
        Report { state, events, steps: ledger.steps, peak_memory_bytes: heap::peak() }
    })
}

/// A script that returned still waits for the calls it did not await.
fn verdict(ledger: &mut ledger::Ledger) -> State {
    if let Some(error) = ledger.fatal.take() {
        return State::Failed(error);
    }
    match ledger.outcome.take() {
        Some(Outcome::Failed(error)) => return State::Failed(error),
        Some(Outcome::Done(json)) if ledger.unsettled == 0 => {
            ledger.report_unhandled();
            return State::Done(json);
        }
        outcome => ledger.outcome = outcome,
    }
    if ledger.unsettled > 0 {
        return State::Pending(ledger.take_calls());
    }
    let (kind, message) = if heap::refused() {
        (ErrorKind::OutOfMemory, "out of memory")
    } else {
        (ErrorKind::Deadlock, "the script awaits a promise that nothing will settle")
    };
    ledger.condemn(kind, message.into());
    verdict(ledger)
}
