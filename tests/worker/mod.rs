//! The same host in a Worker: the real runtime, real Durable Objects, D1, KV and R2, one platform each test.

mod corpus;
mod faults;
mod own;
mod parity;
mod reload;
mod sandbox;
mod sessions;
mod story;
