//! The frames that client and server exchange: JSON text over one WebSocket at [`PATH`].
//!
//! ```text
//! client                                server
//!   join{room, peer, resume, hello} →     peer_joined{peer, hello} → the others
//!   ← welcome{peers, ice_servers, …}
//!   signal{to, envelope} →                signal{from, seq, envelope} → that peer
//!   enter{hello} →                        peer_entered{peer, hello} → the others
//!   leave{} →                             peer_left{peer, left} → the others
//! ```
//!
//! Unknown fields are ignored. A frame of an unknown type is answered with an error that is not fatal.
//! Hellos and envelopes are sealed (see [`crate::crypto`]): to the server they are text of bounded length.

use serde::{Deserialize, Serialize};

use crate::protocol::{PeerId, ResumeSecret, RoomId};

/// Where the WebSocket is served.
pub const PATH: &str = "/v1";

/// Sealed bytes in base64url without padding. Only members of the room can open them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

/// What a client sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// The first frame of every connection: into the room's lobby, or back to a peer's kept place.
    Join {
        /// The room.
        room: RoomId,
        /// The id this client chose.
        peer: PeerId,
        /// Proves, when the peer comes back, that it is the same one.
        resume: ResumeSecret,
        /// Name and key, sealed for the room.
        hello: Sealed,
        /// Whether the peer had entered before (after a restart of the server it is told so).
        #[serde(default)]
        entered: bool,
        /// Sequence number of the last signal received in this session, from whichever server; 0 for none.
        /// It is never set back: the numbers of a new place go on from it.
        #[serde(default)]
        seen: u64,
    },
    /// From the lobby into the room.
    Enter {
        /// The hello as it is now: the name may have changed in the lobby.
        hello: Sealed,
    },
    /// A signal for one peer of the room.
    Signal {
        /// The receiver.
        to: PeerId,
        /// The sealed signal.
        envelope: Sealed,
    },
    /// For ICE servers with fresh credentials, while one stays.
    IceServers {},
    /// Out of the room, now.
    Leave {},
}

/// What a server sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The answer to `join`: the whole room as it is.
    Welcome {
        /// The other peers, in the order in which they joined.
        peers: Vec<PeerInfo>,
        /// STUN and TURN servers, with credentials that are good for hours.
        ice_servers: Vec<IceServer>,
        /// Seconds for which their credentials are good; 0 where nothing ends.
        #[serde(default)]
        ice_seconds: u64,
        /// Whether the server is part of somebody's app, and goes when that person does.
        #[serde(default)]
        embedded: bool,
        /// The server's bounds.
        limits: Limits,
        /// With `resumed`: who has left since the place was taken, the latest last, as far as it is kept.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left: Vec<Departure>,
        /// True when the peer's place was kept: the signals after `seen` follow, in order, once. False when the
        /// place is new: signals may have been lost.
        resumed: bool,
    },
    /// The answer to `ice_servers`.
    IceServers {
        /// As in `welcome`.
        ice_servers: Vec<IceServer>,
        /// As in `welcome`.
        #[serde(default)]
        ice_seconds: u64,
    },
    /// A peer has come to the lobby.
    PeerJoined {
        /// The peer.
        peer: PeerId,
        /// Its sealed hello.
        hello: Sealed,
        /// Whether it is in the room already (it came back after a restart of the server).
        #[serde(default)]
        entered: bool,
    },
    /// A peer has come from the lobby into the room.
    PeerEntered {
        /// The peer.
        peer: PeerId,
        /// Its sealed hello as it is now.
        hello: Sealed,
    },
    /// A peer's connection is gone; its place is kept for a while.
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
        /// Counts up by one for each receiver, from the `seen` of its `join`.
        seq: u64,
        /// The sealed signal.
        envelope: Sealed,
    },
    /// Something the client sent was refused.
    Error {
        /// What was wrong.
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

/// A STUN or TURN server, as `RTCIceServer` of the WebRTC standard (section 4.2.4).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct IceServer {
    /// `stun:`, `stuns:`, `turn:` or `turns:` addresses.
    pub urls: Vec<String>,
    /// For TURN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub username: Option<String>,
    /// For TURN; never logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub credential: Option<String>,
}

impl std::fmt::Debug for IceServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IceServer")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

/// The server's bounds, as [`super::limits`] names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of the largest frame.
    pub frame_bytes: usize,
    /// Peers in one room.
    pub peers: usize,
    /// Seconds for which a vanished peer's place is kept.
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
    /// It did not read what was sent to it, and its queue overflowed.
    TooSlow,
    /// What a newer server says.
    #[serde(other)]
    Unknown,
}

/// What a server refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerErrorCode {
    /// Not JSON, not an object, or a field is missing or malformed. Fatal.
    BadFrame,
    /// A type this server does not know.
    UnknownType,
    /// A frame above the limit. Fatal.
    FrameTooLarge,
    /// The first frame was not `join`, or it took too long. Fatal.
    NotJoined,
    /// A second `join` on one connection.
    AlreadyJoined,
    /// The room has as many peers as it may have. Fatal.
    RoomFull,
    /// The peer id is in use and the resume secret is another. Fatal.
    PeerTaken,
    /// The receiver is not in this room.
    UnknownPeer,
    /// More frames than the limit: fatal. Of one signal, when too many of the sender's wait for its receiver:
    /// not fatal.
    TooManyMessages,
    /// The same peer has opened a newer connection; this one ends. Fatal.
    Replaced,
    /// The server is going down. Fatal, try again.
    ShuttingDown,
    /// What a newer server says.
    #[serde(other)]
    Unknown,
}

impl ServerErrorCode {
    /// Whether the server ends the connection after it, where the frame does not say otherwise.
    #[must_use]
    pub const fn is_fatal(self) -> bool {
        !matches!(
            self,
            Self::UnknownType | Self::AlreadyJoined | Self::UnknownPeer
        )
    }
}
