//! The client, with the real server, and with a server that follows a script.

#[cfg(feature = "net")]
mod access;
#[cfg(feature = "net")]
mod direct_signals;
#[cfg(feature = "net")]
mod endpoints;
#[cfg(feature = "net")]
mod faulty_link;
#[cfg(feature = "net")]
mod harness;
#[cfg(feature = "net")]
mod hostile_server;
mod membership;
#[cfg(feature = "net")]
mod recovery;
#[cfg(feature = "net")]
mod rooms;
#[cfg(feature = "net")]
mod turn;
