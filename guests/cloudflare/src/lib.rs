//! The Cloudflare adapter, as a component without imports: what is kept in which Durable Object, database, namespace
//! and bucket (`plan`), and what the platform wants to know before it takes a deployment (`target`).
//!
//! It never acts. It says which binding operations a storage request comes to and is resumed with their outcomes; all it
//! remembers in between is in a value that the host keeps for it.

mod plan;
mod procedures;
mod schema;
mod target;

wit_bindgen::generate!({ world: "adapter", path: "../../wit/frontmcp-adapter@0.1.0" });

use exports::frontmcp::adapter::storage_plan::{Guest, Migration, Outcome, Request, Step, Value};

struct Adapter;

impl Guest for Adapter {
    fn begin(request: Request) -> Step {
        plan::begin(&request.procedure, request.arguments)
    }

    fn resume(state: Vec<Value>, outcomes: Vec<Outcome>) -> Step {
        plan::resume(state, outcomes)
    }

    fn migrations() -> Vec<Migration> {
        schema::migrations()
    }
}

export!(Adapter);
