//! How much one address may use, and how much all together.

use crate::protocol::limits::{
    ADDRESS_BYTES, ADDRESS_CONNECTIONS, ADDRESS_HANDSHAKES, ADDRESS_PLACES, CONNECTION_BYTES,
    CREDENTIAL_BURST, CREDENTIALS_PER_MINUTE, HANDSHAKE_BURST, HANDSHAKES_PER_SECOND, JOIN_BURST,
    JOINS_PER_SECOND, MAX_CONNECTIONS, MAX_HANDSHAKES, MAX_SERVER_BYTES, PLACE_BYTES,
    RESERVED_SHARE, SERVER_JOIN_BURST, SERVER_JOINS_PER_SECOND,
};

/// The budgets of a server.
#[derive(Clone, Copy, Debug)]
pub struct BudgetConfig {
    /// The bounds of one address.
    pub address: BudgetLimits,
    /// The bounds of all addresses together.
    pub server: BudgetLimits,
    /// Handshakes of one address: a burst, and how many a second after it.
    pub handshake_rate: Rate,
    /// Joins of one address. Each costs signature checks.
    pub join_rate: Rate,
    /// Joins of all addresses that do not resume.
    pub server_join_rate: Rate,
    /// TURN credentials of one address.
    pub credential_rate: RatePerMinute,
}

/// Bounds of what is in use at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetLimits {
    /// Connections that have not joined yet, from the first packet on.
    pub handshakes: usize,
    /// Connections that have joined.
    pub connections: usize,
    /// Peers in rooms, including those that are away.
    pub places: usize,
    /// Bytes of memory. Of an address: what is kept for its peers, in mailboxes and send queues. Of the server: that,
    /// and a fixed allowance for each connection and place.
    pub bytes: usize,
}

/// A rate limit: a burst, then a number a second.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// How many at once.
    pub burst: u32,
    /// How many a second after that.
    pub per_second: u32,
}

/// A slower rate limit: a burst, then a number a minute.
#[derive(Clone, Copy, Debug)]
pub struct RatePerMinute {
    /// How many at once.
    pub burst: u32,
    /// How many a minute after that.
    pub per_minute: u32,
}

impl Default for BudgetConfig {
    fn default() -> Self {
        Self {
            address: BudgetLimits {
                handshakes: ADDRESS_HANDSHAKES,
                connections: ADDRESS_CONNECTIONS,
                places: ADDRESS_PLACES,
                bytes: ADDRESS_BYTES,
            },
            server: BudgetLimits {
                handshakes: MAX_HANDSHAKES,
                connections: MAX_CONNECTIONS,
                places: 2 * MAX_CONNECTIONS,
                bytes: MAX_SERVER_BYTES,
            },
            handshake_rate: Rate {
                burst: HANDSHAKE_BURST,
                per_second: HANDSHAKES_PER_SECOND,
            },
            join_rate: Rate {
                burst: JOIN_BURST,
                per_second: JOINS_PER_SECOND,
            },
            server_join_rate: Rate {
                burst: SERVER_JOIN_BURST,
                per_second: SERVER_JOINS_PER_SECOND,
            },
            credential_rate: RatePerMinute {
                burst: CREDENTIAL_BURST,
                per_minute: CREDENTIALS_PER_MINUTE,
            },
        }
    }
}

impl BudgetConfig {
    /// Lowers the server's counts until their allowances take seven eighths of its memory at most, so that the bound
    /// on memory holds whatever the counts are.
    #[must_use]
    pub(crate) fn fit(mut self) -> Self {
        let server = &mut self.server;
        let share = server.bytes / 8 * 7;
        let wanted = fixed_bytes(server);
        if wanted > share {
            for count in [
                &mut server.handshakes,
                &mut server.connections,
                &mut server.places,
            ] {
                *count = scaled(*count, share, wanted).max(1);
            }
        }
        self
    }

    /// Bytes that mailboxes and send queues may take together.
    pub(crate) fn kept_bytes(&self) -> usize {
        self.server.bytes.saturating_sub(fixed_bytes(&self.server))
    }
}

/// The part of a limit that a newcomer may use. The rest is set aside for those who come back.
pub(super) const fn open_share(limit: usize) -> usize {
    limit - limit / RESERVED_SHARE
}

const fn fixed_bytes(server: &BudgetLimits) -> usize {
    (server.handshakes + server.connections) * CONNECTION_BYTES + server.places * PLACE_BYTES
}

/// `count * share / wanted` without an overflow.
fn scaled(count: usize, share: usize, wanted: usize) -> usize {
    let scaled = count as u128 * share as u128 / wanted.max(1) as u128;
    usize::try_from(scaled).unwrap_or(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_counts_fit_into_the_default_memory() {
        let config = BudgetConfig::default();
        assert_eq!(config.fit().server, config.server);
        assert!(config.kept_bytes() >= 8 * ADDRESS_BYTES);
    }

    #[test]
    fn a_small_memory_lowers_the_counts() {
        let mut config = BudgetConfig::default();
        config.server.bytes = 64 * 1024 * 1024;
        let fitted = config.fit();
        assert!(fitted.server.connections < config.server.connections);
        assert!(fixed_bytes(&fitted.server) <= 56 * 1024 * 1024);
        assert!(fitted.kept_bytes() >= 8 * 1024 * 1024);
    }
}
