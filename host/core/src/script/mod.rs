//! AgentScript: checked, stripped of types, run step by step in a sandbox that knows nothing of the world.

pub mod cache;
pub mod check;
mod constant;
mod depth;
mod edits;
mod enums;
mod findings;
mod globals;
#[cfg(test)]
mod golden_tests;
pub mod mentions;
mod parameter_properties;
mod preflight;
#[cfg(test)]
mod property_tests;
pub(crate) mod readable;
pub mod run;
mod scan;
mod strip;
mod text;
mod text_functions;
mod words;
