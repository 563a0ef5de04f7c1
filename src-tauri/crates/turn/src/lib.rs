//! STUN (RFC 8489) and TURN (RFC 8656).
//!
//! [`server`] serves both for the room of a member whom others can reach. [`client`] asks servers: which address they see,
//! what kind of NAT is in between, and whether a TURN server takes a credential by UDP, TCP and TLS.

pub mod client;
mod message;
pub mod server;
mod url;

pub use self::url::{ServerUrl, Transport};
