//! The peer that shares everything but the walls: the same QuickJS and the same prelude, compiled natively.
//!
//! A fresh runtime and context for every script, as a host without WebAssembly would need.

use std::cell::RefCell;
use std::rc::Rc;

use rquickjs::function::Func;
use rquickjs::{Context, Ctx, Function, Object, Runtime, Value};

/// The one namespace, as JSON.
const ACME: &str = r#"{"getOrder":"acme.getOrder"}"#;

const PRELUDE: [&str; 4] = [
    include_str!("../../../guests/agentscript/src/js/values.js"),
    include_str!("../../../guests/agentscript/src/js/tools.js"),
    include_str!("../../../guests/agentscript/src/js/scope.js"),
    include_str!("../../../guests/agentscript/src/js/realm.js"),
];

#[derive(Default)]
struct Desk {
    called: u32,
    calls: Vec<u32>,
    outcome: Option<String>,
}

/// Runs one script to its result.
pub(crate) fn execute(source: &str) {
    let runtime = Runtime::new().expect("a runtime");
    let context = Context::full(&runtime).expect("a context");
    let desk = Rc::new(RefCell::new(Desk::default()));
    context.with(|ctx| {
        let library = prelude(&ctx, &desk).expect("the prelude runs");
        let main: Function =
            ctx.eval(format!("(async function () {{\n{source}\n}})")).expect("the script compiles");
        let begin: Function = library.get("begin").expect("the prelude offers `begin`");
        begin.call::<_, ()>((main, vec!["acme"])).expect("the script starts");
        let settle: Function = library.get("settle").expect("the prelude offers `settle`");
        loop {
            while ctx.execute_pending_job() {}
            if desk.borrow().outcome.is_some() {
                return;
            }
            let calls = std::mem::take(&mut desk.borrow_mut().calls);
            assert!(!calls.is_empty(), "the script neither ends nor calls");
            for id in calls {
                settle
                    .call::<_, bool>((id, true, format!("{{\"total\":{}}}", id * 10)))
                    .expect("a settled call");
            }
        }
    });
}

fn prelude<'js>(ctx: &Ctx<'js>, desk: &Rc<RefCell<Desk>>) -> rquickjs::Result<Object<'js>> {
    let host = host(ctx, desk)?;
    let library = Object::new(ctx.clone())?;
    for source in PRELUDE {
        let part: Function = ctx.eval(source)?;
        let offered: Option<Object> = part.call((host.clone(), library.clone()))?;
        for entry in offered.iter().flat_map(Object::props::<String, Value>) {
            let (key, value) = entry?;
            library.set(key, value)?;
        }
    }
    Ok(library)
}

fn host<'js>(ctx: &Ctx<'js>, desk: &Rc<RefCell<Desk>>) -> rquickjs::Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    let called = desk.clone();
    let enqueue = move |_tool: String, _args: String, _length: f64| {
        let mut desk = called.borrow_mut();
        desk.called += 1;
        let id = desk.called;
        desk.calls.push(id);
        id
    };
    host.set("enqueue", Func::from(enqueue))?;
    host.set("emit", Func::from(|_kind: u32, _level: String, _message: String, _data: String| {}))?;
    let finished = desk.clone();
    let finish = move |json: String, _length: f64| finished.borrow_mut().outcome = Some(json);
    host.set("finish", Func::from(finish))?;
    let fail = |_thrown: Value<'_>, shown: Value<'_>, _json: Option<String>| -> () {
        let shown = shown.as_string().map(rquickjs::String::to_string);
        unreachable!("the script failed: {shown:?}")
    };
    host.set("fail", Func::from(fail))?;
    host.set("section", Func::from(|_name: String| None::<String>))?;
    host.set("namespace", Func::from(|_name: String| ACME))?;
    host.set("random", Func::from(|| 0.5))?;
    Ok(host)
}
