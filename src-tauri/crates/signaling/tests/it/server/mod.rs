//! The server, over real sockets.

mod abuse;
mod calls;
mod door;
mod introduced;
mod peer;
