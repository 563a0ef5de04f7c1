//! Who may have a place in a room: a peer that has proved itself on its connection, or one that code of this process
//! speaks for. There is no third way to make an [`Admission`], and the registry takes nothing else.

use crate::crypto::{BadProof, JoinProof};
use crate::protocol::{Access, Join, Nonce, PeerId, PeerKeys, RoomId, Sealed};

/// How a member came to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// It signed the nonce of its connection, for the room and for itself.
    Proved,
    /// Code of this process has checked it in another way.
    Introduced,
}

/// A peer that may have a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    pub(super) admitted: Admitted,
    pub(super) room: RoomId,
    pub(super) peer: PeerId,
    pub(super) hello: Sealed,
    pub(super) entered: bool,
    pub(super) seen: u64,
    pub(super) access: Option<Access>,
}

/// A peer that code of this process speaks for: it has checked that the hello is this peer's, and is not an old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// The room.
    pub room: RoomId,
    /// The peer's keys.
    pub keys: PeerKeys,
    /// Its sealed hello.
    pub hello: Sealed,
    /// Whether it has entered the room.
    pub entered: bool,
}

impl Admission {
    /// Checks a join against the nonce of its connection. This costs two signature checks, so it is done outside of any
    /// lock.
    ///
    /// # Errors
    /// When the room's or the peer's signature does not hold.
    pub fn prove(join: Join, nonce: &Nonce) -> Result<Self, BadProof> {
        let proof = JoinProof {
            room: join.room_proof,
            peer: join.peer_proof,
        };
        proof.verify(nonce, &join.room, &join.keys)?;
        Ok(Self {
            admitted: Admitted::Proved,
            room: join.room,
            peer: join.keys.peer_id(),
            hello: join.hello,
            entered: join.entered,
            seen: join.seen,
            access: join.access,
        })
    }

    /// Takes the word of code in this process.
    #[must_use]
    pub fn introduce(introduction: Introduction) -> Self {
        Self {
            admitted: Admitted::Introduced,
            room: introduction.room,
            peer: introduction.keys.peer_id(),
            hello: introduction.hello,
            entered: introduction.entered,
            seen: 0,
            access: None,
        }
    }
}
