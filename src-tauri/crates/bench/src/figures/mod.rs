//! The figures, each measured on one program at a time.

use std::time::Duration;

pub(crate) mod idle;
pub(crate) mod join;
pub(crate) mod negotiation;
pub(crate) mod relay;
pub(crate) mod saturated;

/// How long the last messages of a load may take to arrive.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(20);
