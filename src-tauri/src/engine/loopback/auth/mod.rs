//! Access to the loopback server: launch token and session secret, `Host` and `Origin`, the peer process's user.

pub(super) mod origin;
pub(super) mod peer_uid;
pub(super) mod token;
