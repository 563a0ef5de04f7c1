//! Notifications of the system.

#[cfg(target_os = "linux")]
mod bus;
#[cfg(not(target_os = "linux"))]
mod native;

#[cfg(target_os = "linux")]
pub(super) use self::bus::follow;
#[cfg(not(target_os = "linux"))]
pub(super) use self::native::follow;
