//! What a room's client reports.

use serde_json::Value;

use crate::invite::Endpoint;
use crate::protocol::{ErrorCode, IceServer, LeftReason, PeerId};

/// A peer whose hello has opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id: the hash of its key.
    pub id: PeerId,
    /// Its name, cleaned.
    pub name: String,
    /// In the room, or still in the lobby.
    pub entered: bool,
    /// Its connection to the server is gone; it may come back.
    pub away: bool,
    /// It has been away for so long that the server has given it up. It may come back all the same, under its id.
    pub lost: bool,
    /// It was there before us: we are the newcomer of the two, who offers. Never changes for an id.
    pub found: bool,
}

// A name is nobody's business but the room's.
impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member")
            .field("id", &self.id)
            .field("entered", &self.entered)
            .field("away", &self.away)
            .field("lost", &self.lost)
            .field("found", &self.found)
            .finish_non_exhaustive()
    }
}

/// What happens in a room.
#[derive(Clone, PartialEq, Eq)]
pub enum RoomEvent {
    /// In the room's lobby, or back: the whole membership as it is now.
    Joined {
        /// The server that answered first.
        server: Endpoint,
        /// STUN and TURN servers as that server names them.
        ice_servers: Vec<IceServer>,
        /// The others, in the order in which they came.
        members: Vec<Member>,
        /// The place was kept: no signal was lost.
        resumed: bool,
        /// The server is part of a person's app, and goes when that person does.
        embedded: bool,
    },
    /// ICE servers with fresh credentials, in place of those before.
    IceServers(Vec<IceServer>),
    /// A peer is new.
    PeerJoined(Member),
    /// A peer has come from the lobby into the room, or has changed its name there.
    PeerEntered {
        /// The peer.
        peer: PeerId,
        /// Its name as it is now.
        name: String,
    },
    /// A peer's connection to the server is gone.
    PeerAway(PeerId),
    /// It is back: from being away, or lost.
    PeerBack(PeerId),
    /// It was away for longer than the server waits. What one has with it stays.
    PeerLost(PeerId),
    /// A peer is no longer in the room.
    PeerLeft {
        /// The peer.
        peer: PeerId,
        /// Why.
        reason: LeftReason,
    },
    /// A signal from a member.
    Signal {
        /// The sender, which nobody else can speak for.
        from: PeerId,
        /// As the sender's page made it.
        signal: Value,
    },
    /// The connection is lost, and tried again until it is back or the client is dropped.
    Reconnecting,
    /// Nobody answers where the server was. Told once for each time that the connection is lost.
    Unreachable,
    /// Things that do not open keep coming from the server. Told once.
    Tampering,
    /// It is over: the last event.
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
            Self::PeerAway(peer) => write!(f, "PeerAway({peer})"),
            Self::PeerBack(peer) => write!(f, "PeerBack({peer})"),
            Self::PeerLost(peer) => write!(f, "PeerLost({peer})"),
            Self::IceServers(_) => f.write_str("IceServers"),
            Self::PeerLeft { peer, reason } => write!(f, "PeerLeft({peer}, {reason:?})"),
            Self::Signal { from, .. } => write!(f, "Signal(from {from})"),
            Self::Reconnecting => f.write_str("Reconnecting"),
            Self::Unreachable => f.write_str("Unreachable"),
            Self::Tampering => f.write_str("Tampering"),
            Self::Failed(reason) => write!(f, "Failed({reason:?})"),
        }
    }
}

/// Why a room could not be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailReason {
    /// No endpoint answered, three rounds long.
    Unreachable,
    /// The room has as many peers as it may have.
    RoomFull,
    /// The server refused this client.
    Refused(ErrorCode),
}
