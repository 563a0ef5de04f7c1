//! The bounds of one address on a server, and of all addresses together: handshakes, connections, joins, places, bytes.
//!
//! Pure: no socket and no clock. Every connection is counted from the first packet until its task has ended.
//!
//! No newcomer is kept out by others: when there are too many handshakes, the oldest of the address that
//! has the most makes room. A share of the connections is left to those who resume.

mod address;
mod by_source;
mod config;
mod kept_bytes;
mod source;
#[cfg(test)]
mod tests;
mod usage;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use self::address::Address;
use self::by_source::{longest_run, of_source};
use self::config::open_share;
pub use self::config::{BudgetConfig, BudgetLimits, Rate, RatePerMinute};
pub(crate) use self::kept_bytes::KeptBytes;
pub use self::source::Source;
pub use self::usage::{Refusal, Usage};
use crate::server::rooms::ConnId;
use crate::token_bucket::TokenBucket;

/// Addresses that are looked through for unused ones at least.
const MIN_SWEPT: usize = 1024;

/// A connection that is counted.
#[derive(Clone, Copy, Debug)]
struct Held {
    source: Source,
    has_joined: bool,
}

/// The budgets of one server and what is in use of them.
#[derive(Debug)]
pub(crate) struct Budgets {
    config: BudgetConfig,
    usage: Usage,
    addresses: HashMap<Source, Address>,
    held: HashMap<ConnId, Held>,
    /// The connections that have not joined, the oldest of each address first.
    handshakes: BTreeSet<(Source, ConnId)>,
    joined: BTreeSet<(Source, ConnId)>,
    join_rate: Option<TokenBucket>,
    kept: Arc<AtomicUsize>,
    /// Number of addresses at which the unused ones are removed.
    sweep_at: usize,
}

impl Default for Budgets {
    fn default() -> Self {
        Self::new(BudgetConfig::default())
    }
}

impl Budgets {
    pub(crate) fn new(config: BudgetConfig) -> Self {
        Self {
            config: config.fit(),
            usage: Usage::default(),
            addresses: HashMap::new(),
            held: HashMap::new(),
            handshakes: BTreeSet::new(),
            joined: BTreeSet::new(),
            join_rate: None,
            kept: Arc::default(),
            sweep_at: MIN_SWEPT,
        }
    }

    /// Counts a new connection. Returns the connection that has to end for it, if there are too many handshakes.
    pub(crate) fn open(
        &mut self,
        now: Instant,
        conn: ConnId,
        source: Source,
    ) -> Result<Option<ConnId>, Refusal> {
        if self.addresses.len() >= self.sweep_at {
            self.sweep(now);
        }
        if source.has_budget() && !self.address(now, source).handshake_rate.take(now) {
            return Err(Refusal::Address);
        }
        Ok(self.open_unlimited(now, conn, source))
    }

    /// The same without a look at the rate.
    pub(crate) fn open_unlimited(
        &mut self,
        now: Instant,
        conn: ConnId,
        source: Source,
    ) -> Option<ConnId> {
        let limits = self.config;
        let address = self.address(now, source);
        let is_address_full =
            source.has_budget() && address.usage.handshakes >= limits.address.handshakes;
        let displaced = if is_address_full {
            of_source(&self.handshakes, source).next()
        } else if self.usage.handshakes >= limits.server.handshakes {
            longest_run(&self.handshakes)
                .and_then(|(_, source)| of_source(&self.handshakes, source).next())
        } else {
            None
        };
        if let Some(displaced) = displaced {
            self.close(displaced);
        }
        self.count_handshake(now, conn, source);
        displaced
    }

    /// The connection came through a proxy: it is counted for the address that the proxy names.
    pub(crate) fn set_source(
        &mut self,
        now: Instant,
        conn: ConnId,
        source: Source,
    ) -> Result<Option<ConnId>, Refusal> {
        // A connection that had to make room is not counted again.
        if self
            .held
            .get(&conn)
            .is_none_or(|held| held.source == source)
        {
            return Ok(None);
        }
        self.close(conn);
        self.open(now, conn, source)
    }

    /// Takes a join from the rates, before its signatures are checked.
    pub(crate) fn take_join(
        &mut self,
        now: Instant,
        conn: ConnId,
        resumes: bool,
    ) -> Result<(), Refusal> {
        let Some(Held { source, .. }) = self.held.get(&conn).copied() else {
            return Err(Refusal::Server);
        };
        if source.has_budget() && !self.address(now, source).join_rate.take(now) {
            return Err(Refusal::Address);
        }
        let rate = self.config.server_join_rate;
        let all = self.join_rate.get_or_insert_with(|| rate.bucket(now));
        if resumes || all.take(now) {
            Ok(())
        } else {
            Err(Refusal::Server)
        }
    }

    /// Takes a TURN credential for the address of this connection. False when it has to wait.
    pub(crate) fn take_credential(&mut self, now: Instant, conn: ConnId) -> bool {
        let source = self.source(conn);
        source.is_some_and(|source| {
            !source.has_budget() || self.address(now, source).credential_rate.take(now)
        })
    }

    /// Turns a handshake into a connection. Only one that resumes may use what is set aside. When even that is used,
    /// one that resumes takes the place of the newest connection of the address that has the most, if that is more than
    /// its own address has. Returns that connection, which has to end.
    pub(crate) fn join(&mut self, conn: ConnId, resumes: bool) -> Result<Option<ConnId>, Refusal> {
        let Some(Held { source, has_joined }) = self.held.get(&conn).copied() else {
            return Err(Refusal::Server);
        };
        if has_joined {
            return Ok(None);
        }
        let of_address = self.addresses.get(&source).map(|a| a.usage.connections);
        let of_address = of_address.unwrap_or_default();
        let bound = |limit| if resumes { limit } else { open_share(limit) };
        if source.has_budget() && of_address >= bound(self.config.address.connections) {
            return Err(Refusal::Address);
        }
        let mut displaced = None;
        if self.usage.connections >= bound(self.config.server.connections) {
            let most = longest_run(&self.joined).filter(|_| resumes);
            let (_, most) = most
                .filter(|(connections, _)| *connections > of_address + 1)
                .ok_or(Refusal::Server)?;
            displaced = of_source(&self.joined, most).next_back();
            displaced.into_iter().for_each(|conn| self.close(conn));
        }
        let has_joined = true;
        self.held.insert(conn, Held { source, has_joined });
        self.handshakes.remove(&(source, conn));
        self.joined.insert((source, conn));
        let address = self.addresses.get_mut(&source).map(|a| &mut a.usage);
        for usage in address.into_iter().chain([&mut self.usage]) {
            usage.handshakes -= 1;
            usage.connections += 1;
        }
        Ok(displaced)
    }

    /// A connection has ended, or has to make room.
    pub(crate) fn close(&mut self, conn: ConnId) {
        let Some(Held { source, has_joined }) = self.held.remove(&conn) else {
            return;
        };
        if has_joined {
            self.joined.remove(&(source, conn));
        } else {
            self.handshakes.remove(&(source, conn));
        }
        let address = self.addresses.get_mut(&source).map(|a| &mut a.usage);
        for usage in address.into_iter().chain([&mut self.usage]) {
            if has_joined {
                usage.connections -= 1;
            } else {
                usage.handshakes -= 1;
            }
        }
    }

    /// Takes a place in a room for the address of this connection. It is given back with [`Budgets::leave_place`].
    pub(crate) fn take_place(&mut self, conn: ConnId) -> Result<Source, Refusal> {
        let Some(Held { source, .. }) = self.held.get(&conn).copied() else {
            return Err(Refusal::Server);
        };
        let Some(address) = self.addresses.get_mut(&source) else {
            return Err(Refusal::Server);
        };
        if source.has_budget() && address.usage.places >= self.config.address.places {
            return Err(Refusal::Address);
        }
        if self.usage.places >= self.config.server.places {
            return Err(Refusal::Server);
        }
        address.usage.places += 1;
        self.usage.places += 1;
        Ok(source)
    }

    pub(crate) fn leave_place(&mut self, source: Source) {
        if let Some(address) = self.addresses.get_mut(&source) {
            address.usage.places -= 1;
            self.usage.places -= 1;
        }
    }

    /// Where the bytes that are kept for the peers of a connection's address are counted.
    pub(crate) fn kept_bytes_of(&self, conn: ConnId) -> Arc<KeptBytes> {
        let address = self.source(conn).and_then(|s| self.addresses.get(&s));
        address.map_or_else(KeptBytes::unbounded, |address| Arc::clone(&address.kept))
    }

    /// Whose budget a connection uses.
    pub(crate) fn source(&self, conn: ConnId) -> Option<Source> {
        self.held.get(&conn).map(|held| held.source)
    }

    /// Bytes in all mailboxes and send queues above their bound. One atomic load.
    pub(crate) fn is_memory_full(&self) -> bool {
        self.kept.load(Ordering::Relaxed) > self.config.kept_bytes()
    }

    /// Bytes that have to be given back when the memory is full: so many that this is not the case for every frame.
    pub(crate) fn bytes_to_free(&self) -> usize {
        let limit = self.config.kept_bytes();
        let low_water = limit - limit / 8;
        self.kept.load(Ordering::Relaxed).saturating_sub(low_water)
    }

    /// Places that have to be given back when there are none left.
    pub(crate) const fn places_to_free(&self) -> usize {
        self.config.server.places.div_ceil(16)
    }

    /// The bytes that are kept for an address, so that the most expensive one is known.
    pub(crate) fn bytes_of(&self, source: Source) -> usize {
        self.addresses.get(&source).map_or(0, |a| a.kept.bytes())
    }

    /// The usage of all addresses.
    pub(crate) const fn usage(&self) -> Usage {
        self.usage
    }

    /// Bytes in all mailboxes and send queues.
    pub(crate) fn kept(&self) -> usize {
        self.kept.load(Ordering::Relaxed)
    }

    /// Forgets the addresses that use nothing. Those whose rates are used up are remembered until they are not, except
    /// when there are too many of them.
    pub(crate) fn sweep(&mut self, now: Instant) {
        self.addresses
            .retain(|_, address| address.is_in_use() || !address.is_rested(now));
        let in_use = self.addresses.values().filter(|a| a.is_in_use()).count();
        let spare = self.config.server.connections.max(MIN_SWEPT);
        if self.addresses.len() > in_use + spare {
            self.addresses.retain(|_, address| address.is_in_use());
        }
        self.sweep_at = (2 * self.addresses.len()).max(MIN_SWEPT);
    }

    fn count_handshake(&mut self, now: Instant, conn: ConnId, source: Source) {
        self.address(now, source).usage.handshakes += 1;
        self.usage.handshakes += 1;
        self.handshakes.insert((source, conn));
        let has_joined = false;
        self.held.insert(conn, Held { source, has_joined });
    }

    fn address(&mut self, now: Instant, source: Source) -> &mut Address {
        let (config, server) = (&self.config, &self.kept);
        let new = || Address::new(config, now, source, server);
        self.addresses.entry(source).or_insert_with(new)
    }
}
