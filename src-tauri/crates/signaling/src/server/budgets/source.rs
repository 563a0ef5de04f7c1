//! Whose budget a connection uses.

use std::net::IpAddr;

/// An address as budgets count it: an IPv4 address, or an IPv6 network of 64 bits, which one subscriber has at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// A stream that the same process handed over. It has no budget of its own, and the server's bounds apply.
    InProcess,
    /// A peer that code of the same process speaks for, likewise.
    Introduced,
    /// A trusted proxy, until the request names its client. It has no budget of its own either.
    TrustedProxy,
    /// An IPv4 address, also where it is written as an IPv6 address.
    V4(u32),
    /// The first 64 bits of an IPv6 address.
    V6(u64),
}

impl Source {
    /// Whether there are bounds for it, beside those of the server.
    pub(super) const fn has_budget(self) -> bool {
        matches!(self, Self::V4(_) | Self::V6(_))
    }
}

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self::V4(v4.to_bits()),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments().map(u64::from);
                Self::V6(a << 48 | b << 32 | c << 16 | d)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn source(text: &str) -> Source {
        Source::from(text.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn an_ipv6_network_is_one_source_and_ipv4_addresses_are_many() {
        assert_eq!(source("2001:db8:0:7::1"), source("2001:db8:0:7:ffff::2"));
        assert_ne!(source("2001:db8:0:7::1"), source("2001:db8:0:8::1"));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
    }

    #[test]
    fn a_mapped_address_is_the_ipv4_address() {
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        assert_ne!(source("::ffff:192.0.2.1"), source("::ffff:192.0.2.2"));
    }
}
