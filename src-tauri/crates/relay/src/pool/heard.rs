//! At which relays others were heard last: they listen there too.

use std::collections::VecDeque;

use super::limits::MAX_HEARD;
use crate::event::Key;

/// An author's last event and the relays that have brought it.
#[derive(Debug)]
struct Last {
    author: Key,
    event: [u8; 32],
    relays: Vec<usize>,
}

/// The authors, those heard last at the end.
#[derive(Debug, Default)]
pub(super) struct Heard(VecDeque<Last>);

impl Heard {
    /// A relay has brought an event that is new.
    pub(super) fn first(&mut self, author: Key, event: [u8; 32], relay: usize) {
        self.0.retain(|last| last.author != author);
        if self.0.len() >= MAX_HEARD {
            self.0.pop_front();
        }
        self.0.push_back(Last {
            author,
            event,
            relays: vec![relay],
        });
    }

    /// Another relay has brought it too.
    pub(super) fn again(&mut self, author: &Key, event: &[u8; 32], relay: usize) {
        let is_it = |last: &&mut Last| last.author == *author && last.event == *event;
        if let Some(last) = self.0.iter_mut().find(is_it)
            && !last.relays.contains(&relay)
        {
            last.relays.push(relay);
        }
    }

    /// The relays of each author.
    pub(super) fn relays(&self) -> impl Iterator<Item = &[usize]> {
        self.0.iter().map(|last| last.relays.as_slice())
    }
}
