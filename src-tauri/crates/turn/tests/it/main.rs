//! The server as its clients see it: its state with packets and a clock of the test's own, and its sockets.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod fuzz_corpus;
mod held_bytes;
mod peer;
mod reach;
mod relaying;
mod sockets;
mod strangers;
