//! The clock, timers and tasks: Tokio's, or in a browser those of JavaScript.
//!
//! The pure cores take the time from [`web_time::Instant`], which is the standard library's everywhere but in a browser,
//! where that one panics. Tokio's own instants follow the paused clock of a test.

use std::pin::Pin;

#[cfg(target_arch = "wasm32")]
pub(crate) use n0_future::task::{AbortOnDropHandle, spawn};
#[cfg(target_arch = "wasm32")]
pub(crate) use n0_future::time::{Instant, sleep, sleep_until, timeout};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use tokio::spawn;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use tokio::time::{Instant, sleep, sleep_until, timeout};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use tokio_util::task::AbortOnDropHandle;

/// A boxed future that [`spawn`] takes.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// A boxed future that [`spawn`] takes.
#[cfg(target_arch = "wasm32")]
pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// The instant for a pure core.
pub(crate) fn to_core(instant: Instant) -> web_time::Instant {
    #[cfg(not(target_arch = "wasm32"))]
    let instant = instant.into_std();
    instant
}

/// The instant of a pure core, for a timer.
pub(crate) fn from_core(instant: web_time::Instant) -> Instant {
    #[cfg(not(target_arch = "wasm32"))]
    let instant = Instant::from_std(instant);
    instant
}
