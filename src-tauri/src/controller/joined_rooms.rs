//! The rooms that this app has joined since it was started.

use std::collections::VecDeque;

use parlour_signaling::crypto::RoomKeys;
use parlour_signaling::invite::{Endpoint, Invite, Relays};
use parlour_signaling::protocol::RoomId;

/// The room joined longest ago is forgotten first.
const MAX_ROOMS: usize = 64;

/// Their ids and places, without their secrets.
#[derive(Default)]
pub(super) struct JoinedRooms(VecDeque<(RoomId, Vec<Endpoint>, Relays)>);

impl JoinedRooms {
    pub(super) fn add(&mut self, invite: &Invite) {
        let id = room_id(invite);
        self.0.retain(|(known, ..)| *known != id);
        self.0
            .push_front((id, invite.endpoints.clone(), invite.relays.clone()));
        self.0.truncate(MAX_ROOMS);
    }

    /// Whether the invite leads to such a room by places that were used for it: a member of the room could name
    /// another server or relay.
    pub(super) fn contains(&self, invite: &Invite) -> bool {
        let id = room_id(invite);
        let are_all_in =
            |few: &[Endpoint], all: &[Endpoint]| few.iter().all(|one| all.contains(one));
        self.0.iter().any(|(known, endpoints, relays)| {
            *known == id
                && are_all_in(&invite.endpoints, endpoints)
                && are_all_in(&invite.relays.named, &relays.named)
                && (relays.listed || !invite.relays.listed)
        })
    }
}

fn room_id(invite: &Invite) -> RoomId {
    RoomKeys::new(&invite.secret).room_id()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use parlour_signaling::crypto::RoomSecret;

    use super::*;

    fn invite(room: usize, endpoints: &[&str]) -> Invite {
        let mut secret = [0; 16];
        secret[..8].copy_from_slice(&room.to_be_bytes());
        Invite {
            endpoints: endpoints
                .iter()
                .map(|endpoint| endpoint.parse().unwrap())
                .collect(),
            relays: Relays::default(),
            secret: RoomSecret::from_bytes(secret),
        }
    }

    #[test]
    fn a_room_is_known_by_its_secret_and_its_endpoints() {
        let mut rooms = JoinedRooms::default();
        rooms.add(&invite(1, &["192.168.1.7:18420", "[fd00::7]:18420"]));
        assert!(rooms.contains(&invite(1, &["[fd00::7]:18420"])));
        for other in [
            invite(2, &["192.168.1.7:18420"]),
            invite(1, &["192.168.1.7:18420", "evil.example"]),
            invite(1, &["192.168.1.7:18421"]),
        ] {
            assert!(!rooms.contains(&other));
        }
    }

    #[test]
    fn a_relay_that_was_not_used_for_a_room_is_another_place() {
        let with_relays = |listed, named: &[&str]| Invite {
            relays: Relays {
                listed,
                named: named.iter().map(|relay| relay.parse().unwrap()).collect(),
            },
            ..invite(1, &[])
        };
        let mut rooms = JoinedRooms::default();
        rooms.add(&with_relays(false, &["relay.example", "other.example"]));
        assert!(rooms.contains(&with_relays(false, &["other.example"])));
        assert!(!rooms.contains(&with_relays(true, &[])));
        assert!(!rooms.contains(&with_relays(false, &["evil.example"])));
    }

    #[test]
    fn the_one_joined_longest_ago_is_forgotten() {
        let mut rooms = JoinedRooms::default();
        for room in 0..=MAX_ROOMS {
            rooms.add(&invite(room, &["parlour.example.org"]));
            // Joined again, so it is the second that goes.
            rooms.add(&invite(0, &["parlour.example.org"]));
        }
        assert!(rooms.contains(&invite(0, &["parlour.example.org"])));
        assert!(!rooms.contains(&invite(1, &["parlour.example.org"])));
        assert!(rooms.contains(&invite(2, &["parlour.example.org"])));
    }
}
