//! STUN messages, as far as `turn-types` lacks what the client and the server need.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use turn_types::stun::message::{Message, MessageWriteVec};

/// Bytes of a STUN header (RFC 8489, section 5).
pub(crate) const HEADER_BYTES: usize = 20;
/// Of the header of ChannelData (RFC 8656, section 12.4).
pub(crate) const CHANNEL_HEADER_BYTES: usize = 4;

/// Room for a message, so that it is written without a second allocation.
pub(crate) fn writer() -> MessageWriteVec {
    MessageWriteVec::with_capacity(256)
}

/// Reads a message that fills the bytes.
pub(crate) fn read(bytes: &[u8]) -> Option<Message<'_>> {
    Message::from_bytes(bytes).ok()
}

/// The bytes of the frame that begins here, with its padding, on a stream (RFC 8656, section 12.5). `None` while too few
/// bytes are there to know.
///
/// # Errors
/// When it is neither a message nor ChannelData.
pub(crate) fn frame_bytes(head: &[u8]) -> Result<Option<usize>, NotTurn> {
    let Some((first, length)) = head.first().zip(head.get(2..4)) else {
        return match head.first() {
            Some(first) if *first >= 0x80 => Err(NotTurn),
            _ => Ok(None),
        };
    };
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    match first >> 6 {
        0 if length % 4 == 0 => Ok(Some(HEADER_BYTES + length)),
        1 => Ok(Some((CHANNEL_HEADER_BYTES + length).next_multiple_of(4))),
        _ => Err(NotTurn),
    }
}

/// The bytes on a stream are not of a TURN client or server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotTurn;

/// An IPv4 address that came over a socket of IPv6 as what it is.
pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// As a socket of the family sends it.
pub(crate) fn for_family(address: SocketAddr, is_v6: bool) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(v4) if is_v6 => {
            SocketAddr::new(Ipv4Addr::to_ipv6_mapped(&v4).into(), address.port())
        }
        _ => address,
    }
}
