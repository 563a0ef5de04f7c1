//! The integration tests of the crate, in one binary. Simulated clocks belong to a runtime of their own, so tests with
//! real and with simulated time run side by side.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub
)]

// Without `net`, on WebAssembly, the pure parts of the client alone.
mod client;
mod crypto;
mod invite;
#[cfg(feature = "net")]
mod protocol;
#[cfg(feature = "net")]
mod rooms;
#[cfg(feature = "net")]
mod server;
#[cfg(feature = "net")]
mod sim;
#[cfg(feature = "net")]
mod test_messages;
