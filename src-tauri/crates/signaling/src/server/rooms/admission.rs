//! Who may have a place in a room: a peer that has proved itself on its connection, or one that code of this process
//! speaks for. There is no third way to make an [`Admission`], and the registry takes nothing else.

use std::time::SystemTime;

use crate::crypto::{BadProof, JoinProof};
use crate::protocol::{Access, Join, Nonce, PeerId, PeerKeys, RoomId, Sealed};
use crate::server::RoomAccess;

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
    /// Whether it may start the room, if there is none.
    pub(super) may_start: bool,
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
            may_start: true,
        })
    }

    /// On a server that asks for it, a peer starts its room only with the access token or a permit for that room.
    #[must_use]
    pub fn with_access(self, access: &RoomAccess, now: SystemTime) -> Self {
        let is_valid = |given| access.may_start(self.room, given, now);
        let may_start = self.access.as_ref().is_some_and(is_valid);
        Self { may_start, ..self }
    }

    /// The room.
    #[must_use]
    pub const fn room(&self) -> RoomId {
        self.room
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
            may_start: true,
        }
    }
}
