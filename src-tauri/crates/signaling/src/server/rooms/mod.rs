//! The rooms of a server, without a socket, a task or a clock.
//!
//! Frames go into the [`RoomRegistry`] together with the time. Messages to send and connections to close come out, and
//! [`RoomRegistry::next_deadline`] says when to call [`RoomRegistry::handle_timeout`]. [`crate::server`] connects it
//! with sockets.
//!
//! ```text
//! connect → join → lobby → enter → in the room ─ leave ──────────────→ left
//!                    └────────────────┴ connection lost → away ─ 30 s → gone
//!                                          ↑                │
//!                                          └─ join, resumed ┘
//! ```

mod admission;
mod deadlines;
mod eviction;
mod ids;
mod inbound;
mod join;
mod mailbox;
mod messages;
mod open_rooms;
mod registry;
mod room;
mod snapshot;
mod turn;

pub use admission::{Admission, Admitted, Introduction};
pub use ids::ConnId;
pub use inbound::Inbound;
pub(crate) use mailbox::queued_bytes;
pub use registry::{Output, RegistryConfig, RoomRegistry};
pub use snapshot::{LocalMember, RoomSnapshot};
