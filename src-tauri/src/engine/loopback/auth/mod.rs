//! Access to the loopback server: the secrets and their proofs, `Host` and `Origin`, the peer process's user.

pub(super) mod credentials;
pub(super) mod origin;
pub(super) mod peer_uid;
pub(super) mod proof;
mod secret;

pub(super) use secret::LENGTH as NONCE_LENGTH;
