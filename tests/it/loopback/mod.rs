//! The loopback server.

mod page_socket;
mod proofs;
mod requests;
