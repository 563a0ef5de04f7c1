//! The connections with the relays of a room: [`RelayPool`].
//!
//! The pool signs with a fresh key, verifies, deduplicates, drops its own echoes, keeps the budgets of each relay and
//! waits as a relay asks. It knows nothing of what the contents mean.

mod connection;
mod core;
mod heard;
mod limits;
mod message;
mod relay;
mod seen;
mod send_budget;
mod status;
mod task;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use parlour_signaling::client::{TcpTransport, Transport, WebSocketDialer};
use parlour_signaling::invite::Endpoint;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::task::AbortOnDropHandle;

use self::task::Channels;
use crate::event::{AuthorKey, Key, MAX_CONTENT_BYTES};

pub use self::status::{RelayFault, RelayState, RelayStatus};

/// Relays that an event goes to, if they work and everybody was heard at one of them.
pub const RELAYS_OF_A_ROOM: usize = 3;

/// The first relays of the list, at which everybody in a room listens. Two people meet if one of these works for both.
pub const LISTENED_RELAYS: usize = 6;

/// The configuration of a pool.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// The relays, the preferred ones first: see [`list::for_room`](crate::list::for_room). The pool listens at the
    /// first [`LISTENED_RELAYS`], and at further ones while fewer than [`RELAYS_OF_A_ROOM`] work.
    pub relays: Vec<Endpoint>,
    /// The network, or a simulation of it.
    pub transport: Arc<dyn Transport>,
}

impl PoolConfig {
    /// These relays over the network of this computer.
    #[must_use]
    pub fn new(relays: Vec<Endpoint>) -> Self {
        let transport = Arc::new(TcpTransport::default());
        Self { relays, transport }
    }
}

/// Something to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Comes back in [`PoolEvent::Accepted`] or [`PoolEvent::Refused`]. The caller does not use one twice.
    pub tag: u64,
    /// The mailbox, which the relays see.
    pub mailbox: Key,
    /// Sealed bytes, at most [`MAX_CONTENT_BYTES`]. No two may be equal: relays take
    /// the second for a repetition.
    pub content: Vec<u8>,
    /// Goes to every relay in use: somebody may listen at one of them who was not heard there yet.
    pub is_wide: bool,
    /// This session ends: the event is sent at once, beyond the budget of a relay and before what waits.
    pub is_last: bool,
}

/// An event of the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PoolEvent {
    /// A relay has confirmed the subscription for the first time: from now on others are heard.
    Ready,
    /// Somebody has published to one of our mailboxes. Each event comes once. Anybody can publish: the author is only
    /// a key, which signed this content.
    Received {
        /// The mailbox.
        mailbox: Key,
        /// The x-only public key that signed.
        author: Key,
        /// The decoded content.
        content: Vec<u8>,
    },
    /// A relay says that it has taken it. It may lie.
    Accepted {
        /// Of the [`Outgoing`].
        tag: u64,
    },
    /// No relay has taken it in time, and it is forgotten.
    Refused {
        /// Of the [`Outgoing`].
        tag: u64,
    },
    /// The state of a relay has changed: all relays in use, the preferred ones first.
    Status(Vec<RelayStatus>),
}

/// Why something cannot be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The content is longer than an event may carry.
    #[error("the content is too long")]
    TooLong,
    /// Too much waits already, or the pool has ended.
    #[error("too much waits")]
    Full,
}

/// The connections with the relays of a room. When it is dropped, they end.
#[derive(Debug)]
pub struct RelayPool {
    author: Key,
    outgoing: mpsc::Sender<Outgoing>,
    mailboxes: watch::Sender<Vec<Key>>,
    network_changes: Arc<Notify>,
    _task: AbortOnDropHandle<()>,
}

/// Events that wait to be taken by the pool, and events of the pool that wait to be taken by its caller.
const CHANNEL_CAPACITY: usize = 64;

impl RelayPool {
    /// Starts to connect. Needs a runtime of Tokio. Received events are dropped when nobody takes them for long.
    #[must_use]
    pub fn spawn(config: PoolConfig) -> (Self, mpsc::Receiver<PoolEvent>) {
        let key = AuthorKey::generate();
        let author = key.public();
        let (outgoing, outgoing_receiver) = mpsc::channel(CHANNEL_CAPACITY);
        let (mailboxes, mailboxes_receiver) = watch::channel(Vec::new());
        let (events, events_receiver) = mpsc::channel(CHANNEL_CAPACITY);
        let network_changes = Arc::new(Notify::new());
        let channels = Channels {
            outgoing: outgoing_receiver,
            mailboxes: mailboxes_receiver,
            network_changes: Arc::clone(&network_changes),
            events,
        };
        let dialer = WebSocketDialer::new(config.transport);
        let task = tokio::spawn(task::run(key, config.relays, dialer, channels));
        let pool = Self {
            author,
            outgoing,
            mailboxes,
            network_changes,
            _task: AbortOnDropHandle::new(task),
        };
        (pool, events_receiver)
    }

    /// The x-only public key that signs what this pool publishes. A new one for each pool.
    #[must_use]
    pub const fn author(&self) -> Key {
        self.author
    }

    /// Publishes to the first [`RELAYS_OF_A_ROOM`] that work, and where those listen who were heard at none of these.
    /// Waits while a budget is used up; ends with [`PoolEvent::Accepted`] or
    /// [`PoolEvent::Refused`].
    ///
    /// # Errors
    /// When it is not queued.
    pub fn publish(&self, outgoing: Outgoing) -> Result<(), PublishError> {
        if outgoing.content.len() > MAX_CONTENT_BYTES {
            return Err(PublishError::TooLong);
        }
        self.outgoing
            .try_send(outgoing)
            .map_err(|_| PublishError::Full)
    }

    /// Listens to these mailboxes, and to no others. At most 8. A pool without mailboxes publishes nothing.
    pub fn subscribe(&self, mailboxes: Vec<Key>) {
        self.mailboxes.send_replace(mailboxes);
    }

    /// The network of this computer has changed: every connection is made again at once.
    pub fn network_changed(&self) {
        self.network_changes.notify_one();
    }
}
