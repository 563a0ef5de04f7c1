//! A peer of a room that has no connection to this server: code of the same process speaks for it, because it reaches
//! the peer in another way and has checked who it is.

use std::future::poll_fn;
use std::sync::{Arc, Weak};

use super::budgets::Source;
use super::rooms::{Admission, Inbound, Introduction};
use super::send_queue::Outgoing;
use super::shared::{Opening, Shared};
use crate::protocol::{ClientMessage, ServerMessage};

/// The place of an introduced peer. When it is dropped, the peer is away.
///
/// The peer is subject to the same limits as a connection, except that it is not pinged.
#[derive(Debug)]
pub struct IntroducedPeer {
    shared: Weak<Shared>,
    /// Counted apart from the connections of any address.
    opening: Opening,
}

impl IntroducedPeer {
    pub(super) fn new(shared: &Arc<Shared>, introduction: Introduction) -> Self {
        let opening = shared.open_unlimited(Source::Introduced);
        shared.connect(opening.conn);
        let admission = Admission::introduce(introduction);
        shared.receive(opening.conn, Inbound::Join(admission));
        Self {
            shared: Arc::downgrade(shared),
            opening,
        }
    }

    /// The next message for the peer: the welcome first, without ICE servers. Nothing comes after the end, or when the
    /// server is gone. A signal counts as arrived when it is taken.
    pub async fn receive(&mut self) -> Option<Arc<ServerMessage>> {
        let outgoing = poll_fn(|cx| self.opening.queue.poll_next(cx)).await;
        let message = match outgoing? {
            Outgoing::Message(message, _) => message,
            Outgoing::IceServers(turn_for) => {
                let shared = self.shared.upgrade()?;
                Arc::new(shared.ice_servers(self.opening.conn, turn_for.map(|room| *room)))
            }
            Outgoing::Close(_) => return None,
        };
        if let ServerMessage::Signal { seq, .. } = *message {
            self.pass_on(Inbound::Pong { confirms: seq });
        }
        Some(message)
    }

    /// Passes on what the peer says.
    pub fn send(&self, message: ClientMessage) {
        self.pass_on(Inbound::Message(message));
    }

    fn pass_on(&self, inbound: Inbound) {
        if let Some(shared) = self.shared.upgrade() {
            shared.receive(self.opening.conn, inbound);
        }
    }
}

impl Drop for IntroducedPeer {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.disconnect(self.opening.conn);
        }
    }
}
