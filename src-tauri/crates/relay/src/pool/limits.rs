//! The limits of a pool.

use std::time::Duration;

/// Relays that are used at a time: those at which everybody listens, and others while most of them are of no use.
pub(super) const MAX_RELAYS_IN_USE: usize = super::LISTENED_RELAYS + super::RELAYS_OF_A_ROOM;

/// Authors of whom it is remembered at which relays they were heard. Further ones replace those not heard for longest.
pub(super) const MAX_HEARD: usize = 64;

/// A relay that does not answer for so long is joined by another one of the list.
pub(super) const REPLACE_AFTER: Duration = Duration::from_secs(6);

/// Events that one relay is sent in these times: what relays with strict limits allow. Each may be changed alone.
pub(super) const SEND_WINDOWS: [(Duration, usize); 3] = [
    (Duration::from_secs(10), 6),
    (Duration::from_secs(60), 20),
    (Duration::from_secs(60 * 60), 120),
];

/// Events that one relay has not answered.
pub(super) const MAX_UNANSWERED: usize = 6;

/// How long a relay may take to answer an event.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(6);

/// How long a relay may take to confirm a subscription.
pub(super) const SUBSCRIBE_TIMEOUT: Duration = Duration::from_secs(6);

/// Attempts at one relay to publish one event. An attempt counts when it was not answered, or answered with an error
/// that may be gone the next time.
pub(super) const MAX_TRIES: u8 = 3;

/// Events in a row that a relay may call invalid before it is not used any more.
pub(super) const MAX_INVALID: u8 = 3;

/// Attempts in a row that a relay may leave unanswered, or answer with an error, before it gets a pause.
pub(super) const MAX_FAILURES: u8 = 3;

/// How long an event is kept for a relay that takes it.
pub(super) const MESSAGE_LIFETIME: Duration = Duration::from_secs(30);

/// How long an event that one relay has taken is still sent to others: somebody may be heard there alone.
pub(super) const SPREAD_TIME: Duration = Duration::from_secs(10);

/// Events that wait to be published.
pub(super) const MAX_WAITING: usize = 128;

/// The first pause after a relay has asked for one; each next one is twice as long.
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(60);

/// The longest pause.
pub(super) const MAX_PAUSE: Duration = Duration::from_secs(16 * 60);

/// How far back a subscription begins, in seconds: more than clocks are wrong and events are late.
pub(super) const SINCE_SECONDS: u64 = 15 * 60;

/// Stored events that are asked for. Ephemeral ones should not be stored, and some relays do.
pub(super) const MAX_STORED: u64 = 32;

/// Mailboxes of a subscription.
pub(super) const MAX_MAILBOXES: usize = 8;

/// Ids that are remembered, so that each event comes once.
pub(super) const MAX_SEEN: usize = 4096;

/// Signatures of one relay's events that are checked in a burst, and each second after it. Anybody can publish to a
/// mailbox; a check takes some 50 µs.
pub(super) const CHECK_BURST: u32 = 128;
/// See [`CHECK_BURST`].
pub(super) const CHECKS_PER_SECOND: u32 = 32;

/// Received events that wait for the caller. Further ones are dropped.
pub(super) const MAX_RECEIVED: usize = 256;

/// Clocks that differ by less are taken for equal, in seconds.
pub(super) const CLOCK_TOLERANCE: i64 = 30;

/// How long a connection may be silent before it is pinged. Routers forget idle connections after minutes.
pub(super) const PING_AFTER: Duration = Duration::from_secs(25);

/// How long the answer to a ping, or a write, may take.
pub(super) const PONG_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of the largest WebSocket message that does not end a connection. Anybody can publish large events to a
/// mailbox; relays bound them at 64 to 128 KiB.
pub(super) const MAX_MESSAGE_BYTES: usize = 256 * 1024;
