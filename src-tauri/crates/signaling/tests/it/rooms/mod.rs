//! The server's rooms, without sockets and with a clock that the test sets.

mod budgets;
mod harness;
mod joining;
mod log;
mod mailbox_limits;
mod misbehaviour;
mod properties;
mod relay;
mod resume;
mod shutdown;
mod turn;
