//! Where a link leads, as far as a person can judge it.

use std::net::{IpAddr, Ipv6Addr};

use parlour_port_mapping::{is_global, is_shared};
use parlour_signaling::invite::{Endpoint, Host, Invite};
use parlour_signaling::looks::shown_address;

use super::hosting::local_addresses;
use crate::view::RoomPlace;

/// Each place of the invite once, in its order.
pub(super) fn places(invite: &Invite) -> Vec<RoomPlace> {
    let mut places = distinct_places(&invite.endpoints, &local_addresses());
    if !invite.relays.is_empty() {
        places.push(RoomPlace::Relays);
    }
    places
}

fn distinct_places(endpoints: &[Endpoint], own: &[IpAddr]) -> Vec<RoomPlace> {
    let mut places = Vec::new();
    for endpoint in endpoints {
        let place = place(endpoint, own);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

fn place(endpoint: &Endpoint, own: &[IpAddr]) -> RoomPlace {
    match &endpoint.host {
        Host::Ip(address) if is_this_computer(address.to_canonical(), own) => {
            RoomPlace::ThisComputer
        }
        Host::Ip(address) if is_own_network(address.to_canonical(), own) => RoomPlace::OwnNetwork,
        // RFC 6761: the name never leaves the computer.
        Host::Name(name) if name == "localhost" || name.ends_with(".localhost") => {
            RoomPlace::ThisComputer
        }
        Host::Ip(_) | Host::Name(_) => RoomPlace::Server {
            host: shown_address(endpoint),
            encrypted: endpoint.tls,
        },
    }
}

/// Whether a room is hosted by a person's computer in a home or an office: it has no name, and an address that no other
/// network reaches.
pub(super) fn is_of_private_network(endpoints: &[Endpoint]) -> bool {
    let mut addresses = Vec::new();
    for endpoint in endpoints {
        match endpoint.host {
            // The router has opened a port: other networks reach it.
            Host::Ip(IpAddr::V4(address)) if is_global(address.into()) => return false,
            Host::Ip(address) => addresses.push(address.to_canonical()),
            Host::Name(_) => return false,
        }
    }
    addresses
        .into_iter()
        .any(|address| is_own_network(address, &[]))
}

fn is_this_computer(address: IpAddr, own: &[IpAddr]) -> bool {
    address.is_loopback() || address.is_unspecified() || own.contains(&address)
}

/// An address that no other network reaches, or one of a network that this computer is in.
fn is_own_network(address: IpAddr, own: &[IpAddr]) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local() || is_shared(v4),
        IpAddr::V6(v6) => {
            v6.is_unique_local()
                || v6.is_unicast_link_local()
                || own
                    .iter()
                    .any(|own| matches!(own, IpAddr::V6(own) if has_same_prefix(*own, v6)))
        }
    }
}

/// A network has 64 bits of the address (RFC 4291).
fn has_same_prefix(one: Ipv6Addr, other: Ipv6Addr) -> bool {
    one.segments()[..4] == other.segments()[..4]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const OWN: [&str; 3] = ["127.0.0.1", "192.168.1.7", "2001:db8:1:2::7"];

    fn places_of(endpoints: &[&str]) -> Vec<RoomPlace> {
        let endpoints: Vec<Endpoint> = endpoints
            .iter()
            .map(|endpoint| endpoint.parse().unwrap())
            .collect();
        distinct_places(&endpoints, &OWN.map(|address| address.parse().unwrap()))
    }

    fn server(host: &str, encrypted: bool) -> RoomPlace {
        RoomPlace::Server {
            host: host.to_owned(),
            encrypted,
        }
    }

    #[test]
    fn the_addresses_of_one_room_on_the_own_network_are_one_place() {
        let room = [
            "192.168.1.8:18420",
            "100.64.0.9:18420",
            "[fd00::8]:18420",
            "[2001:db8:1:2::8]:18420",
            "[fe80::8]:18420",
            "[::ffff:10.0.0.8]:18420",
        ];
        assert_eq!(places_of(&room), [RoomPlace::OwnNetwork]);
    }

    #[test]
    fn this_computer_is_recognized() {
        for own in [
            "127.0.0.1:18420",
            "127.8.9.10",
            "[::1]",
            "192.168.1.7:1",
            "[2001:db8:1:2::7]:1",
            "[::ffff:127.0.0.1]",
            "0.0.0.0:18420",
            "ws+localhost:8080",
            "wss+a.localhost:1",
        ] {
            assert_eq!(places_of(&[own]), [RoomPlace::ThisComputer], "{own}");
        }
    }

    #[test]
    fn a_server_without_tls_differs_from_its_namesake() {
        let both = places_of(&["parlour.example.org", "ws+parlour.example.org"]);
        let name = "parlour.example.org";
        assert_eq!(both, [server(name, true), server(name, false)]);
        let ports = places_of(&["parlour.example.org:8443", "ws+parlour.example.org:443"]);
        assert_eq!(
            ports,
            [
                server("parlour.example.org:8443", true),
                server("parlour.example.org:443", false)
            ]
        );
    }

    #[test]
    fn public_addresses_are_servers() {
        for (address, host) in [
            ("203.0.113.7:81", "203.0.113.7:81"),
            ("100.128.0.7", "100.128.0.7"),
            ("[2001:db8:1:3::7]:81", "[2001:db8:1:3::7]:81"),
        ] {
            assert_eq!(places_of(&[address]), [server(host, false)]);
        }
        assert_eq!(
            places_of(&["wss+203.0.113.7"]),
            [server("203.0.113.7", true)]
        );
    }
}
