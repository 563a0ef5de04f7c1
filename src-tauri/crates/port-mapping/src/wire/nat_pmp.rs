//! The NAT Port Mapping Protocol (RFC 6886), the older one, for IPv4 alone.

use std::net::Ipv4Addr;

use super::{bytes, u16_at, u32_at};
use crate::Protocol;

const VERSION: u8 = 0;
/// Added to the opcode of a response.
const RESPONSE: u8 = 128;
const EXTERNAL_ADDRESS: u8 = 0;

pub(crate) const SUCCESS: u16 = 0;

/// Asks for the external address (section 3.2).
pub(crate) const ADDRESS_REQUEST: [u8; 2] = [VERSION, EXTERNAL_ADDRESS];

const fn opcode(protocol: Protocol) -> u8 {
    match protocol {
        Protocol::Udp => 1,
        Protocol::Tcp => 2,
    }
}

/// Asks for a mapping, or with a lifetime of 0 for its end (section 3.3).
pub(crate) fn map_request(
    protocol: Protocol,
    internal_port: u16,
    suggested_port: u16,
    lifetime: u32,
) -> [u8; 12] {
    let mut packet = [0; 12];
    packet[1] = opcode(protocol);
    packet[4..6].copy_from_slice(&internal_port.to_be_bytes());
    packet[6..8].copy_from_slice(&suggested_port.to_be_bytes());
    packet[8..].copy_from_slice(&lifetime.to_be_bytes());
    packet
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    /// [`SUCCESS`] or an error (section 3.5).
    pub(crate) result: u16,
    /// Seconds since the router lost its mappings.
    pub(crate) epoch: u32,
    pub(crate) body: Body,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// The answer to [`ADDRESS_REQUEST`], also announced when the address changes.
    Address(Ipv4Addr),
    Mapping {
        protocol: Protocol,
        internal_port: u16,
        external_port: u16,
        /// Seconds.
        lifetime: u32,
    },
}

impl Response {
    /// `None` for what is no response. The values of one with an error mean nothing.
    pub(crate) fn parse(packet: &[u8]) -> Option<Self> {
        if *packet.first()? != VERSION {
            return None;
        }
        let (result, epoch) = (u16_at(packet, 2)?, u32_at(packet, 4)?);
        let protocol = match packet.get(1)?.checked_sub(RESPONSE)? {
            EXTERNAL_ADDRESS => {
                let address = bytes::<4>(packet, 8);
                let body = match address {
                    Some(address) => Body::Address(address.into()),
                    None if result != SUCCESS => Body::Address(Ipv4Addr::UNSPECIFIED),
                    None => return None,
                };
                return Some(Self {
                    result,
                    epoch,
                    body,
                });
            }
            1 => Protocol::Udp,
            2 => Protocol::Tcp,
            _ => return None,
        };
        let body = Body::Mapping {
            protocol,
            internal_port: u16_at(packet, 8)?,
            external_port: u16_at(packet, 10)?,
            lifetime: u32_at(packet, 12)?,
        };
        Some(Self {
            result,
            epoch,
            body,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_request_has_the_layout_of_the_standard() {
        assert_eq!(
            map_request(Protocol::Tcp, 18_420, 18_421, 600),
            [0, 2, 0, 0, 0x47, 0xf4, 0x47, 0xf5, 0, 0, 2, 88]
        );
    }

    #[test]
    fn the_external_address_is_read() {
        let answer = Response::parse(&[0, 128, 0, 0, 0, 0, 0, 9, 25, 1, 1, 7]).unwrap();
        let body = Body::Address(Ipv4Addr::new(25, 1, 1, 7));
        assert_eq!(
            answer,
            Response {
                result: SUCCESS,
                epoch: 9,
                body
            }
        );
        // An error without an address.
        let refused = Response::parse(&[0, 128, 0, 3, 0, 0, 0, 9]).unwrap();
        assert_eq!(refused.result, 3);
    }

    #[test]
    fn a_mapping_is_read() {
        let packet = [
            0, 129, 0, 0, 0, 0, 0, 9, 0x47, 0xf4, 0x47, 0xf5, 0, 0, 2, 88,
        ];
        let body = Body::Mapping {
            protocol: Protocol::Udp,
            internal_port: 18_420,
            external_port: 18_421,
            lifetime: 600,
        };
        assert_eq!(
            Response::parse(&packet),
            Some(Response {
                result: SUCCESS,
                epoch: 9,
                body
            })
        );
        assert_eq!(Response::parse(&packet[..15]), None);
        // PCP.
        let mut other = packet;
        other[0] = 2;
        assert_eq!(Response::parse(&other), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(packet in prop::collection::vec(any::<u8>(), 0..40)) {
            Response::parse(&packet);
        }
    }
}
