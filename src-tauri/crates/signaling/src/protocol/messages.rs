//! The messages that client and server exchange: JSON text frames over one WebSocket at [`PATH`].
//!
//! ```text
//! client                                server
//!   ← challenge{nonce, version}
//!   join{room, keys, proofs, hello} →     peer_joined{peer, hello} → the others
//!   ← welcome{peers, ice_servers, …}
//!   signal{to, envelope} →                signal{from, seq, envelope} → that peer
//!   enter{hello} →                        peer_entered{peer, hello} → the others
//!   leave{} →                             peer_left{peer, reason} → the others
//! ```
//!
//! Unknown fields are ignored. A frame of an unknown type is answered with an error that is not fatal.
//! Hellos and envelopes are sealed (see [`crate::crypto`]): the server sees text of bounded length.

use serde::{Deserialize, Serialize};

use super::ice_server::IceServer;
use super::ids::{Nonce, PeerId, PeerKeys, RoomId, Signature};

/// Where the WebSocket is served.
pub const PATH: &str = "/v1";

/// The version of the protocol, which the server's first frame names.
pub const PROTOCOL_VERSION: u32 = 1;

/// Sealed bytes in base64url without padding (RFC 4648, section 5). Only members of the room can open them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

/// A message of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "no queue holds them")]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// The first frame of every connection: joins the room's lobby, or takes a kept place again.
    Join(Join),
    /// Enters the room from the lobby, or changes the name.
    Enter {
        /// The hello with the current name.
        hello: Sealed,
    },
    /// A signal for one peer of the room.
    Signal {
        /// The receiver.
        to: PeerId,
        /// The sealed signal.
        envelope: Sealed,
    },
    /// Requests ICE servers with fresh credentials.
    IceServers {},
    /// The same as a WebSocket ping, for clients that cannot send one: a web page. It is answered with a pong of the
    /// same mark, after the frames before it.
    Ping {
        /// Any number that JavaScript can hold exactly, that is, below 2⁵³.
        mark: u64,
    },
    /// Leaves the room.
    Leave {},
}

/// The fields of a `join`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// The room.
    pub room: RoomId,
    /// The keys of this client. The peer id is their hash.
    pub keys: PeerKeys,
    /// The room's signature of the server's nonce: it proves knowledge of the room secret. See
    /// [`crate::crypto::JoinProof`].
    pub room_proof: Signature,
    /// The peer's signature of the same: it proves that the peer id is this client's.
    pub peer_proof: Signature,
    /// Name and keys, sealed for the members of the room.
    pub hello: Sealed,
    /// Whether the peer had entered before. A server that was restarted does not know it.
    #[serde(default)]
    pub entered: bool,
    /// Sequence number of the last signal received in this session, from any server, or 0 for none. It never goes
    /// back: the numbers of a new place go on from it.
    #[serde(default)]
    pub seen: u64,
    /// The access that allows this client to start the room, on a server that asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
}

/// The access that allows a client to start a room, in at most [`MAX_ACCESS_BYTES`](super::limits::MAX_ACCESS_BYTES).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// The server's access token.
    Token(String),
    /// A permit of the server for this room.
    Permit(String),
}

impl Access {
    /// The token or the permit.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Token(text) | Self::Permit(text) => text,
        }
    }
}

// A secret, which is not printed.
impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token(…)",
            Self::Permit(_) => "Permit(…)",
        })
    }
}

/// A message of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The first frame of every connection.
    Challenge {
        /// The nonce that the proofs of the `join` sign.
        nonce: Nonce,
        /// The server's [`PROTOCOL_VERSION`].
        version: u32,
    },
    /// The answer to `join`: the whole room as it is now.
    Welcome {
        /// The other peers, in the order in which they joined.
        peers: Vec<PeerInfo>,
        /// STUN and TURN servers, with credentials that last for hours.
        ice_servers: Vec<IceServer>,
        /// Seconds for which these credentials last, or 0 when there are none.
        #[serde(default)]
        ice_seconds: u64,
        /// Whether the server is part of a person's app and ends with that app.
        #[serde(default)]
        embedded: bool,
        /// The server's limits.
        limits: Limits,
        /// With `resumed`: the peers that have left since this peer joined, the latest last. The list is bounded.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left: Vec<Departure>,
        /// A permit for this room, with which any member can start it again on this server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        permit: Option<String>,
        /// True when the peer's place was kept: the signals after `seen` follow, in order, once. False when the
        /// place is new: signals may have been lost.
        resumed: bool,
    },
    /// The answer to `ice_servers`, and sent unasked when there is more than the welcome said.
    IceServers {
        /// As in `welcome`.
        ice_servers: Vec<IceServer>,
        /// As in `welcome`.
        #[serde(default)]
        ice_seconds: u64,
    },
    /// A peer has joined the lobby.
    PeerJoined {
        /// The peer.
        peer: PeerId,
        /// Its sealed hello.
        hello: Sealed,
        /// Whether it has entered already: it came back after a restart of the server.
        #[serde(default)]
        entered: bool,
    },
    /// A peer has entered the room from the lobby, or has changed its name.
    PeerEntered {
        /// The peer.
        peer: PeerId,
        /// Its sealed hello as it is now.
        hello: Sealed,
    },
    /// A peer's connection is gone. Its place is kept for a while.
    PeerAway {
        /// The peer.
        peer: PeerId,
    },
    /// A peer that was away is back.
    PeerBack {
        /// The peer.
        peer: PeerId,
    },
    /// A peer is no longer in the room.
    PeerLeft {
        /// The peer.
        peer: PeerId,
        /// Why.
        reason: LeftReason,
    },
    /// A signal from a peer.
    Signal {
        /// The sender.
        from: PeerId,
        /// Counts up by one for each receiver, starting after the `seen` of its `join`.
        seq: u64,
        /// The sealed signal.
        envelope: Sealed,
    },
    /// The answer to a `ping`. Of several pings that wait for an answer only the last is answered.
    Pong {
        /// That of the ping.
        mark: u64,
    },
    /// A frame of the client was refused.
    Error {
        /// The reason.
        code: ServerErrorCode,
        /// Whether the server ends the connection now.
        fatal: bool,
        /// The `type` of the refused frame, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<String>,
    },
}

/// A peer that is no longer in the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// The peer.
    pub peer: PeerId,
    /// Why.
    pub reason: LeftReason,
}

/// A peer as `welcome` lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerInfo {
    /// The peer.
    pub peer: PeerId,
    /// Its sealed hello.
    pub hello: Sealed,
    /// In the room, or still in the lobby.
    pub entered: bool,
    /// Whether its connection is gone and its place is kept.
    #[serde(default)]
    pub away: bool,
}

/// The server's limits, as [`super::limits`] names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of the largest frame.
    pub frame_bytes: usize,
    /// Peers in one room.
    pub peers: usize,
    /// Seconds for which the place of a vanished peer is kept.
    pub away_seconds: u64,
}

/// Why a peer is no longer in the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftReason {
    /// It said `leave`.
    Left,
    /// It was away for too long.
    Gone,
    /// It did not read, and its queue overflowed.
    TooSlow,
    /// A reason or code of a newer server.
    #[serde(other)]
    Unknown,
}

/// Why a server refuses a frame. Whether it then closes the connection is said in the `fatal` field of
/// [`ServerMessage::Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerErrorCode {
    /// Not JSON, not an object, or a field is missing or malformed. Fatal.
    BadFrame,
    /// A type that this server does not know.
    UnknownType,
    /// A frame above the limit. Fatal.
    FrameTooLarge,
    /// The first frame was not `join`, or did not come in time. Fatal.
    NotJoined,
    /// A second `join` on one connection.
    AlreadyJoined,
    /// The room has as many peers as it may have. Fatal.
    RoomFull,
    /// A proof of the join is not the room's or the peer's, or signs something else than this connection's nonce.
    /// Fatal.
    BadProof,
    /// The server serves other rooms only. Fatal.
    WrongRoom,
    /// A new room needs an access token or a permit. Fatal.
    AccessRequired,
    /// The server has no capacity. Fatal, try again.
    ServerFull,
    /// Too much comes from the client's address. Fatal, try again.
    AddressLimit,
    /// The receiver is not in this room.
    UnknownPeer,
    /// The connection sends more frames than the limit. Fatal.
    TooManyMessages,
    /// Too many signals of the sender wait for one receiver. Only this signal is refused.
    MailboxFull,
    /// The same peer has opened a newer connection. Fatal.
    Replaced,
    /// The server is going down. Fatal, try again.
    ShuttingDown,
    /// A reason or code of a newer server.
    #[serde(other)]
    Unknown,
}
