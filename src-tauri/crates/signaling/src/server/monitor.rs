//! What other code of the process sees of a running server.

use std::sync::{Arc, Weak};

use super::shared::Shared;

/// Whether a server is ready, and its metrics.
#[derive(Clone, Debug)]
pub struct Monitor(Weak<Shared>);

impl Monitor {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::downgrade(shared))
    }

    /// Whether it takes new clients: until it goes down.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.upgrade().is_some_and(|shared| !shared.is_draining())
    }

    /// Its metrics, in the text format of Prometheus. Nothing when the server is gone.
    #[must_use]
    pub fn metrics(&self) -> Option<String> {
        Some(self.0.upgrade()?.metrics_text())
    }
}
