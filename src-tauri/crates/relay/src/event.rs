//! Nostr events (NIP-01): the one kind that this crate sends and reads.

/// Characters of the longest content. Some relays take no more (`nostr-relay` 1.14 by default).
pub const MAX_CONTENT_CHARS: usize = 4096;

/// Bytes of the longest content before base64.
pub const MAX_CONTENT_BYTES: usize = MAX_CONTENT_CHARS / 4 * 3;
