//! AgentScript: checked, stripped of types, run step by step in a sandbox that knows nothing of the world.

pub mod check;
pub mod run;
pub mod strip;
