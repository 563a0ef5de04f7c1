//! The loopback server.

mod page_socket;
mod requests;
