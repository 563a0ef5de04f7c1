//! All limits of the protocol.

use std::time::Duration;

/// Bytes of the largest frame that either side sends or accepts.
pub const MAX_FRAME_BYTES: usize = 64 * 1024;
/// Bytes of the largest sealed envelope, as sent. The rest of the frame is for the other fields of a signal.
pub const MAX_ENVELOPE_BYTES: usize = MAX_FRAME_BYTES - 512;
/// Bytes of the largest sealed hello, as sent.
pub const MAX_HELLO_BYTES: usize = 1024;
/// Bytes of the largest access token or permit.
pub const MAX_ACCESS_BYTES: usize = 512;
/// Peers in one room.
pub const MAX_PEERS: usize = 8;
/// Frames that wait for one peer, whether its connection is slow or away.
pub const MAX_QUEUED_FRAMES: usize = 256;
/// Bytes of the frames that wait for one peer.
pub const MAX_QUEUED_BYTES: usize = 1024 * 1024;
/// One sender's share of those frames, so that one sender alone cannot drive out another.
pub const MAX_FRAMES_OF_ONE: usize = MAX_QUEUED_FRAMES / 2;
/// One sender's share of those bytes.
pub const MAX_BYTES_OF_ONE: usize = MAX_QUEUED_BYTES / 2;
/// Frames that each sender may have in a mailbox that the other senders have filled.
pub const RESERVED_FRAMES: usize = 16;
/// Bytes of those frames.
pub const RESERVED_BYTES: usize = 64 * 1024;
/// Characters of a participant's name.
pub const MAX_NAME_CHARS: usize = 60;
/// Client frames that a connection may send in a burst, before [`FRAMES_PER_SECOND`] applies.
pub const FRAME_BURST: u32 = 512;
/// Client frames that a connection may send on average, per second.
pub const FRAMES_PER_SECOND: u32 = 64;
/// Envelopes that one peer may deliver in a burst without the server, before [`DIRECT_PER_SECOND`] applies.
pub const DIRECT_BURST: u32 = 256;
/// Envelopes that one peer may deliver without the server on average, per second.
pub const DIRECT_PER_SECOND: u32 = 32;
/// How long a connection may take to send its `join`.
pub const JOIN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a vanished peer is `away` before the room is told that it has left.
pub const AWAY_TIMEOUT: Duration = Duration::from_secs(30);
/// The same for a peer that has not exchanged a signal with anybody: it loses nothing with its place.
pub const STRANGER_AWAY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a server may be silent before a client pings it.
pub const PING_INTERVAL: Duration = Duration::from_secs(5);
/// The same on an idle connection, which nobody waits for.
pub const IDLE_PING_INTERVAL: Duration = Duration::from_secs(15);
/// How long a connection may be silent before the server pings it. Longer than [`PING_INTERVAL`], so that the pings of a
/// client are enough for both sides.
pub const SERVER_PING_INTERVAL: Duration = Duration::from_secs(6);
/// How long a side waits for any byte before it treats the connection as dead, unless the connection is idle.
pub const SILENCE_TIMEOUT: Duration = Duration::from_secs(12);
/// How long one TCP and WebSocket handshake may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);
/// Connections of one server that have joined. Twice as many peers may have a place.
pub const MAX_CONNECTIONS: usize = 4096;
/// Connections of one server that have not joined yet.
pub const MAX_HANDSHAKES: usize = 512;
/// Bytes of memory that a server uses for its clients: what mailboxes and send queues keep, and the allowances
/// [`CONNECTION_BYTES`] and [`PLACE_BYTES`].
pub const MAX_SERVER_BYTES: usize = 1024 * 1024 * 1024;
/// Bytes that a connection counts for at most, beside its send queue: a frame that is being read in parts, one that is
/// being written, and the pongs behind it. An idle connection takes some 9 KiB with its place: see `cargo xtask bench server`.
pub const CONNECTION_BYTES: usize = 192 * 1024;
/// Bytes that a peer's place counts for, beside its mailbox: its hello and the departures it has to learn of.
pub const PLACE_BYTES: usize = 4 * 1024;
/// One part in so many of the connections is set aside for peers that come back to their places.
pub const RESERVED_SHARE: usize = 8;
/// Connections of one address (IPv4, or IPv6 network of 64 bits) that have joined.
pub const ADDRESS_CONNECTIONS: usize = 128;
/// Connections of one address that have not joined yet.
pub const ADDRESS_HANDSHAKES: usize = 32;
/// Peers of one address that have a place.
pub const ADDRESS_PLACES: usize = 128;
/// Bytes that mailboxes and send queues keep for the peers of one address.
pub const ADDRESS_BYTES: usize = 16 * 1024 * 1024;
/// Bytes that one mailbox or send queue may keep even when its address has used [`ADDRESS_BYTES`].
pub const ASSURED_BYTES: usize = 128 * 1024;
/// Handshakes that one address may begin in a burst, before [`HANDSHAKES_PER_SECOND`] applies.
pub const HANDSHAKE_BURST: u32 = 128;
/// Handshakes that one address may begin on average, per second.
pub const HANDSHAKES_PER_SECOND: u32 = 32;
/// Joins that one address may try in a burst, before [`JOINS_PER_SECOND`] applies.
pub const JOIN_BURST: u32 = 64;
/// Joins that one address may try on average, per second.
pub const JOINS_PER_SECOND: u32 = 16;
/// Joins that do not resume that a server takes in a burst, before [`SERVER_JOINS_PER_SECOND`] applies.
pub const SERVER_JOIN_BURST: u32 = 2048;
/// Joins that do not resume that a server takes on average, per second.
pub const SERVER_JOINS_PER_SECOND: u32 = 1024;
/// Bytes of the largest HTTP request head.
pub const MAX_REQUEST_BYTES: usize = 8 * 1024;
/// How long closing a connection may take: the last frames, the close frame and the answer to it.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Bytes of a connection's read buffer. tungstenite's default is 128 KiB, which is zeroed at every read.
pub const READ_BUFFER_BYTES: usize = 4 * 1024;
/// How long a TURN credential lasts.
pub const CREDENTIAL_LIFETIME: Duration = Duration::from_secs(60 * 60);
/// TURN credentials that one address may get in a burst, before [`CREDENTIALS_PER_MINUTE`] applies.
pub const CREDENTIAL_BURST: u32 = 60;
/// TURN credentials that one address may get on average, per minute.
pub const CREDENTIALS_PER_MINUTE: u32 = 12;
/// After how long a client asks again whose address has used up its budget of TURN credentials.
pub const CREDENTIAL_RETRY: Duration = Duration::from_secs(60);
/// How long a permit opens its room again.
pub const PERMIT_LIFETIME: Duration = Duration::from_secs(28 * 24 * 60 * 60);
