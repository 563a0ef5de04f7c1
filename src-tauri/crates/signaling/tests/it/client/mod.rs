//! The client, with the real server, and with a server that follows a script.

mod access;
mod direct_signals;
mod endpoints;
mod faulty_link;
mod harness;
mod hostile_server;
mod membership;
mod recovery;
mod rooms;
mod turn;
