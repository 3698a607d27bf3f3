//! One module per subcommand: arguments and what they do. Never decides what `frontmcp_core` can decide.

pub mod audit;
pub mod check;
pub mod deploy;
pub mod schema;
pub mod worker;
