//! The server, over real sockets.

mod abuse;
mod access;
#[cfg(target_os = "linux")]
mod budgets;
mod calls;
mod door;
mod drain;
mod heartbeat;
mod introduced;
mod peer;
mod turn;
