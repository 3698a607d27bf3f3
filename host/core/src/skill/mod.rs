//! Skills: what they are, what they say, what they grant. Never calls an operation.

pub mod catalog;
pub mod grant;
pub mod index;
pub mod markdown;
