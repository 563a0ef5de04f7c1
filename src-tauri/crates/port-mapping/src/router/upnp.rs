//! A router that speaks UPnP: WANIPConnection for IPv4, WANIPv6FirewallControl for IPv6.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use igd_next::aio::tokio::{Tokio, search_gateway, search_ipv6_firewall_gateway};
use igd_next::aio::{Gateway, Ipv6FirewallGateway};
use igd_next::{
    AddPortError, GetExternalIpError, PinholeError, PortMappingProtocol, SearchOptions,
};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::{Granted, Wanted};
use crate::lease::LEASE;
use crate::route::Route;
use crate::{Protocol, Reason};

/// The name of the mapping in the router's list, for the person who looks at it.
const DESCRIPTION: &str = "Parlour";
const SEARCH_TIMEOUT: Duration = Duration::from_millis(2_500);
/// igd-next waits four times as long, which a person does not.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(2_500);
const SSDP_PORT: u16 = 1900;
const FIREWALL_CONTROL: &str = "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1";
const MAX_SSDP_LEN: usize = 1_500;

pub(crate) struct Upnp {
    source: IpAddr,
    kind: Kind,
}

enum Kind {
    Mapping(Gateway<Tokio>),
    /// With the pinholes that the router has given ids.
    Pinhole(Ipv6FirewallGateway<Tokio>, Vec<(Wanted, u16)>),
}

impl Upnp {
    /// Asks the network, and takes the answer of the router alone: any device could say that it is one.
    pub(super) async fn search(route: Route) -> Result<Self, Reason> {
        let kind = match route.source {
            IpAddr::V4(_) => Kind::Mapping(search_mapping(&route).await?),
            IpAddr::V6(_) => Kind::Pinhole(search_firewall(&route).await?, Vec::new()),
        };
        Ok(Self {
            source: route.source,
            kind,
        })
    }

    pub(super) async fn map(&mut self, wanted: Wanted) -> Result<Granted, Reason> {
        let local = SocketAddr::new(self.source, wanted.port);
        let external = match &mut self.kind {
            Kind::Mapping(gateway) => within(add_mapping(gateway, wanted, local)).await?,
            Kind::Pinhole(gateway, pinholes) => {
                within(open_pinhole(gateway, pinholes, wanted, local)).await?;
                local
            }
        };
        Ok(Granted {
            external,
            lifetime: LEASE,
            epoch: None,
        })
    }

    pub(super) async fn unmap(&mut self, wanted: Wanted) {
        let removed = async {
            match &mut self.kind {
                Kind::Mapping(gateway) => {
                    let port = wanted.external_port();
                    let removed = gateway.remove_port(number(wanted.protocol), port).await;
                    removed.map_err(
                        |error| tracing::debug!(%error, "a mapping stays until it expires"),
                    )
                }
                Kind::Pinhole(gateway, pinholes) => {
                    let is_it = |(of, _): &(Wanted, u16)| is_same(of, &wanted);
                    let Some(index) = pinholes.iter().position(is_it) else {
                        return Ok(());
                    };
                    let (_, id) = pinholes.swap_remove(index);
                    let removed = gateway.remove_pinhole(id).await;
                    removed.map_err(
                        |error| tracing::debug!(%error, "a pinhole stays until it expires"),
                    )
                }
            }
        };
        // It expires otherwise.
        let _ = timeout(REQUEST_TIMEOUT, removed).await;
    }
}

async fn search_mapping(route: &Route) -> Result<Gateway<Tokio>, Reason> {
    let mut options = SearchOptions::default();
    options.bind_addr = (route.source, 0).into();
    options.timeout = Some(SEARCH_TIMEOUT);
    let gateway = search_gateway(options).await.map_err(|error| {
        tracing::debug!(%error, "no router answers by UPnP");
        Reason::NoAnswer
    })?;
    if gateway.addr.ip() == route.gateway(0).ip() {
        Ok(gateway)
    } else {
        tracing::info!("another device than the router answers by UPnP");
        Err(Reason::NoAnswer)
    }
}

/// The port of ours outside too, or the one of last time, or any.
async fn add_mapping(
    gateway: &Gateway<Tokio>,
    wanted: Wanted,
    local: SocketAddr,
) -> Result<SocketAddr, Reason> {
    let address = gateway
        .get_external_ip()
        .await
        .map_err(|error| match error {
            GetExternalIpError::ActionNotAuthorized => Reason::Refused,
            // Without an address it has no internet of its own.
            GetExternalIpError::RequestError(error) => failed(&error, Reason::BehindAnotherRouter),
        })?;
    let (protocol, port) = (number(wanted.protocol), wanted.external_port());
    let seconds = u32::try_from(LEASE.as_secs()).unwrap_or(u32::MAX);
    let added = gateway
        .add_port(protocol, port, local, seconds, DESCRIPTION)
        .await;
    let port = match added {
        Ok(()) => port,
        Err(AddPortError::PortInUse) => gateway
            .add_any_port(protocol, local, seconds, DESCRIPTION)
            .await
            .map_err(|error| failed(&error, Reason::Refused))?,
        // Also a router that gives mappings for ever alone: what a crash leaves behind must end by itself.
        Err(error) => return Err(failed(&error, Reason::Refused)),
    };
    Ok(SocketAddr::new(address, port))
}

/// Opens a pinhole, or makes the one that is open last longer.
async fn open_pinhole(
    gateway: &Ipv6FirewallGateway<Tokio>,
    pinholes: &mut Vec<(Wanted, u16)>,
    wanted: Wanted,
    local: SocketAddr,
) -> Result<(), Reason> {
    let seconds = u32::try_from(LEASE.as_secs()).unwrap_or(u32::MAX);
    let SocketAddr::V6(client) = local else {
        return Err(Reason::NoAnswer);
    };
    if let Some(index) = pinholes.iter().position(|(of, _)| is_same(of, &wanted)) {
        let (_, id) = pinholes[index];
        if gateway.update_pinhole(id, seconds).await.is_ok() {
            return Ok(());
        }
        pinholes.swap_remove(index);
    }
    let added = gateway
        .add_pinhole(number(wanted.protocol), client, seconds)
        .await;
    let id = added.map_err(|error: PinholeError| failed(&error, Reason::Refused))?;
    pinholes.push((wanted, id));
    Ok(())
}

/// The router answers from its link-local or its global address, and names the global one, which must be of our own
/// network. Another device there could answer too: it would open nothing, and learn nothing but the port.
async fn search_firewall(route: &Route) -> Result<Ipv6FirewallGateway<Tokio>, Reason> {
    let IpAddr::V6(source) = route.source else {
        return Err(Reason::NoAnswer);
    };
    let searched = timeout(SEARCH_TIMEOUT, async {
        let address = find_location(route).await.map_err(|_| Reason::NoAnswer)?;
        if !has_same_prefix(address, source) && !address.is_unicast_link_local() {
            return Err(Reason::NoAnswer);
        }
        let mut options = SearchOptions::ipv6(route.interface);
        options.timeout = Some(SEARCH_TIMEOUT);
        options.allowed_gateway_ips = vec![address.into()];
        let gateway = search_ipv6_firewall_gateway(options).await;
        gateway.map_err(|_| Reason::NoAnswer)
    });
    searched.await.unwrap_or(Err(Reason::NoAnswer))
}

/// The address in the router's answer to a search.
async fn find_location(route: &Route) -> std::io::Result<Ipv6Addr> {
    let all = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xc);
    let socket = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).await?;
    let search = format!(
        "M-SEARCH * HTTP/1.1\r\nHOST: [{all}]:{SSDP_PORT}\r\nST: {FIREWALL_CONTROL}\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\n\r\n"
    );
    let to = SocketAddrV6::new(all, SSDP_PORT, 0, route.interface);
    socket.send_to(search.as_bytes(), to).await?;
    let mut buffer = [0; MAX_SSDP_LEN];
    loop {
        let (length, from) = socket.recv_from(&mut buffer).await?;
        let answer = buffer.get(..length).unwrap_or_default();
        if let Some(address) = location_address(answer)
            && [route.gateway(0).ip(), address.into()].contains(&from.ip())
        {
            return Ok(address);
        }
    }
}

/// The IPv6 address of the line `LOCATION: http://[…]:port/…`.
fn location_address(answer: &[u8]) -> Option<Ipv6Addr> {
    let text = std::str::from_utf8(answer).ok()?;
    let url = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("location").then(|| value.trim())
    })?;
    let (address, _) = url.strip_prefix("http://[")?.split_once(']')?;
    address.parse().ok()
}

fn has_same_prefix(one: Ipv6Addr, other: Ipv6Addr) -> bool {
    one.octets()[..8] == other.octets()[..8]
}

/// The same port, whatever external address it had.
fn is_same(one: &Wanted, other: &Wanted) -> bool {
    (one.protocol, one.port) == (other.protocol, other.port)
}

fn failed(error: &dyn std::error::Error, reason: Reason) -> Reason {
    tracing::info!(%error, ?reason, "the router refuses by UPnP");
    reason
}

const fn number(protocol: Protocol) -> PortMappingProtocol {
    match protocol {
        Protocol::Tcp => PortMappingProtocol::TCP,
        Protocol::Udp => PortMappingProtocol::UDP,
    }
}

async fn within<T>(request: impl Future<Output = Result<T, Reason>>) -> Result<T, Reason> {
    let answered = timeout(REQUEST_TIMEOUT, request);
    answered.await.unwrap_or(Err(Reason::NoAnswer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_an_answer_is_read_and_garbage_is_not() {
        let answer = b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLocation: http://[2a01:4f8::1]:5000/d.xml\r\n\r\n";
        assert_eq!(location_address(answer), "2a01:4f8::1".parse().ok());
        for garbage in [
            &b"LOCATION: http://192.168.1.1:5000/d.xml"[..],
            b"LOCATION: http://[2a01:4f8::1",
            b"LOCATION:",
            b"\xff\xfe",
            b"",
        ] {
            assert_eq!(location_address(garbage), None);
        }
    }
}
