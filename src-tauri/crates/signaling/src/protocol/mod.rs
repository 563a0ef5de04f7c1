//! The protocol between client and server: messages, identifiers, limits and names. Pure.

mod access;
mod ice_server;
mod ids;
pub mod limits;
mod messages;
mod name;

pub use access::{AccessToken, BadToken};
pub use ice_server::{IceFault, IceServer, usable_ice_servers};
#[cfg(feature = "net")]
pub(crate) use ice_server::{Kind, MAX_URLS, kind_of};
pub use ids::{BadId, Nonce, PeerId, PeerKeys, RoomHash, RoomId, Signature};
pub use messages::{
    Access, ClientMessage, Departure, Join, LeftReason, Limits, PATH, PROTOCOL_VERSION, PeerInfo,
    Sealed, ServerErrorCode, ServerMessage,
};
pub use name::clean_name;
