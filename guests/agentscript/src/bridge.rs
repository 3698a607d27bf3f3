//! The functions the prelude gets from Rust. Scripts never see them.

use rquickjs::function::Func;
use rquickjs::{Ctx, Exception, Object, Result, Value, qjs};

use crate::errors;
use crate::ledger::{self, Outcome};
use crate::wit::EventKind;

/// The object the prelude's files are given as `host`.
pub(crate) fn object<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    host.set("enqueue", Func::from(enqueue))?;
    host.set("emit", Func::from(emit))?;
    host.set("admit", Func::from(admit))?;
    host.set("finish", Func::from(finish))?;
    host.set("fail", Func::from(fail))?;
    host.set("random", Func::from(|| ledger::with(ledger::Ledger::random)))?;
    Ok(host)
}

/// Queues a call; returns its id.
fn enqueue(ctx: Ctx<'_>, tool: String, args_json: String) -> Result<u32> {
    let id = ledger::with(|ledger| {
        ledger.admit("a call's arguments", args_json.len()).then(|| ledger.enqueue(tool, args_json)).flatten()
    });
    id.ok_or_else(|| stop(&ctx))
}

fn emit(kind: u32, level: String, message: String, data_json: String) {
    let kind = match kind {
        0 => EventKind::Console,
        1 => EventKind::Log,
        _ => EventKind::Notify,
    };
    ledger::with(|ledger| ledger.emit(kind, level, message, data_json));
}

/// Checks the length of a JSON text before it is copied out of the heap.
fn admit(ctx: Ctx<'_>, what: String, length: f64) -> Result<()> {
    let admitted = ledger::with(|ledger| ledger.admit(&what, length as usize));
    if admitted { Ok(()) } else { Err(stop(&ctx)) }
}

fn finish(ctx: Ctx<'_>, json: String) -> Result<()> {
    let admitted = ledger::with(|ledger| {
        let admitted = ledger.admit("the result", json.len());
        ledger.outcome = Some(Outcome::Done(json));
        admitted
    });
    if admitted { Ok(()) } else { Err(stop(&ctx)) }
}

fn fail<'js>(thrown: Value<'js>, shown: Value<'js>, tool_error_json: Option<String>) {
    let error = errors::describe(&thrown, &shown, tool_error_json);
    ledger::with(|ledger| ledger.outcome = Some(Outcome::Failed(error)));
}

/// An error no script can catch, for a script that is condemned.
fn stop(ctx: &Ctx<'_>) -> rquickjs::Error {
    let _ = Exception::throw_internal(ctx, "stopped");
    let error = ctx.catch();
    // SAFETY: `error` is a live value of this context.
    unsafe { qjs::JS_SetUncatchableError(ctx.as_raw().as_ptr(), error.as_raw()) };
    ctx.throw(error)
}
