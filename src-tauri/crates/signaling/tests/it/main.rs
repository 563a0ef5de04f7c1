//! The integration tests of the crate, in one binary. Simulated clocks belong to a runtime of their own, so tests with
//! real and with simulated time run side by side.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub
)]

mod client;
mod crypto;
mod invite;
mod protocol;
mod rooms;
mod server;
mod sim;
mod test_messages;
