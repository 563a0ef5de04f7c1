//! Parlour's signaling: the invite, the seal, the protocol, rooms, a client and an embeddable server.
//!
//! State is kept in pure cores ([`server::rooms`], [`client::membership`], [`client::backoff`]): input and time go in,
//! output comes out. [`server`] and [`client`] connect them with sockets. The crate does not depend on Tauri.

#![warn(missing_docs)]

pub mod client;
pub mod crypto;
mod heartbeat;
pub mod invite;
pub mod log_filter;
pub mod protocol;
pub mod server;
pub mod token_bucket;
