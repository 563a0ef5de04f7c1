//! The relays of an invite: servers of others that pass sealed messages between members who cannot reach a common server.

use super::{Endpoint, EndpointError};

/// The relays over which members of a room find each other. An invite names none unless its room can be found that way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relays {
    /// The relays of the list that comes with the app.
    pub listed: bool,
    /// More of them, at most [`MAX_RELAYS`](super::MAX_RELAYS).
    pub named: Vec<Endpoint>,
}

/// Stands in front of a relay in an invite, and alone for the list.
const MARK: char = '~';

impl Relays {
    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        !self.listed && self.named.is_empty()
    }

    /// Takes over one part of an invite if it names relays: `~` or `~host[:port]`. False for any other part.
    pub(super) fn take(&mut self, part: &str) -> Result<bool, EndpointError> {
        let Some(relay) = part.strip_prefix(MARK) else {
            return Ok(false);
        };
        if relay.is_empty() {
            self.listed = true;
        } else {
            let relay = relay.parse()?;
            if !self.named.contains(&relay) {
                self.named.push(relay);
            }
        }
        Ok(true)
    }

    /// The parts of an invite.
    pub(super) fn parts(&self) -> impl Iterator<Item = String> {
        let listed = self.listed.then(|| MARK.to_string());
        let named = self.named.iter().map(|relay| format!("{MARK}{relay}"));
        listed.into_iter().chain(named)
    }
}
