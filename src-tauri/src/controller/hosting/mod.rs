//! A room hosted by this computer: the embedded server, and the addresses under which others reach it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use if_addrs::{IfOperStatus, Interface};
use parlour_signaling::invite::{Endpoint, Host};
use parlour_signaling::server::{Server, ServerConfig, ServerHandle};

/// Tried first, so that a firewall can let it in. Below the ports that systems hand out to outgoing connections.
const PREFERRED_PORT: u16 = 18_420;
/// Connections that the embedded server takes: those of its one room, and some that come back or go.
const MAX_CONNECTIONS: usize = 64;
/// Addresses in an invite; more make it long and help nobody.
const MAX_ADDRESSES: usize = 6;

/// The running server and its addresses.
pub(super) struct Hosted {
    server: ServerHandle,
    port: u16,
    endpoints: Vec<Endpoint>,
    reachable: bool,
}

impl Hosted {
    /// On the port where it was before, if there is one and it is free.
    pub(super) async fn start(before: Option<u16>) -> io::Result<Self> {
        let server = listen(before).await?.start();
        let port = server.local_addr().port();
        let (endpoints, reachable) = look(port);
        tracing::info!(port, addresses = endpoints.len(), "hosting a room");
        Ok(Self {
            server,
            port,
            endpoints,
            reachable,
        })
    }

    /// The computer may have other addresses by now. True when it has.
    pub(super) fn look_around(&mut self) -> bool {
        let before = std::mem::take(&mut self.endpoints);
        (self.endpoints, self.reachable) = look(self.port);
        self.endpoints != before
    }

    /// Where it listens.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// For the invite.
    pub(super) fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The way that one's own client takes.
    pub(super) fn own_endpoint(&self) -> Endpoint {
        endpoint(Ipv4Addr::LOCALHOST.into(), self.port)
    }

    /// Whether others can reach this computer over a network.
    pub(super) fn is_reachable(&self) -> bool {
        self.reachable
    }

    pub(super) async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

/// Under which addresses others find that port, and whether they can. Without any it is this computer's own.
fn look(port: u16) -> (Vec<Endpoint>, bool) {
    let addresses = if_addrs::get_if_addrs()
        .map(|found| lan_addresses(&found))
        .unwrap_or_else(|error| {
            tracing::warn!(%error, "the addresses of this computer are not known");
            Vec::new()
        });
    let reachable = !addresses.is_empty();
    let addresses = if reachable {
        addresses
    } else {
        vec![Ipv4Addr::LOCALHOST.into()]
    };
    let endpoints = addresses.into_iter().map(|at| endpoint(at, port));
    (endpoints.collect(), reachable)
}

fn endpoint(address: IpAddr, port: u16) -> Endpoint {
    Endpoint {
        host: Host::Ip(address),
        port,
        tls: false,
    }
}

/// Whether it is this computer.
pub(super) fn is_own(host: &Host) -> bool {
    let Host::Ip(address) = host else {
        return false;
    };
    let address = address.to_canonical();
    address.is_loopback()
        || if_addrs::get_if_addrs()
            .is_ok_and(|found| found.iter().any(|interface| interface.ip() == address))
}

/// All addresses of both families, or those of IPv4 where there is no IPv6; the port of before, the preferred, or any.
async fn listen(before: Option<u16>) -> io::Result<Server> {
    let both = IpAddr::from(Ipv6Addr::UNSPECIFIED);
    let v4 = IpAddr::from(Ipv4Addr::UNSPECIFIED);
    let ports = before.into_iter().chain([PREFERRED_PORT, 0]);
    let places = ports.flat_map(|port| [(both, port), (v4, port)]);
    let config = ServerConfig {
        embedded: true,
        max_connections: MAX_CONNECTIONS,
        ..ServerConfig::default()
    };
    let mut failed = None;
    for (address, port) in places {
        match Server::bind(SocketAddr::new(address, port), config.clone()).await {
            Ok(server) => return Ok(server),
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or_else(|| io::Error::other("no port")))
}

/// The addresses that others may reach, the likeliest first.
fn lan_addresses(interfaces: &[Interface]) -> Vec<IpAddr> {
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

/// The lower the likelier; `None` for an address that means nothing to others.
fn rank(interface: &str, address: IpAddr) -> Option<u8> {
    if address.is_loopback() || address.is_unspecified() || address.is_multicast() {
        return None;
    }
    let kind = match address {
        IpAddr::V4(v4) if v4.is_private() => 0,
        // A cable between two computers.
        IpAddr::V4(v4) if v4.is_link_local() => 4,
        // Also those that a carrier or a virtual private network shares out.
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

/// Networks of containers and virtual machines, which end at this computer.
fn is_virtual(interface: &str) -> bool {
    [
        "docker",
        "br-",
        "veth",
        "virbr",
        "vboxnet",
        "vmnet",
        "lxcbr",
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
        lan_addresses(&interfaces)
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
    fn an_invite_stays_short() {
        let many: Vec<_> = (1..=20)
            .map(|i| interface("eth0", &format!("10.0.0.{i}")))
            .collect();
        assert_eq!(lan_addresses(&many).len(), MAX_ADDRESSES);
        let twice = sorted(&[("a", "10.0.0.1"), ("b", "10.0.0.1")]);
        assert_eq!(twice, ["10.0.0.1"]);
    }

    #[test]
    fn what_is_down_or_local_is_no_way_in() {
        let mut down = interface("eth0", "10.0.0.1");
        down.oper_status = IfOperStatus::Down;
        assert!(lan_addresses(&[down, interface("lo", "::1")]).is_empty());
    }

    #[tokio::test]
    async fn two_rooms_on_one_computer_have_two_ports() {
        let (one, two) = (listen(None).await.unwrap(), listen(None).await.unwrap());
        let port = two.local_addr().port();
        assert_ne!(one.local_addr().port(), port);
        drop(two);
        let again = listen(Some(port)).await.unwrap();
        assert_eq!(
            again.local_addr().port(),
            port,
            "where the others look for it"
        );
    }
}
