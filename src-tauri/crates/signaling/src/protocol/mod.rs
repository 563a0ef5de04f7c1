//! The protocol between client and server: messages, identifiers, limits and names. Pure.

mod ice_server;
mod ids;
pub mod limits;
mod messages;
mod name;

pub use ice_server::{IceFault, IceServer};
pub(crate) use ice_server::{Kind, MAX_URLS, kind_of};
pub use ids::{BadId, PeerId, ResumeSecret, RoomId};
pub use messages::{
    ClientMessage, Departure, Join, LeftReason, Limits, PATH, PeerInfo, Sealed, ServerErrorCode,
    ServerMessage,
};
pub use name::clean_name;
