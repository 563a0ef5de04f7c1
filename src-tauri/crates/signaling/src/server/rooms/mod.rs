//! The rooms of a server, without a socket, a task or a clock.
//!
//! What arrives goes into the [`Hall`] together with the time; what has to be sent or closed comes out, and
//! [`Hall::next_deadline`] says when to call [`Hall::tick`]. [`crate::server`] translates between it and sockets.
//!
//! ```text
//! connect → join → lobby → enter → in the room ─ leave ──────────────→ left
//!                    └────────────────┴ connection lost → away ─ 30 s → gone
//!                                          ↑                │
//!                                          └─ join, resumed ┘
//! ```

mod deadlines;
mod ids;
mod inbound;
mod join;
mod mailbox;
mod messages;
mod registry;
mod room;

pub use ids::ConnId;
pub use inbound::{Incoming, Refusal};
pub(crate) use mailbox::weight;
pub use registry::{Hall, HallConfig, Output};
