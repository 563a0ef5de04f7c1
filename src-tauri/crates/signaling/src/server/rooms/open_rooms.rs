//! The rooms of a server, and how many of them share a hash.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::room::Room;
use crate::protocol::{RoomHash, RoomId};

#[derive(Debug, Default)]
pub(super) struct OpenRooms {
    rooms: HashMap<RoomId, Room>,
    hashes: HashMap<RoomHash, usize>,
}

impl OpenRooms {
    pub(super) fn get(&self, id: &RoomId) -> Option<&Room> {
        self.rooms.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &RoomId) -> Option<&mut Room> {
        self.rooms.get_mut(id)
    }

    pub(super) fn contains(&self, id: &RoomId) -> bool {
        self.rooms.contains_key(id)
    }

    /// Whether one of the rooms may be the one that is looked for.
    pub(super) fn contains_hash(&self, hash: RoomHash) -> bool {
        self.hashes.contains_key(&hash)
    }

    /// The room, which is opened if it is not.
    pub(super) fn open(&mut self, id: RoomId) -> &mut Room {
        match self.rooms.entry(id) {
            Entry::Occupied(room) => room.into_mut(),
            Entry::Vacant(vacant) => {
                *self.hashes.entry(id.room_hash()).or_default() += 1;
                vacant.insert(Room::default())
            }
        }
    }

    pub(super) fn remove(&mut self, id: &RoomId) -> Option<Room> {
        let room = self.rooms.remove(id)?;
        if let Entry::Occupied(mut count) = self.hashes.entry(id.room_hash()) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        Some(room)
    }

    pub(super) fn ids(&self) -> Vec<RoomId> {
        self.rooms.keys().copied().collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&RoomId, &Room)> {
        self.rooms.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.rooms.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_known_as_long_as_one_of_its_rooms_is_open() {
        let id = |n: u32| {
            let mut bytes = [0; 32];
            bytes[..4].copy_from_slice(&n.to_be_bytes());
            RoomId::from_bytes(bytes)
        };
        let first = id(0);
        let other = (1..)
            .map(id)
            .find(|other| other.room_hash() == first.room_hash())
            .unwrap_or(first);
        assert_ne!(first, other);
        let mut rooms = OpenRooms::default();
        for room in [first, other, first] {
            rooms.open(room);
        }
        for room in [other, first] {
            assert!(rooms.contains_hash(first.room_hash()));
            rooms.remove(&room);
        }
        assert!(!rooms.contains_hash(first.room_hash()));
        assert!(rooms.hashes.is_empty());
    }
}
