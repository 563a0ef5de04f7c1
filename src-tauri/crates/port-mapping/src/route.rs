//! The way to the router: its address, and ours that it sees.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};

use netdev::Interface;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    V4,
    V6,
}

impl Family {
    /// An address that only the default route leads to. Nothing is ever sent to it.
    const fn elsewhere(self) -> SocketAddr {
        match self {
            Self::V4 => SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9),
            Self::V6 => SocketAddr::new(
                IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
                9,
            ),
        }
    }

    const fn unspecified(self) -> SocketAddr {
        match self {
            Self::V4 => SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
            Self::V6 => SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0),
        }
    }
}

/// The default route of one address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The address that this computer sends from to the internet.
    pub(crate) source: IpAddr,
    /// The router. A link-local address has its interface as scope; the port is 0.
    gateway: SocketAddr,
    pub(crate) interface: u32,
}

impl Route {
    /// Reads it from the system. `None` without a network, or with one that has no router, such as a tunnel.
    pub(crate) async fn find(family: Family) -> Option<Self> {
        let found = tokio::task::spawn_blocking(move || {
            let source = source(family)?;
            Self::among(&netdev::get_interfaces(), source)
        });
        found.await.ok().flatten()
    }

    fn among(interfaces: &[Interface], source: IpAddr) -> Option<Self> {
        let interface = interfaces
            .iter()
            .find(|interface| interface.ip_addrs().contains(&source))?;
        let devices = interface.gateway.as_ref()?;
        let gateway = match source {
            IpAddr::V4(_) => SocketAddr::new((*devices.ipv4.first()?).into(), 0),
            IpAddr::V6(_) => {
                let address = *devices.ipv6.first()?;
                let is_link_local = address.is_unicast_link_local();
                let scope = if is_link_local { interface.index } else { 0 };
                SocketAddrV6::new(address, 0, 0, scope).into()
            }
        };
        Some(Self {
            source,
            gateway,
            interface: interface.index,
        })
    }

    pub(crate) fn gateway(&self, port: u16) -> SocketAddr {
        let mut gateway = self.gateway;
        gateway.set_port(port);
        gateway
    }
}

/// The system's choice of a source address. To connect a UDP socket sends nothing.
fn source(family: Family) -> Option<IpAddr> {
    let socket = UdpSocket::bind(family.unspecified()).ok()?;
    socket.connect(family.elsewhere()).ok()?;
    let source = socket.local_addr().ok()?.ip();
    (!source.is_unspecified() && !source.is_loopback()).then_some(source)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use netdev::NetworkDevice;
    use netdev::ipnet::{Ipv4Net, Ipv6Net};

    use super::*;

    fn interfaces() -> Vec<Interface> {
        let mut tunnel = Interface::dummy();
        tunnel.index = 2;
        tunnel.ipv4 = vec!["10.8.0.2/24".parse::<Ipv4Net>().unwrap()];
        let mut wifi = Interface::dummy();
        wifi.index = 3;
        wifi.ipv4 = vec!["192.168.1.10/24".parse::<Ipv4Net>().unwrap()];
        wifi.ipv6 = vec!["2a01:4f8::10/64".parse::<Ipv6Net>().unwrap()];
        let mut router = NetworkDevice::new();
        router.ipv4 = vec![Ipv4Addr::new(192, 168, 1, 1)];
        router.ipv6 = vec!["fe80::1".parse().unwrap()];
        wifi.gateway = Some(router);
        vec![tunnel, wifi]
    }

    #[test]
    fn the_router_is_that_of_the_interface_with_our_address() {
        let find = |source: &str| Route::among(&interfaces(), source.parse().unwrap());
        let v4 = find("192.168.1.10").unwrap();
        assert_eq!(v4.gateway(5351), "192.168.1.1:5351".parse().unwrap());
        let v6 = find("2a01:4f8::10").unwrap();
        assert_eq!(v6.gateway(5351), "[fe80::1%3]:5351".parse().unwrap());
        assert_eq!(v6.interface, 3);
    }

    #[test]
    fn a_tunnel_has_no_router_that_could_be_asked() {
        assert_eq!(
            Route::among(&interfaces(), "10.8.0.2".parse().unwrap()),
            None
        );
    }
}
