//! Which kinds of addresses this computer has.

use std::net::IpAddr;

use parlour_port_mapping::is_shared;

use super::facts::AddressKind;

/// The best kinds of IPv4 and of IPv6 among the addresses of this computer.
pub(super) fn best_kinds(addresses: &[IpAddr]) -> (AddressKind, AddressKind) {
    let best = |is_of_family: fn(&IpAddr) -> bool| {
        let of_family = addresses.iter().filter(|address| is_of_family(address));
        of_family.map(kind).max().unwrap_or_default()
    };
    (best(IpAddr::is_ipv4), best(IpAddr::is_ipv6))
}

fn kind(address: &IpAddr) -> AddressKind {
    let is_local = address.is_loopback() || address.is_unspecified() || address.is_multicast();
    match address {
        _ if is_local => AddressKind::None,
        IpAddr::V4(v4) if v4.is_private() || v4.is_link_local() => AddressKind::Private,
        IpAddr::V4(v4) if is_shared(*v4) => AddressKind::Shared,
        // Every interface has one, also without a network.
        IpAddr::V6(v6) if v6.is_unicast_link_local() => AddressKind::None,
        IpAddr::V6(v6) if v6.is_unique_local() => AddressKind::Private,
        _ => AddressKind::Global,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn kinds(addresses: &[&str]) -> (AddressKind, AddressKind) {
        let addresses: Vec<_> = addresses.iter().map(|text| text.parse().unwrap()).collect();
        best_kinds(&addresses)
    }

    #[test]
    fn the_best_address_of_each_family_counts() {
        use AddressKind::{Global, None, Private, Shared};
        assert_eq!(kinds(&[]), (None, None));
        assert_eq!(kinds(&["127.0.0.1", "::1", "fe80::1"]), (None, None));
        assert_eq!(kinds(&["192.168.1.7", "fd00::7"]), (Private, Private));
        assert_eq!(kinds(&["192.168.1.7", "100.64.3.4"]), (Shared, None));
        assert_eq!(
            kinds(&["10.0.0.1", "25.1.1.2", "2a02:db8::7"]),
            (Global, Global)
        );
    }
}
