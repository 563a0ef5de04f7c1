//! Notifications of the desktop.

#[cfg(not(target_os = "linux"))]
mod plugin;
#[cfg(target_os = "linux")]
mod zbus;

#[cfg(not(target_os = "linux"))]
pub(super) use self::plugin::run;
#[cfg(target_os = "linux")]
pub(super) use self::zbus::run;
