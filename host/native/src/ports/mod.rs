//! The core's ports on an operating system. One file per port; none knows another.

pub mod clock;
pub mod entropy;
pub mod fetch;
pub mod log;
pub mod secrets;
pub mod tasks;
