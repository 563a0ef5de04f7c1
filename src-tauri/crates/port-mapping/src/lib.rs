//! Opens ports of this computer in its router, so that others reach it from the internet: by PCP (RFC 6887), NAT-PMP (RFC
//! 6886) and UPnP, for IPv4 (a mapping) and IPv6 (a pinhole in the firewall).
//!
//! A [`PortMapper`] owns the mappings: it renews them, makes them again when the router has forgotten them or the network
//! has changed, and releases them in the end. An address counts only if the internet routes it and, for IPv4, a STUN
//! server sees it too: else there is another router behind the router.

mod announcements;
mod global_address;
mod lease;
mod mapper;
mod route;
mod router;
mod wire;

use std::fmt;
use std::net::SocketAddr;

pub use self::global_address::{is_global, is_shared};
pub use self::mapper::{Config, PortMapper, PublicAddress};

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    Tcp,
    Udp,
}

impl Protocol {
    /// IANA's protocol number.
    const fn number(self) -> u8 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
        }
    }
}

/// The ports of this computer that shall be reachable. Both may be the same number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    pub tcp: Option<u16>,
    pub udp: Option<u16>,
}

impl Ports {
    fn iter(self) -> impl Iterator<Item = (Protocol, u16)> {
        let tcp = self.tcp.map(|port| (Protocol::Tcp, port));
        let udp = self.udp.map(|port| (Protocol::Udp, port));
        tcp.into_iter().chain(udp)
    }
}

/// How a port was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Pcp,
    NatPmp,
    Upnp,
    /// No router answers, and none is needed: this computer has a public IPv4 address itself.
    OwnAddress,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pcp => "PCP",
            Self::NatPmp => "NAT-PMP",
            Self::Upnp => "UPnP",
            Self::OwnAddress => "own address",
        })
    }
}

/// Where others reach the ports from the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapped {
    pub method: Method,
    pub tcp: Option<SocketAddr>,
    pub udp: Option<SocketAddr>,
}

/// Why no port is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is no network with this address family, or no router in it.
    NoRouter,
    /// The router opens no ports: it answers nothing that was asked.
    NoAnswer,
    /// The router knows how, and does not want to.
    Refused,
    /// The router's own address is not public: it stands behind another router, of a carrier or in the same home.
    BehindAnotherRouter,
    /// No STUN server has said that the address is right.
    NotConfirmed,
}

/// The state of one address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Trying,
    Mapped(Mapped),
    Unavailable(Reason),
}

/// The result of a [`PortMapper`], so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    pub ipv4: Status,
    pub ipv6: Status,
}

impl State {
    /// Where others reach the TCP port, by each address family.
    pub fn tcp(&self) -> impl Iterator<Item = SocketAddr> {
        self.mapped().filter_map(|mapped| mapped.tcp)
    }

    /// Where others reach the UDP port, by each address family.
    pub fn udp(&self) -> impl Iterator<Item = SocketAddr> {
        self.mapped().filter_map(|mapped| mapped.udp)
    }

    fn mapped(&self) -> impl Iterator<Item = Mapped> + use<> {
        [self.ipv4, self.ipv6]
            .into_iter()
            .filter_map(|status| match status {
                Status::Mapped(mapped) => Some(mapped),
                Status::Trying | Status::Unavailable(_) => None,
            })
    }
}
