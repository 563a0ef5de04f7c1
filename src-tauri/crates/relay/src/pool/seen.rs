//! Which events have come already: each relay brings each one.

use std::collections::{HashSet, VecDeque};

use super::limits::MAX_SEEN;

/// The ids of the last events.
#[derive(Debug, Default)]
pub(super) struct Seen {
    ids: HashSet<[u8; 32]>,
    order: VecDeque<[u8; 32]>,
}

impl Seen {
    pub(super) fn contains(&self, id: &[u8; 32]) -> bool {
        self.ids.contains(id)
    }

    /// Only ids of events that verify: anybody can write the id of another event.
    pub(super) fn insert(&mut self, id: [u8; 32]) {
        if !self.ids.insert(id) {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > MAX_SEEN
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_ids_are_forgotten_first() {
        let id = |number: u16| {
            let mut id = [0; 32];
            id[..2].copy_from_slice(&number.to_be_bytes());
            id
        };
        let mut seen = Seen::default();
        let last = u16::try_from(MAX_SEEN).unwrap_or(u16::MAX);
        for number in 0..=last {
            seen.insert(id(number));
            seen.insert(id(number));
        }
        assert!(!seen.contains(&id(0)));
        assert!(seen.contains(&id(1)) && seen.contains(&id(last)));
        assert_eq!(seen.ids.len(), MAX_SEEN);
    }
}
