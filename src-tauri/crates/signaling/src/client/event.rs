//! The events that a room's client reports.

use serde::Serialize;
use serde_json::Value;

use super::ServerFault;
use crate::invite::Endpoint;
use crate::protocol::{IceServer, LeftReason, PeerId, ServerErrorCode};

/// Our side of a link. The offerer makes all offers, for the link's whole life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Role {
    /// We do: the peer was in the room before us.
    Offerer,
    /// The peer does.
    Answerer,
}

/// Whether a peer's signaling connection is up. Its link may be up whatever this says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Presence {
    /// It is up.
    Online,
    /// It is down, and the server keeps the peer's place.
    Away,
    /// It was down for longer than the server waits. The peer may still come back under its id.
    Lost,
}

/// A peer whose hello has opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id: the hash of its keys.
    pub id: PeerId,
    /// Its name, cleaned.
    pub name: String,
    /// In the room, or still in the lobby.
    pub entered: bool,
    /// Whether its signaling connection is up.
    pub presence: Presence,
    /// Our role on the link with this peer.
    pub role: Role,
    /// Whether it says that it is a guest: a web page and not the app.
    pub guest: bool,
    /// The value that the safety check with this peer is bound to, see [`crate::crypto::safety_binding`].
    pub safety_binding: String,
}

// A name is only for the members of the room, so it is not printed.
impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member")
            .field("id", &self.id)
            .field("entered", &self.entered)
            .field("presence", &self.presence)
            .field("role", &self.role)
            .field("guest", &self.guest)
            .finish_non_exhaustive()
    }
}

/// An event in a room.
#[derive(Clone, PartialEq, Eq)]
pub enum RoomEvent {
    /// In the room's lobby, or back: the whole membership as it is now.
    Joined {
        /// The server that answered first.
        server: Endpoint,
        /// STUN and TURN servers as that server names them.
        ice_servers: Vec<IceServer>,
        /// The others, in the order in which they joined.
        members: Vec<Member>,
        /// The server kept our place: no signal was lost.
        resumed: bool,
        /// The server is part of a person's app, and ends with that app.
        embedded: bool,
        /// The server's permit to start this room again, for [`ClientConfig::access`](super::ClientConfig::access).
        permit: Option<String>,
    },
    /// ICE servers with fresh credentials. They replace those before.
    IceServers(Vec<IceServer>),
    /// A peer is new.
    PeerJoined(Member),
    /// A peer has entered the room from the lobby, or has changed its name in the room.
    PeerEntered {
        /// The peer.
        peer: PeerId,
        /// Its name as it is now.
        name: String,
    },
    /// A peer's signaling connection is down, up again, or given up.
    PresenceChanged {
        /// The peer.
        peer: PeerId,
        /// As it is now.
        presence: Presence,
    },
    /// A peer is no longer in the room.
    PeerLeft {
        /// The peer.
        peer: PeerId,
        /// Why.
        reason: LeftReason,
    },
    /// A signal from a member.
    Signal {
        /// The sender. Nobody else can seal in its name.
        from: PeerId,
        /// The JSON value that the sender gave to [`RoomClient::send_signal`](super::RoomClient::send_signal).
        signal: Value,
    },
    /// The connection is lost. The client connects again until it succeeds or is dropped.
    Reconnecting,
    /// The server said that it ends. It may come back. Follows [`RoomEvent::Reconnecting`].
    ServerEnded,
    /// No endpoint answers any more. Reported once for each lost connection.
    Unreachable,
    /// The server keeps sending things that do not open. Reported once.
    Tampering,
    /// The room could not be joined. The last event.
    Failed(FailReason),
}

// Signals hold addresses and keys.
impl std::fmt::Debug for RoomEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Joined {
                members, resumed, ..
            } => f
                .debug_struct("Joined")
                .field("members", members)
                .field("resumed", resumed)
                .finish_non_exhaustive(),
            Self::PeerJoined(member) => f.debug_tuple("PeerJoined").field(member).finish(),
            Self::PeerEntered { peer, .. } => write!(f, "PeerEntered({peer})"),
            Self::PresenceChanged { peer, presence } => {
                write!(f, "PresenceChanged({peer}, {presence:?})")
            }
            Self::IceServers(_) => f.write_str("IceServers"),
            Self::PeerLeft { peer, reason } => write!(f, "PeerLeft({peer}, {reason:?})"),
            Self::Signal { from, .. } => write!(f, "Signal(from {from})"),
            Self::Reconnecting => f.write_str("Reconnecting"),
            Self::ServerEnded => f.write_str("ServerEnded"),
            Self::Unreachable => f.write_str("Unreachable"),
            Self::Tampering => f.write_str("Tampering"),
            Self::Failed(reason) => write!(f, "Failed({reason:?})"),
        }
    }
}

/// Why a room could not be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailReason {
    /// No endpoint could be used in three rounds.
    Unreachable(ServerFault),
    /// The room has as many peers as it may have.
    RoomFull,
    /// The server speaks another version of the protocol.
    UnsupportedVersion,
    /// The server refused this client.
    Refused(ServerErrorCode),
}
