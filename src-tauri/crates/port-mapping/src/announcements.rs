//! Announcements of the router: it has restarted, or has another address (RFC 6887 section 14.1.3, RFC 6886
//! section 3.2.1).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Socket, Type};
use tokio::net::UdpSocket;

use crate::route::Route;
use crate::wire::{CLIENT_PORT, nat_pmp, pcp};

/// More than any announcement has.
const BUFFER_LEN: usize = 128;

/// Listens for the router of one route. Several programs of a computer may.
pub(crate) struct Announcements {
    socket: UdpSocket,
    router: IpAddr,
}

impl Announcements {
    pub(crate) fn listen(route: &Route) -> io::Result<Self> {
        let router = route.gateway(0).ip();
        let socket = bind(route, router)?;
        Ok(Self { socket, router })
    }

    /// Waits for the router's next announcement.
    pub(crate) async fn next(&self) -> io::Result<()> {
        let mut buffer = [0; BUFFER_LEN];
        loop {
            let (length, from) = self.socket.recv_from(&mut buffer).await?;
            if from.ip() == self.router && is_announcement(buffer.get(..length).unwrap_or_default())
            {
                return Ok(());
            }
        }
    }
}

fn bind(route: &Route, router: IpAddr) -> io::Result<UdpSocket> {
    let (domain, any): (_, IpAddr) = match router {
        IpAddr::V4(_) => (Domain::IPV4, Ipv4Addr::UNSPECIFIED.into()),
        IpAddr::V6(_) => (Domain::IPV6, Ipv6Addr::UNSPECIFIED.into()),
    };
    let socket = Socket::new(domain, Type::DGRAM, None)?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    if router.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&SocketAddr::new(any, CLIENT_PORT).into())?;
    match route.source {
        IpAddr::V4(source) => {
            socket.join_multicast_v4(&Ipv4Addr::new(224, 0, 0, 1), &source)?;
        }
        IpAddr::V6(_) => {
            let all_nodes = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
            socket.join_multicast_v6(&all_nodes, route.interface)?;
        }
    }
    UdpSocket::from_std(socket.into())
}

fn is_announcement(packet: &[u8]) -> bool {
    pcp::Response::parse(packet).is_some_and(|read| read.body == pcp::Body::Announce)
        || nat_pmp::Response::parse(packet)
            .is_some_and(|read| matches!(read.body, nat_pmp::Body::Address(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_announcements_are_read_and_nothing_else() {
        let mut pcp = [0; 24];
        pcp[..2].copy_from_slice(&[2, 0x80]);
        assert!(is_announcement(&pcp));
        assert!(is_announcement(&[0, 128, 0, 0, 0, 0, 0, 7, 25, 1, 1, 7]));
        let mapping = [0, 129, 0, 0, 0, 0, 0, 7, 0, 1, 0, 1, 0, 0, 0, 9];
        assert!(!is_announcement(&mapping));
        assert!(!is_announcement(b"M-SEARCH"));
    }
}
