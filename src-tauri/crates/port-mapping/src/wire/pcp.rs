//! The Port Control Protocol (RFC 6887): the opcodes MAP and ANNOUNCE.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use super::{bytes, u16_at, u32_at};
use crate::Protocol;

const VERSION: u8 = 2;
/// Set in the opcode of a response.
const RESPONSE: u8 = 0x80;
const ANNOUNCE: u8 = 0;
const MAP: u8 = 1;
const HEADER_LEN: usize = 24;
const MAP_LEN: usize = HEADER_LEN + 36;
/// A longer packet is invalid (section 7).
const MAX_LEN: usize = 1100;

/// Result codes (section 7.4).
pub(crate) const SUCCESS: u8 = 0;
pub(crate) const UNSUPPORTED_VERSION: u8 = 1;

/// Section 11.1: only who knows the nonce of a mapping may renew or delete it.
pub(crate) type Nonce = [u8; 12];

/// Asks for a mapping of a port of `client`, or with a lifetime of 0 for its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MapRequest {
    pub(crate) nonce: Nonce,
    pub(crate) protocol: Protocol,
    /// The address that the packet is sent from.
    pub(crate) client: IpAddr,
    pub(crate) internal_port: u16,
    /// The address may be unspecified.
    pub(crate) suggested: SocketAddr,
    /// Seconds.
    pub(crate) lifetime: u32,
}

impl MapRequest {
    pub(crate) fn encode(&self) -> [u8; MAP_LEN] {
        let mut packet = [0; MAP_LEN];
        packet[0] = VERSION;
        packet[1] = MAP;
        packet[4..8].copy_from_slice(&self.lifetime.to_be_bytes());
        packet[8..24].copy_from_slice(&to_octets(self.client));
        packet[24..36].copy_from_slice(&self.nonce);
        packet[36] = self.protocol.number();
        packet[40..42].copy_from_slice(&self.internal_port.to_be_bytes());
        packet[42..44].copy_from_slice(&self.suggested.port().to_be_bytes());
        packet[44..60].copy_from_slice(&to_octets(self.suggested.ip()));
        packet
    }
}

/// An answer or an announcement of a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    /// [`SUCCESS`] or an error.
    pub(crate) result: u8,
    /// Of the mapping, or of the error. Seconds.
    pub(crate) lifetime: u32,
    /// Seconds since the router lost its mappings (section 8.5).
    pub(crate) epoch: u32,
    pub(crate) body: Body,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Announce,
    Map {
        nonce: Nonce,
        protocol: u8,
        internal_port: u16,
        external: SocketAddr,
    },
    /// The router speaks NAT-PMP alone (RFC 6886 section 3.5), or another version of PCP.
    OtherVersion,
}

impl Response {
    /// `None` for what is no response to this client.
    pub(crate) fn parse(packet: &[u8]) -> Option<Self> {
        let (version, opcode) = (*packet.first()?, *packet.get(1)?);
        if opcode & RESPONSE == 0 || packet.len() > MAX_LEN {
            return None;
        }
        if version != VERSION {
            let result = packet.get(3).copied()?;
            return (result == UNSUPPORTED_VERSION).then_some(Self {
                result,
                lifetime: 0,
                epoch: 0,
                body: Body::OtherVersion,
            });
        }
        if packet.len() < HEADER_LEN || !packet.len().is_multiple_of(4) {
            return None;
        }
        let body = match opcode & !RESPONSE {
            ANNOUNCE => Body::Announce,
            MAP => Body::Map {
                nonce: bytes(packet, 24)?,
                protocol: *packet.get(36)?,
                internal_port: u16_at(packet, 40)?,
                external: SocketAddr::new(from_octets(bytes(packet, 44)?), u16_at(packet, 42)?),
            },
            _ => return None,
        };
        Some(Self {
            result: packet[3],
            lifetime: u32_at(packet, 4)?,
            epoch: u32_at(packet, 8)?,
            body,
        })
    }

    /// Whether this is the answer to that request.
    pub(crate) fn answers(&self, request: &MapRequest) -> bool {
        match self.body {
            Body::Announce => false,
            Body::OtherVersion => true,
            Body::Map {
                nonce,
                protocol,
                internal_port,
                ..
            } => {
                nonce == request.nonce
                    && protocol == request.protocol.number()
                    && internal_port == request.internal_port
            }
        }
    }
}

/// Section 5: an IPv4 address is an IPv4-mapped IPv6 address.
fn to_octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

fn from_octets(octets: [u8; 16]) -> IpAddr {
    IpAddr::from(Ipv6Addr::from(octets)).to_canonical()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn request(client: &str) -> MapRequest {
        MapRequest {
            nonce: *b"twelve bytes",
            protocol: Protocol::Udp,
            client: client.parse().unwrap(),
            internal_port: 18_420,
            suggested: "25.1.1.7:18421".parse().unwrap(),
            lifetime: 600,
        }
    }

    /// As a router would answer.
    fn response(request: &MapRequest, result: u8) -> Vec<u8> {
        let mut packet = request.encode().to_vec();
        packet[1] |= RESPONSE;
        packet[3] = result;
        packet[8..12].copy_from_slice(&77_u32.to_be_bytes());
        packet
    }

    #[test]
    fn a_request_has_the_layout_of_the_standard() {
        let packet = request("192.168.1.10").encode();
        assert_eq!(packet[..8], [2, 1, 0, 0, 0, 0, 2, 88]);
        assert_eq!(
            packet[8..24],
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 1, 10]
        );
        assert_eq!(&packet[24..36], b"twelve bytes");
        assert_eq!(packet[36..44], [17, 0, 0, 0, 0x47, 0xf4, 0x47, 0xf5]);
        assert_eq!(packet[54..], [0xff, 0xff, 25, 1, 1, 7]);
    }

    #[test]
    fn an_answer_is_read_and_belongs_to_its_request_alone() {
        let asked = request("2001:db8::10");
        let answer = Response::parse(&response(&asked, SUCCESS)).unwrap();
        assert_eq!((answer.result, answer.lifetime, answer.epoch), (0, 600, 77));
        assert!(matches!(answer.body, Body::Map { external, .. } if external == asked.suggested));
        assert!(answer.answers(&asked));
        let others = [
            MapRequest {
                nonce: *b"another one ",
                ..asked
            },
            MapRequest {
                protocol: Protocol::Tcp,
                ..asked
            },
            MapRequest {
                internal_port: 1,
                ..asked
            },
        ];
        for other in others {
            assert!(!answer.answers(&other), "{other:?}");
        }
    }

    #[test]
    fn a_router_with_nat_pmp_alone_is_told_apart() {
        // RFC 6886 section 3.5: version 0, result 1, and no more than 8 bytes.
        let answer = Response::parse(&[0, 0x81, 0, 1, 0, 0, 0, 9]).unwrap();
        assert_eq!(answer.body, Body::OtherVersion);
        assert!(answer.answers(&request("10.0.0.1")));
    }

    #[test]
    fn an_announcement_is_read() {
        let mut packet = [0; 24];
        packet[..2].copy_from_slice(&[2, 0x80]);
        packet[11] = 5;
        let announcement = Response::parse(&packet).unwrap();
        assert_eq!((announcement.body, announcement.epoch), (Body::Announce, 5));
    }

    #[test]
    fn a_request_of_another_computer_is_no_answer() {
        assert_eq!(Response::parse(&request("10.0.0.1").encode()), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(packet in prop::collection::vec(any::<u8>(), 0..1200)) {
            Response::parse(&packet);
        }

        #[test]
        fn no_change_of_an_answer_makes_the_reader_panic(
            at in 0_usize..60, value: u8, length in 0_usize..=60,
        ) {
            let mut packet = response(&request("192.168.1.10"), SUCCESS);
            packet[at] = value;
            packet.truncate(length);
            let read = Response::parse(&packet);
            let is_mapping = read.is_some_and(|read| matches!(read.body, Body::Map { .. }));
            prop_assert!(length == 60 || !is_mapping);
        }
    }
}
