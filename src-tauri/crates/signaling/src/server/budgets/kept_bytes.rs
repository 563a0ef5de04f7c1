//! Bytes that a server keeps for the peers of one address.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the bytes that wait in mailboxes and send queues: those of one address, and with them the server's. A send
/// queue is emptied without the registry's lock, so the counts are atomic.
#[derive(Debug)]
pub(crate) struct KeptBytes {
    bytes: AtomicUsize,
    limit: usize,
    server: Arc<AtomicUsize>,
}

impl KeptBytes {
    pub(super) const fn new(limit: usize, server: Arc<AtomicUsize>) -> Self {
        Self {
            bytes: AtomicUsize::new(0),
            limit,
            server,
        }
    }

    /// A count without a server and without a limit.
    pub(crate) fn unbounded() -> Arc<Self> {
        Arc::new(Self::new(usize::MAX, Arc::default()))
    }

    pub(crate) fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.server.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn sub(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.server.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Whether the address has used its budget.
    pub(crate) fn is_over(&self) -> bool {
        self.bytes() > self.limit
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}
