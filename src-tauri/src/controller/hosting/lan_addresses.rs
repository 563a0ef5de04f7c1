//! The addresses of this computer that others may reach.

use std::net::IpAddr;

use if_addrs::{IfOperStatus, Interface};

/// More addresses make an invite long and help nobody.
const MAX_ADDRESSES: usize = 6;

/// The likeliest first; empty if there is no network.
pub(in crate::controller) fn lan_addresses() -> Vec<IpAddr> {
    #[cfg(test)]
    READS.set(READS.get() + 1);
    if_addrs::get_if_addrs()
        .map(|interfaces| reachable_addresses(&interfaces))
        .unwrap_or_else(|error| {
            tracing::warn!(%error, "the addresses of this computer cannot be read");
            Vec::new()
        })
}

#[cfg(test)]
thread_local! {
    static READS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How often this thread has read the addresses.
#[cfg(test)]
pub(in crate::controller) fn reads() -> usize {
    READS.get()
}

/// All addresses of this computer.
pub(in crate::controller) fn local_addresses() -> Vec<IpAddr> {
    if_addrs::get_if_addrs()
        .unwrap_or_default()
        .iter()
        .map(Interface::ip)
        .collect()
}

fn reachable_addresses(interfaces: &[Interface]) -> Vec<IpAddr> {
    let mut found: Vec<(u8, IpAddr)> = interfaces
        .iter()
        .filter(|interface| interface.oper_status != IfOperStatus::Down)
        .filter_map(|interface| Some((rank(&interface.name, interface.ip())?, interface.ip())))
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    let mut addresses: Vec<IpAddr> = Vec::new();
    for (_, address) in found {
        if addresses.len() < MAX_ADDRESSES && !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

/// A lower rank is likelier to work. `None` for an address that only this computer or its link can use.
fn rank(interface: &str, address: IpAddr) -> Option<u8> {
    if address.is_loopback() || address.is_unspecified() || address.is_multicast() {
        return None;
    }
    let kind = match address {
        IpAddr::V4(v4) if v4.is_private() => 0,
        // Two computers on one cable.
        IpAddr::V4(v4) if v4.is_link_local() => 4,
        // Carrier-grade NAT and virtual private networks too.
        IpAddr::V4(_) => 1,
        IpAddr::V6(v6) if v6.is_unicast_link_local() => return None,
        IpAddr::V6(v6) if v6.is_unique_local() => 2,
        IpAddr::V6(_) => 3,
    };
    Some(if is_virtual(interface) {
        kind + 8
    } else {
        kind
    })
}

/// Networks of containers and virtual machines end at this computer.
fn is_virtual(interface: &str) -> bool {
    [
        "docker",
        "br-",
        "veth",
        "virbr",
        "vboxnet",
        "vmnet",
        "lxcbr",
        "lxdbr",
        "incusbr",
        "waydroid",
        "mpqemubr",
        "nerdctl",
        "flannel",
        "cali",
        "cilium",
        "podman",
        "cni",
        "vEthernet",
    ]
    .iter()
    .any(|prefix| interface.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::net::{Ipv4Addr, Ipv6Addr};

    use if_addrs::{IfAddr, Ifv4Addr, Ifv6Addr};

    use super::*;

    fn interface(name: &str, address: &str) -> Interface {
        let addr = match address.parse().unwrap() {
            IpAddr::V4(ip) => IfAddr::V4(Ifv4Addr {
                ip,
                netmask: Ipv4Addr::UNSPECIFIED,
                prefixlen: 24,
                broadcast: None,
            }),
            IpAddr::V6(ip) => IfAddr::V6(Ifv6Addr {
                ip,
                netmask: Ipv6Addr::UNSPECIFIED,
                prefixlen: 64,
                broadcast: None,
            }),
        };
        Interface {
            name: name.into(),
            addr,
            index: None,
            oper_status: IfOperStatus::Up,
            is_p2p: false,
            #[cfg(windows)]
            adapter_name: String::new(),
        }
    }

    fn sorted(interfaces: &[(&str, &str)]) -> Vec<String> {
        let interfaces: Vec<_> = interfaces
            .iter()
            .map(|(name, ip)| interface(name, ip))
            .collect();
        reachable_addresses(&interfaces)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn the_lan_comes_first_and_containers_last() {
        let found = sorted(&[
            ("lo", "127.0.0.1"),
            ("lo", "::1"),
            ("docker0", "172.17.0.1"),
            ("eth0", "2001:db8::7"),
            ("eth0", "fe80::7"),
            ("eth0", "fd00::7"),
            ("tailscale0", "100.64.0.9"),
            ("wlan0", "192.168.1.7"),
        ]);
        assert_eq!(
            found,
            [
                "192.168.1.7",
                "100.64.0.9",
                "fd00::7",
                "2001:db8::7",
                "172.17.0.1"
            ]
        );
    }

    #[test]
    fn the_bridge_of_a_container_or_a_virtual_machine_is_no_lan() {
        for bridge in [
            "docker0",
            "br-1a2b3c",
            "virbr0",
            "lxdbr0",
            "incusbr0",
            "waydroid0",
            "mpqemubr0",
            "nerdctl0",
            "flannel.1",
            "cni0",
            "podman0",
        ] {
            let found = sorted(&[(bridge, "10.1.2.1"), ("wlan0", "2001:db8::7")]);
            assert_eq!(found, ["2001:db8::7", "10.1.2.1"], "{bridge}");
        }
        // A bridge that the person has made has the LAN's address.
        let found = sorted(&[("br0", "192.168.1.7"), ("wlan0", "2001:db8::7")]);
        assert_eq!(found, ["192.168.1.7", "2001:db8::7"]);
    }

    #[test]
    fn an_invite_names_each_address_once_and_only_a_few() {
        let many: Vec<_> = (1..=20)
            .map(|i| interface("eth0", &format!("10.0.0.{i}")))
            .collect();
        assert_eq!(reachable_addresses(&many).len(), MAX_ADDRESSES);
        let twice = sorted(&[("a", "10.0.0.1"), ("b", "10.0.0.1")]);
        assert_eq!(twice, ["10.0.0.1"]);
    }

    #[test]
    fn addresses_that_are_down_or_local_are_left_out() {
        let mut down = interface("eth0", "10.0.0.1");
        down.oper_status = IfOperStatus::Down;
        assert!(reachable_addresses(&[down, interface("lo", "::1")]).is_empty());
    }
}
