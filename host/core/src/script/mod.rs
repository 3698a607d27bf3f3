//! AgentScript: checked, stripped of types, run step by step in a sandbox that knows nothing of the world.

pub mod cache;
pub mod check;
mod constant;
mod depth;
mod findings;
mod globals;
#[cfg(test)]
mod golden_tests;
mod preflight;
pub mod run;
mod scan;
mod strip;
mod text;
mod text_functions;
mod words;
