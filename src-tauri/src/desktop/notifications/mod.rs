//! Notifications of the system.

#[cfg(not(target_os = "linux"))]
mod plugin;
#[cfg(target_os = "linux")]
mod zbus;

#[cfg(not(target_os = "linux"))]
pub(super) use self::plugin::follow;
#[cfg(target_os = "linux")]
pub(super) use self::zbus::follow;
