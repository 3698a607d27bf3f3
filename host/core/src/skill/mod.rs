//! Skills: what they are, what they say, what they grant. Never calls an operation.

pub mod catalog;
pub mod frontmatter;
pub mod grant;
pub mod harvest;
pub mod index;
pub mod markdown;
pub mod suggest;
mod tokens;
