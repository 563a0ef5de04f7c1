//! The server, over real sockets.

mod abuse;
mod access;
mod calls;
mod door;
mod introduced;
mod peer;
mod turn;
