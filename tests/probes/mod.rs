//! What a script can and cannot do, asked of the real sandbox.

mod concurrency;
mod grants;
mod limits;
mod outcomes;
mod resources;
mod sandbox;
