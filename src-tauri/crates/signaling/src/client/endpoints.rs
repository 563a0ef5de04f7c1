//! The endpoints of a room's invite, and which of them are dialled next.
//!
//! Pure. A round begins with all endpoints. It ends when those that are left do not answer, or when none is left.

use super::event::FailReason;
use crate::invite::Endpoint;
use crate::protocol::ServerErrorCode;

#[derive(Debug)]
pub(super) struct Endpoints {
    all: Vec<Endpoint>,
    /// Servers that cannot have the room: not dialled again in this round.
    excluded: Vec<Endpoint>,
    /// A server that accepted us but gave no welcome. The others are tried first.
    useless: Option<Endpoint>,
    /// The reason of an excluded server. An unsupported version counts more: that server may have the room.
    reason: FailReason,
}

impl Endpoints {
    pub(super) const fn new(all: Vec<Endpoint>) -> Self {
        Self {
            all,
            excluded: Vec::new(),
            useless: None,
            reason: WRONG_ROOM,
        }
    }

    /// The endpoints to dial, in order.
    pub(super) fn next(&mut self) -> Vec<Endpoint> {
        let mut next = self.remaining();
        let useless = self.useless.take();
        if next.len() > 1 {
            next.retain(|endpoint| Some(endpoint) != useless.as_ref());
        }
        next
    }

    /// The endpoints that may have the room.
    pub(super) fn remaining(&self) -> Vec<Endpoint> {
        let mut remaining = self.all.clone();
        remaining.retain(|endpoint| !self.excluded.contains(endpoint));
        remaining
    }

    /// The others are tried first, once.
    pub(super) fn avoid(&mut self, server: Endpoint) {
        self.useless = Some(server);
    }

    /// The server cannot have the room.
    ///
    /// # Errors
    /// When no endpoint is left in this round: what they say.
    pub(super) fn exclude(
        &mut self,
        server: Endpoint,
        reason: FailReason,
    ) -> Result<(), FailReason> {
        self.excluded.push(server);
        if reason != WRONG_ROOM {
            self.reason = reason;
        }
        if self.remaining().is_empty() {
            return Err(self.reason);
        }
        Ok(())
    }

    /// All endpoints may be tried again.
    pub(super) fn begin_round(&mut self) {
        self.excluded.clear();
        self.reason = WRONG_ROOM;
    }
}

const WRONG_ROOM: FailReason = FailReason::Refused(ServerErrorCode::WrongRoom);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn endpoints<const N: usize>(names: [&str; N]) -> (Endpoints, [Endpoint; N]) {
        let all = names.map(|name| name.parse::<Endpoint>().unwrap());
        (Endpoints::new(all.to_vec()), all)
    }

    #[test]
    fn a_useless_endpoint_is_left_out_once_if_there_are_others() {
        let (mut endpoints, [one, two]) = endpoints(["one.example", "two.example"]);
        endpoints.avoid(one.clone());
        assert_eq!(endpoints.next(), std::slice::from_ref(&two));
        assert_eq!(endpoints.next(), [one, two]);
        let (mut endpoints, [only]) = self::endpoints(["one.example"]);
        endpoints.avoid(only.clone());
        assert_eq!(endpoints.next(), [only]);
    }

    #[test]
    fn an_endpoint_that_cannot_have_the_room_is_left_out_for_the_round() {
        let (mut endpoints, [one, two]) = endpoints(["one.example", "two.example"]);
        endpoints.exclude(one.clone(), WRONG_ROOM).unwrap();
        // The last one that is left is dialled even if it was useless before.
        endpoints.avoid(two.clone());
        assert_eq!(endpoints.next(), std::slice::from_ref(&two));
        assert_eq!(endpoints.exclude(two.clone(), WRONG_ROOM), Err(WRONG_ROOM));
        endpoints.begin_round();
        assert_eq!(endpoints.next(), [one, two]);
    }

    #[test]
    fn an_unsupported_version_counts_more_than_a_server_of_other_rooms() {
        let (mut endpoints, [one, two]) = endpoints(["one.example", "two.example"]);
        let unsupported = FailReason::UnsupportedVersion;
        endpoints.exclude(one, unsupported).unwrap();
        assert_eq!(endpoints.exclude(two, WRONG_ROOM), Err(unsupported));
    }
}
