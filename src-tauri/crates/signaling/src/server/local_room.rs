//! A room of the server as code of the same process sees it: who is there over a connection of this server, and places
//! for peers that it reaches in another way.

use std::sync::{Arc, Weak};

use tokio::sync::watch;

use super::introduced_peer::IntroducedPeer;
use super::rooms::{Introduction, RoomSnapshot};
use super::shared::Shared;
use crate::protocol::RoomId;

/// A room of a server. It does not keep the server running.
#[derive(Clone, Debug)]
pub struct LocalRoom {
    shared: Weak<Shared>,
    room: RoomId,
    snapshots: watch::Receiver<RoomSnapshot>,
}

impl LocalRoom {
    pub(super) fn new(shared: &Arc<Shared>, room: RoomId) -> Self {
        Self {
            shared: Arc::downgrade(shared),
            room,
            snapshots: shared.observe(room),
        }
    }

    /// The room.
    #[must_use]
    pub const fn room(&self) -> RoomId {
        self.room
    }

    /// The peers that have proved themselves to this server.
    #[must_use]
    pub fn snapshot(&mut self) -> RoomSnapshot {
        self.snapshots.borrow_and_update().clone()
    }

    /// Waits until [`LocalRoom::snapshot`] has news. False when the server is gone.
    pub async fn changed(&mut self) -> bool {
        self.snapshots.changed().await.is_ok()
    }

    /// As [`ServerHandle::introduce`](super::ServerHandle::introduce). Nothing when the server is gone.
    #[must_use]
    pub fn introduce(&self, introduction: Introduction) -> Option<IntroducedPeer> {
        let shared = self.shared.upgrade()?;
        Some(IntroducedPeer::new(&shared, introduction))
    }
}
