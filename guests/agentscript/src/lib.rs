//! The AgentScript sandbox: one script per instance, in QuickJS, as a component without imports.
//!
//! It never acts. It says which calls a script wants made and is resumed with their outcomes;
//! the only clock and the only randomness it has are numbers in those messages.

mod bridge;
mod clock;
mod engine;
mod errors;
mod globals;
mod heap;
mod ledger;

use std::cell::RefCell;
use std::hint::black_box;

use engine::Engine;

wit_bindgen::generate!({ world: "sandbox", path: "../../wit/frontmcp-sandbox@0.1.0" });

use exports::frontmcp::sandbox::engine as wit;

thread_local! {
    /// The runtime, realm and prelude, made once at build time and frozen into the module.
    static READY: RefCell<Option<Engine>> = const { RefCell::new(None) };
    /// The engine of the script that runs. Never dropped: the instance goes as a whole.
    static RUNNING: RefCell<Option<Engine>> = const { RefCell::new(None) };
}

/// Heap that is there from the start, in bytes, so that most scripts never ask for more: memory that grew takes time, and
/// cannot be used again by the next script.
const ROOM: usize = 512 << 10;

/// Called at build time only, by the tool that takes the snapshot, which then removes the export.
#[unsafe(export_name = "wizer-initialize")]
pub extern "C" fn initialize() {
    let engine = Engine::new().expect("the prelude evaluates");
    READY.set(Some(engine));
    drop(black_box(Vec::<u8>::with_capacity(ROOM)));
}

struct Sandbox;

impl wit::Guest for Sandbox {
    fn start(request: wit::StartRequest) -> wit::Report {
        let engine = READY.take().expect("`start` is called once, on a snapshot");
        let report = engine.start(request);
        RUNNING.set(Some(engine));
        report
    }

    fn step(completions: Vec<wit::Completion>, now_ms: u64) -> wit::Report {
        RUNNING.with_borrow(|engine| {
            let engine = engine.as_ref().expect("`step` is called after `start`");
            engine.step(completions, now_ms)
        })
    }
}

export!(Sandbox);
