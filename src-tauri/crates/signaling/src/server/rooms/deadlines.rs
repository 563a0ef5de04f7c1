//! The deadlines of connections and of away members.

use std::collections::BTreeSet;
use std::time::Instant;

use super::ids::ConnId;
use crate::protocol::{PeerId, RoomId};

/// Why a deadline is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// The connection has not joined in time.
    Join(ConnId),
    /// The peer has been away for too long.
    Gone(RoomId, PeerId),
}

/// All deadlines, the next one first.
#[derive(Debug, Default)]
pub(super) struct Deadlines(BTreeSet<(Instant, Due)>);

impl Deadlines {
    pub(super) fn set(&mut self, at: Instant, due: Due) {
        self.0.insert((at, due));
    }

    pub(super) fn unset(&mut self, at: Instant, due: Due) {
        self.0.remove(&(at, due));
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes the next one that is due.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Due> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, due)| due)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
