//! The usage of one address, and its rates.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use super::{BudgetConfig, KeptBytes, Rate, RatePerMinute, Source, Usage};
use crate::token_bucket::TokenBucket;

#[derive(Debug)]
pub(super) struct Address {
    pub(super) usage: Usage,
    pub(super) handshake_rate: TokenBucket,
    pub(super) join_rate: TokenBucket,
    pub(super) credential_rate: TokenBucket,
    pub(super) kept: Arc<KeptBytes>,
}

impl Address {
    /// An address that uses nothing yet. Its bytes count for the server too.
    pub(super) fn new(
        config: &BudgetConfig,
        now: Instant,
        source: Source,
        server: &Arc<AtomicUsize>,
    ) -> Self {
        let limit = if source.has_budget() {
            config.address.bytes
        } else {
            usize::MAX
        };
        Self {
            usage: Usage::default(),
            handshake_rate: config.handshake_rate.bucket(now),
            join_rate: config.join_rate.bucket(now),
            credential_rate: config.credential_rate.bucket(now),
            kept: Arc::new(KeptBytes::new(limit, Arc::clone(server))),
        }
    }

    /// Something is counted for it, or keeps its count of bytes.
    pub(super) fn is_in_use(&self) -> bool {
        self.usage != Usage::default() || Arc::strong_count(&self.kept) > 1
    }

    /// Its rates are as those of an address that was never seen.
    pub(super) fn is_rested(&self, now: Instant) -> bool {
        let rates = [&self.handshake_rate, &self.join_rate, &self.credential_rate];
        rates.into_iter().all(|rate| rate.is_full(now))
    }
}

impl RatePerMinute {
    pub(super) fn bucket(self, now: Instant) -> TokenBucket {
        let interval = Duration::from_secs(60) / self.per_minute.max(1);
        TokenBucket::with_interval(now, self.burst, interval)
    }
}

impl Rate {
    pub(super) fn bucket(self, now: Instant) -> TokenBucket {
        TokenBucket::new(now, self.burst, self.per_second)
    }
}
