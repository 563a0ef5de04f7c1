//! A room hosted by this computer: the embedded server.

mod lan_addresses;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use parlour_signaling::invite::{Endpoint, Host};
use parlour_signaling::protocol::RoomId;
use parlour_signaling::server::{
    BudgetConfig, BudgetLimits, OriginPolicy, ServedAddresses, Server, ServerConfig, ServerHandle,
    StunStream,
};

#[cfg(test)]
pub(super) use self::lan_addresses::reads;
pub(super) use self::lan_addresses::{lan_addresses, local_addresses};

/// Tried first, so that a firewall can open it. Below the ports that systems give to outgoing connections.
pub(super) const PREFERRED_PORT: u16 = 18_420;
/// The bounds of strangers on the same network. Nobody but members of the one room can join, so the connections are
/// theirs, and some that are about to resume or to close.
const SERVER_LIMITS: BudgetLimits = BudgetLimits {
    handshakes: 32,
    connections: 64,
    places: 16,
    bytes: 64 * 1024 * 1024,
};
/// The bounds of one of their addresses: two handshakes at a time for each member behind it.
const ADDRESS_LIMITS: BudgetLimits = BudgetLimits {
    handshakes: 16,
    connections: 32,
    places: 16,
    bytes: 32 * 1024 * 1024,
};

/// A running server and the addresses under which others reach it.
pub(super) struct EmbeddedServer {
    server: ServerHandle,
    /// Where it serves: what the invite names.
    served: ServedAddresses,
    port: u16,
    endpoints: Vec<Endpoint>,
    /// Where the router has opened the port.
    external: Vec<SocketAddr>,
    is_reachable: bool,
}

impl EmbeddedServer {
    /// Serves this room, on the previous port if it is given and free.
    pub(super) async fn start(room: RoomId, previous_port: Option<u16>) -> io::Result<Self> {
        let mut server = bind(room, previous_port).await?;
        let port = server.local_addr().port();
        let (endpoints, is_reachable) = current_endpoints(port, &[]);
        let served = ServedAddresses::default();
        served.set(addresses(&endpoints));
        server.serve_only_at(served.clone());
        tracing::info!(port, addresses = endpoints.len(), "hosting a room");
        Ok(Self {
            server: server.start(),
            served,
            port,
            endpoints,
            external: Vec::new(),
            is_reachable,
        })
    }

    /// Reads the addresses again. True when they have changed.
    pub(super) fn update_addresses(&mut self) -> bool {
        let before = std::mem::take(&mut self.endpoints);
        (self.endpoints, self.is_reachable) = current_endpoints(self.port, &self.external);
        self.served.set(addresses(&self.endpoints));
        self.endpoints != before
    }

    /// The addresses at which the router has opened the port. True when the endpoints have changed.
    pub(super) fn set_external_addresses(&mut self, external: Vec<SocketAddr>) -> bool {
        self.external = external;
        self.update_addresses()
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// For the invite.
    pub(super) fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// For our own client.
    pub(super) fn local_endpoint(&self) -> Endpoint {
        endpoint(Ipv4Addr::LOCALHOST.into(), self.port)
    }

    /// The server itself.
    pub(super) fn handle(&self) -> &ServerHandle {
        &self.server
    }

    /// Passes streams of STUN and TURN on that come to this port.
    pub(super) fn pass_stun_to(&self, receiver: impl Fn(StunStream) + Send + Sync + 'static) {
        self.server.pass_stun_to(receiver);
    }

    /// Whether others can reach this computer over a network.
    pub(super) fn is_reachable(&self) -> bool {
        self.is_reachable
    }

    pub(super) async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

/// The endpoints of the port, those of the own network first, and whether others can reach them. Without a network only
/// this computer can.
fn current_endpoints(port: u16, external: &[SocketAddr]) -> (Vec<Endpoint>, bool) {
    let mut addresses = lan_addresses();
    let is_reachable = !addresses.is_empty();
    if !is_reachable {
        addresses.push(Ipv4Addr::LOCALHOST.into());
    }
    let endpoints = addresses.into_iter().map(|ip| endpoint(ip, port));
    let mut endpoints: Vec<_> = endpoints.collect();
    for external in external {
        let external = endpoint(external.ip(), external.port());
        if !endpoints.contains(&external) {
            endpoints.push(external);
        }
    }
    (endpoints, is_reachable)
}

fn addresses(endpoints: &[Endpoint]) -> Vec<IpAddr> {
    let ip = |endpoint: &Endpoint| match endpoint.host {
        Host::Ip(ip) => Some(ip),
        Host::Name(_) => None,
    };
    endpoints.iter().filter_map(ip).collect()
}

fn endpoint(address: IpAddr, port: u16) -> Endpoint {
    Endpoint {
        host: Host::Ip(address),
        port,
        tls: false,
    }
}

/// Binds all addresses of both families, or of IPv4 where there is no IPv6, to the previous port, the preferred port, or
/// any port.
async fn bind(room: RoomId, previous_port: Option<u16>) -> io::Result<Server> {
    let both = IpAddr::from(Ipv6Addr::UNSPECIFIED);
    let v4 = IpAddr::from(Ipv4Addr::UNSPECIFIED);
    // IPv4 alone comes last: a port that another program gives back at this moment must not cost IPv6.
    let ports = || previous_port.into_iter().chain([PREFERRED_PORT, 0]);
    let addresses = [both, v4]
        .into_iter()
        .flat_map(|ip| ports().map(move |port| (ip, port)));
    let config = ServerConfig {
        embedded: true,
        budgets: BudgetConfig {
            server: SERVER_LIMITS,
            address: ADDRESS_LIMITS,
            ..BudgetConfig::default()
        },
        served_rooms: Some(vec![room]),
        origins: OriginPolicy::RefuseAll,
        ..ServerConfig::default()
    };
    let mut failed = None;
    for address in addresses {
        match Server::bind(SocketAddr::from(address), config.clone()).await {
            Ok(server) => return Ok(server),
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or_else(|| io::Error::other("no port")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    /// The first bytes of the answer to a request at this address, or nothing when the connection is closed.
    async fn answer(address: IpAddr, port: u16) -> Vec<u8> {
        let mut stream = TcpStream::connect((address, port)).await.unwrap();
        // The server may have closed already.
        let _ = stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await;
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        bytes
    }

    #[tokio::test]
    async fn a_room_is_served_only_where_its_invite_says() {
        let room = RoomId::from_bytes([1; 32]);
        let server = EmbeddedServer::start(room, None).await.unwrap();
        let (port, answered) = (server.port(), b"HTTP/1.1 404");
        let loopback = Ipv4Addr::LOCALHOST.into();
        assert!(answer(loopback, port).await.starts_with(answered));
        // A computer without a network has no other address to try.
        for address in lan_addresses() {
            assert!(answer(address, port).await.starts_with(answered));
            server.served.set(Vec::new());
            assert_eq!(
                answer(address, port).await,
                b"",
                "the invite no longer names it"
            );
            server.served.set(lan_addresses());
        }
    }

    #[tokio::test]
    async fn two_rooms_on_one_computer_have_two_ports() {
        let room = RoomId::from_bytes([1; 32]);
        let (one, two) = (
            bind(room, None).await.unwrap(),
            bind(room, None).await.unwrap(),
        );
        let port = two.local_addr().port();
        assert_ne!(one.local_addr().port(), port);
        drop(two);
        let again = bind(room, Some(port)).await.unwrap();
        assert_eq!(
            again.local_addr().port(),
            port,
            "where the others look for it"
        );
    }
}
