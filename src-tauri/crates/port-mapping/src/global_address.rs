//! Which addresses every computer of the internet can send to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether the internet routes this address, by the registries of special addresses (RFC 6890). An address that a
/// carrier shares among its customers (`100.64.0.0/10`) does not count, nor one of a home or for documentation.
#[must_use]
pub fn is_global(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_global_v4(v4),
        IpAddr::V6(v6) => is_global_v6(v6),
    }
}

/// `100.64.0.0/10` (RFC 6598), which carriers and virtual private networks assign.
#[must_use]
pub const fn is_shared(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    a == 100 && b & 0xc0 == 64
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || is_shared(address)
        || (a == 192 && b == 0 && c == 0)
        // Relays of 6to4, which are no more.
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && b & 0xfe == 18)
        || a >= 240)
}

/// Only `2000::/3` is handed out. Tunnels (Teredo, 6to4) embed an IPv4 address that may be private: they do not count.
fn is_global_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    segments[0] & 0xe000 == 0x2000
        && segments[0] != 0x2002
        && !(segments[0] == 0x2001 && segments[1] < 0x200)
        && !(segments[0] == 0x2001 && segments[1] == 0xdb8)
        && !(segments[0] == 0x3fff && segments[1] < 0x1000)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn addresses_of_carriers_homes_and_books_are_not_global() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.254",
            "127.0.0.1",
            "169.254.1.1",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:a00:1::1",
            "64:ff9b::1.2.3.4",
            "::ffff:192.168.1.1",
        ] {
            assert!(!is_global(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn addresses_of_the_internet_are_global() {
        for address in [
            "1.1.1.1",
            "25.1.1.10",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "223.255.255.1",
            "2a00:1450::1",
            "2606:4700::1111",
            "::ffff:25.1.1.1",
        ] {
            assert!(is_global(address.parse().unwrap()), "{address}");
        }
    }
}
