//! The functions the prelude gets from Rust. Scripts never see them.

use rquickjs::function::Func;
use rquickjs::{Ctx, Exception, Object, Result, String as Text, Value, qjs};

use crate::errors;
use crate::ledger::{self, Outcome};
use crate::wit::EventKind;

/// The object the prelude's files are given as `host`.
pub(crate) fn object<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    host.set("enqueue", Func::from(enqueue))?;
    host.set("emit", Func::from(emit))?;
    host.set("finish", Func::from(finish))?;
    host.set("fail", Func::from(fail))?;
    host.set("section", Func::from(section))?;
    host.set("namespace", Func::from(namespace))?;
    host.set("random", Func::from(|| ledger::with(ledger::Ledger::random)))?;
    Ok(host)
}

/// Queues a call; returns its id. The length is asked for first, so that no giant is copied.
fn enqueue<'js>(ctx: Ctx<'js>, tool: String, args_json: Text<'js>, length: f64) -> Result<u32> {
    let what = "the arguments of a call";
    if !ledger::with(|ledger| ledger.admit(what, length as usize)) {
        return Err(stop(&ctx));
    }
    let args_json = args_json.to_string()?;
    let id = ledger::with(|ledger| {
        ledger.admit(what, args_json.len()).then(|| ledger.enqueue(tool, args_json)).flatten()
    });
    id.ok_or_else(|| stop(&ctx))
}

/// The JSON of a part of the globals.
fn section(name: String) -> Option<String> {
    ledger::with(|ledger| ledger.globals.section(&name).map(str::to_owned))
}

/// The JSON of a namespace.
fn namespace(name: String) -> Option<String> {
    ledger::with(|ledger| ledger.globals.namespace(&name).map(str::to_owned))
}

fn finish<'js>(ctx: Ctx<'js>, json: Text<'js>, length: f64) -> Result<()> {
    let what = "the result";
    if !ledger::with(|ledger| ledger.admit(what, length as usize)) {
        return Err(stop(&ctx));
    }
    let json = json.to_string()?;
    ledger::with(|ledger| {
        ledger.admit(what, json.len());
        ledger.outcome = Some(Outcome::Done(json));
    });
    Ok(())
}

fn emit(kind: u32, level: String, message: String, data_json: String) {
    let kind = match kind {
        0 => EventKind::Console,
        1 => EventKind::Log,
        _ => EventKind::Notify,
    };
    ledger::with(|ledger| ledger.emit(kind, level, message, data_json));
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
