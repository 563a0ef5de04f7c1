//! The limits of a relay.

use std::time::Duration;

/// Connections at a time.
pub(super) const MAX_CONNECTIONS: usize = 1024;
/// Connections of one source at a time: people behind one address.
pub(super) const SOURCE_CONNECTIONS: usize = 32;
/// Sources whose rates are remembered. Further ones find no place until old ones are idle.
pub(super) const MAX_SOURCES: usize = 16 * 1024;
/// Events of one source in a burst, and each second after it: some ten people who come into rooms at once.
pub(super) const SOURCE_BURST: u32 = 60;
/// See [`SOURCE_BURST`].
pub(super) const SOURCE_PER_SECOND: u32 = 3;
/// Frames of any kind of one source in a burst, and each second after it.
pub(super) const SOURCE_FRAME_BURST: u32 = 240;
/// See [`SOURCE_FRAME_BURST`].
pub(super) const SOURCE_FRAMES_PER_SECOND: u32 = 12;
/// Signatures that are checked in a burst, and each second after it. One takes some 50 µs.
pub(super) const CHECK_BURST: u32 = 2000;
/// See [`CHECK_BURST`].
pub(super) const CHECKS_PER_SECOND: u32 = 1000;
/// Subscriptions of one connection.
pub(super) const MAX_SUBSCRIPTIONS: usize = 4;
/// Mailboxes of one subscription.
pub(super) const MAX_MAILBOXES: usize = 8;
/// Mailboxes that one event is for.
pub(super) const MAX_RECEIVERS: usize = 4;
/// Characters of the name of a subscription (NIP-01).
pub(super) const MAX_NAME_CHARS: usize = 64;
/// Frames that wait to be written to one connection. Events that come meanwhile are not for it.
pub(super) const MAX_QUEUED: usize = 32;
/// Bytes that wait to be written, to all connections.
pub(super) const MAX_QUEUED_BYTES: usize = 64 * 1024 * 1024;
/// Ids that are remembered, so that an event is passed on once.
pub(super) const MAX_SEEN: usize = 2048;
/// How long a connection may be silent before it is pinged.
pub(super) const PING_AFTER: Duration = Duration::from_secs(60);
/// How long the answer, or a write, may take.
pub(super) const PONG_TIMEOUT: Duration = Duration::from_secs(20);
/// Bytes of the largest frame of a client.
pub(super) const MAX_FRAME_BYTES: usize = 16 * 1024;
/// Refusals of one connection, after which it ends.
pub(super) const MAX_REFUSALS: u32 = 32;
