//! The server's rooms, without sockets and with a clock that the test sets.

mod harness;
mod log;
mod properties;
mod scenarios;
