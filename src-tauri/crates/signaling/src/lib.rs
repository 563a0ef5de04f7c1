//! Parlour's signaling: the invite, the seal, the protocol, rooms, a client and an embeddable server.
//!
//! State is kept in pure cores ([`server::rooms`], [`client::membership`], [`client::backoff`]): input and time go in,
//! output comes out. [`server`] and [`client`] connect them with sockets. The crate does not depend on Tauri.
//!
//! The feature `net`, which is on by default, is for programs. Without it the crate compiles to WebAssembly: the client
//! then connects with the WebSockets of the browser, and there is no server.

#![warn(missing_docs)]

#[cfg(any(feature = "net", target_arch = "wasm32"))]
pub mod client;
pub mod crypto;
#[cfg(any(feature = "net", target_arch = "wasm32"))]
mod heartbeat;
pub mod invite;
pub mod log_filter;
#[cfg(feature = "looks")]
pub mod looks;
pub mod protocol;
#[cfg(any(feature = "net", target_arch = "wasm32"))]
mod runtime;
#[cfg(feature = "net")]
pub mod server;
pub mod token_bucket;
