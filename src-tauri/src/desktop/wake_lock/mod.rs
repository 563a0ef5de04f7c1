//! Keeps the screen from going dark and locking from *Enter* to *Leave*, with sound alone too.

#[cfg(not(target_os = "linux"))]
mod keepawake;
#[cfg(target_os = "linux")]
mod zbus;

#[cfg(not(target_os = "linux"))]
pub(super) use self::keepawake::run;
#[cfg(target_os = "linux")]
pub(super) use self::zbus::run;

use crate::view::{AppView, Phase};

/// Whether the person is in a call that a page runs. The lobby may stay open for hours.
pub(super) fn is_wanted(view: &AppView) -> bool {
    let room = view.room.as_ref();
    view.call.is_some() && room.is_some_and(|room| room.phase == Phase::Entered)
}
