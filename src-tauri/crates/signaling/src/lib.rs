//! Parlour's signaling: the invite, the seal, the protocol, rooms, a client and an embeddable server.
//!
//! State is kept in pure cores ([`room`], [`membership`], [`retry`]): input and time go in, output comes out.
//! [`server`] and [`client`] only translate between them and sockets. Nothing here knows Tauri.

pub mod client;
pub mod event;
pub mod ids;
pub mod invite;
pub mod limits;
pub mod log;
pub mod membership;
pub mod name;
pub mod protocol;
pub mod retry;
pub mod room;
pub mod seal;
pub mod server;
pub mod turn;
