//! Operation ⇄ HTTP exchange. Pure both ways; never opens a connection.

pub mod credentials;
pub mod guard;
pub mod request;
pub mod response;
