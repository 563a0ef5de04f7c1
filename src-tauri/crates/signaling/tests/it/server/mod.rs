//! The server, over real sockets.

mod abuse;
mod calls;
mod peer;
