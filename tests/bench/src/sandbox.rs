//! Fresh sandboxes: ours through the port the host uses, native QuickJS with the same prelude, Node's `vm`.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use frontmcp_core::ports::{Completion, Sandbox, ScriptStart, ScriptState};
use frontmcp_core::settings::ExecuteLimits;
use tokio::runtime::{Builder, Runtime};

use crate::report::{Report, Row, Target};
use crate::timing::{Samples, measure};
use crate::{native, node};

const TIMES: usize = 5_000;

const GLOBALS: &str = r#"{"namespaces":{"acme":{"getOrder":"acme.getOrder"}}}"#;
pub(crate) const TRIVIAL: &str = "return 1+1";
pub(crate) const TWO_CALLS: &str = "const [a, b] = await Promise.all([acme.getOrder({ id: 1 }), acme.getOrder({ id: 2 })]); \
                                    return a.total + b.total;";

pub(crate) fn run(report: &mut Report) -> Result<()> {
    let sandbox = frontmcp_tests::sandbox();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let open = measure(TIMES, || drop(sandbox.open()));
    report.figure("sandbox: instantiate and drop, p50", "us", open.p50(), Target::None);
    let ours = |source: &str| measure(TIMES, || execute(&runtime, &*sandbox, source));
    let vm = node::run("vm.mjs", &[TRIVIAL, TWO_CALLS])?;
    for (at, (name, source, most)) in
        [("return 1+1", TRIVIAL, 30.0), ("two calls", TWO_CALLS, 70.0)].into_iter().enumerate()
    {
        let ours = ours(source);
        let native = measure(TIMES / 5, || native::execute(source));
        let peers = [
            ("native QuickJS, same prelude", Some(&native)),
            ("Node vm, new context", vm.as_ref().map(|samples| &samples[at])),
        ];
        add(report, name, &ours, most, peers);
    }
    let rate = two_threads(&sandbox)?;
    report.figure("sandbox: two calls each, two threads", "/s", rate, Target::AtLeast(20_000.0));
    Ok(())
}

fn add(
    report: &mut Report,
    name: &str,
    ours: &Samples,
    most: f64,
    peers: [(&'static str, Option<&Samples>); 2],
) {
    for (number, (peer, samples)) in peers.into_iter().enumerate() {
        let target = if number == 0 { Target::AtMost(most) } else { Target::None };
        let work = format!("sandbox: {name}, p50");
        let its = Some((peer, samples.map(Samples::p50)));
        report.row(Row { work, unit: "us", ours: ours.p50(), peer: its, target });
        let work = format!("sandbox: {name}, p99");
        let its = Some((peer, samples.map(Samples::p99)));
        report.row(Row { work, unit: "us", ours: ours.p99(), peer: its, target: Target::None });
    }
}

/// Scripts per second.
fn two_threads(sandbox: &Arc<dyn Sandbox>) -> Result<f64> {
    let began = Instant::now();
    let threads = [(); 2].map(|()| {
        let sandbox = sandbox.clone();
        std::thread::spawn(move || -> Result<()> {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            for _ in 0..TIMES * 4 {
                execute(&runtime, &*sandbox, TWO_CALLS);
            }
            Ok(())
        })
    });
    for thread in threads {
        thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))??;
    }
    Ok((TIMES * 8) as f64 / began.elapsed().as_secs_f64())
}

/// One script from a fresh instance to its result.
fn execute(runtime: &Runtime, sandbox: &dyn Sandbox, source: &str) {
    let start = ScriptStart {
        source: source.to_owned(),
        globals_json: GLOBALS.to_owned(),
        limits: ExecuteLimits::default().engine,
        now_ms: 1_700_000_000_000,
        seed: 42,
    };
    runtime.block_on(async {
        let mut script = sandbox.open().unwrap_or_else(|error| panic!("{error:?}"));
        let mut step = script.start(start).await;
        loop {
            let step_now = step.unwrap_or_else(|fault| panic!("{}", fault.detail));
            let calls = match step_now.state {
                ScriptState::Done(_) => return,
                ScriptState::Failed(error) => panic!("{error:?}"),
                ScriptState::Pending(calls) => calls,
            };
            let complete = |id: u32| Completion { id, ok: true, json: format!("{{\"total\":{}}}", id * 10) };
            let completions = calls.into_iter().map(|call| complete(call.id)).collect();
            step = script.step(completions, 1_700_000_000_001).await;
        }
    });
}
