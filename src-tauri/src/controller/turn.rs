//! The STUN and TURN server of this app. It serves the room while others can reach it, and nothing but the room.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime};

use parlour_signaling::protocol::IceServer;
use parlour_signaling::server::StunStream;
use parlour_turn::server::{Credential, Limits, PassedStream, TurnHandle, TurnServer};
use tokio::time::Instant;

use super::hosting::{EmbeddedServer, PREFERRED_PORT, lan_addresses};

/// How long the others may use what they were told.
const CREDENTIAL_LIFETIME: Duration = Duration::from_secs(12 * 3600);
/// How old it is when they are told another one.
const CREDENTIAL_AGE: Duration = Duration::from_secs(6 * 3600);

pub(super) struct RoomTurn {
    server: TurnHandle,
    credential: Credential,
    credential_until: SystemTime,
    renew_at: Instant,
    /// This computer in its own network.
    local: Option<IpAddr>,
    /// Where a router that a person has set up passes the ports on.
    forwarded: Option<(SocketAddr, SocketAddr)>,
    /// Where others reach the port by UDP and by TCP.
    udp: Vec<SocketAddr>,
    tcp: Vec<SocketAddr>,
}

impl RoomTurn {
    /// Listens on the port of the embedded server if there is one, which passes TCP on; else on the preferred port, or any.
    /// `forwarded` is where the person's router passes that port on.
    pub(super) fn start(
        host: Option<&EmbeddedServer>,
        forwarded: Option<IpAddr>,
    ) -> io::Result<Self> {
        let server = match host {
            Some(host) => TurnServer::bind_udp(host.port()).or_else(|_| TurnServer::bind_udp(0))?,
            // Windows asks the person about a program that listens by TCP, and would ask every guest.
            None if cfg!(windows) => TurnServer::bind_udp(0)?,
            None => TurnServer::bind(PREFERRED_PORT).or_else(|_| TurnServer::bind(0))?,
        };
        let server = server.start(Limits::default())?;
        if let Some(host) = host {
            let streams = server.streams();
            host.pass_stun_to(move |stream| {
                let StunStream { stream, from, head } = stream;
                if let Some(from) = from {
                    // A full queue ends the connection.
                    let stream = Box::new(stream);
                    let _ = streams.try_send(PassedStream { stream, from, head });
                }
            });
        }
        let credential_until = SystemTime::now() + CREDENTIAL_LIFETIME;
        let forwarded = forwarded.map(|address| {
            let tcp = host.map_or(server.port(), EmbeddedServer::port);
            (
                SocketAddr::new(address, server.port()),
                SocketAddr::new(address, tcp),
            )
        });
        let mut turn = Self {
            credential: server.credential(credential_until),
            credential_until,
            renew_at: Instant::now() + CREDENTIAL_AGE,
            local: local_address(),
            server,
            forwarded,
            udp: Vec::new(),
            tcp: Vec::new(),
        };
        turn.set_public(Vec::new(), Vec::new());
        Ok(turn)
    }

    /// The UDP port, and without an embedded server the TCP port.
    pub(super) fn port(&self) -> u16 {
        self.server.port()
    }

    /// Where others reach the server from the internet, beside what a person has set up.
    pub(super) fn set_public(&mut self, mut udp: Vec<SocketAddr>, mut tcp: Vec<SocketAddr>) {
        if let Some((by_udp, by_tcp)) = self.forwarded {
            udp.extend((!udp.contains(&by_udp)).then_some(by_udp));
            tcp.extend((!tcp.contains(&by_tcp)).then_some(by_tcp));
        }
        if (&udp, &tcp) != (&self.udp, &self.tcp) {
            tracing::info!(
                udp = udp.len(),
                tcp = tcp.len(),
                "the TURN server's addresses"
            );
        }
        (self.udp, self.tcp) = (udp, tcp);
    }

    /// When [`RoomTurn::for_members`] has another credential.
    pub(super) const fn renew_at(&self) -> Instant {
        self.renew_at
    }

    /// This computer may have another address.
    pub(super) fn network_changed(&mut self) {
        self.local = local_address();
    }

    /// For the other members, with a credential that lasts. `None` while they cannot reach it.
    pub(super) fn for_members(&mut self) -> Option<IceServer> {
        let now = SystemTime::now();
        // The one clock stands still while the computer sleeps, the other one may be set.
        let is_due = self.renew_at <= Instant::now();
        if is_due || self.credential_until < now + CREDENTIAL_AGE {
            let begin = now.max(self.credential_until - CREDENTIAL_AGE);
            self.credential_until = begin + CREDENTIAL_LIFETIME;
            self.credential = self.server.credential(self.credential_until);
            self.renew_at = Instant::now() + CREDENTIAL_AGE;
        }
        let udp = self.udp.iter().map(|address| format!("turn:{address}"));
        let tcp = self
            .tcp
            .iter()
            .map(|address| format!("turn:{address}?transport=tcp"));
        self.with_urls(udp.chain(tcp).collect())
    }

    /// For our own page: at an address of this computer, since few routers lead a packet back that was sent to their
    /// own. A browser asks it from the networks that it has, and loopback is none.
    pub(super) fn for_own_page(&self) -> Option<IceServer> {
        if self.udp.is_empty() && self.tcp.is_empty() {
            return None;
        }
        let address = SocketAddr::new(self.local?, self.port());
        self.with_urls(vec![format!("turn:{address}")])
    }

    fn with_urls(&self, urls: Vec<String>) -> Option<IceServer> {
        let Credential { username, password } = self.credential.clone();
        (self.server.is_running() && !urls.is_empty()).then_some(IceServer {
            urls,
            username: Some(username),
            credential: Some(password),
        })
    }

    pub(super) async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

fn local_address() -> Option<IpAddr> {
    let addresses = lan_addresses();
    let v4 = addresses.iter().find(|address| address.is_ipv4());
    v4.or(addresses.first()).copied()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use parlour_signaling::protocol::RoomId;
    use parlour_turn::ServerUrl;
    use parlour_turn::client::{ProbeError, allocate, system_tls};

    use super::*;
    use crate::controller::hosting::reads;

    const LIMIT: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn a_host_serves_turn_on_the_port_of_its_room_by_udp_and_tcp() {
        let room = RoomId::from_bytes([1; 32]);
        let host = EmbeddedServer::start(room, None).await.unwrap();
        let mut turn = RoomTurn::start(Some(&host), None).unwrap();
        assert_eq!(turn.for_members(), None, "nobody can reach it yet");
        assert_eq!(turn.for_own_page(), None);
        let at = SocketAddr::from(([127, 0, 0, 1], turn.port()));
        let tcp = SocketAddr::from(([127, 0, 0, 1], host.port()));
        turn.set_public(vec![at], vec![tcp]);
        let told = turn.for_members().unwrap();
        assert!(told.check().is_ok());
        assert_eq!(told.urls.len(), 2);
        let tls = system_tls();
        for url in &told.urls {
            let url = ServerUrl::parse(url).unwrap();
            let name = told.username.as_deref().unwrap();
            let word = told.credential.as_deref().unwrap();
            allocate(&url, name, word, Arc::clone(&tls), LIMIT)
                .await
                .unwrap();
            let wrong = allocate(&url, name, "wrong", Arc::clone(&tls), LIMIT).await;
            assert_eq!(wrong, Err(ProbeError::Refused(401)));
        }
        turn.shutdown().await;
        host.shutdown().await;
    }

    #[tokio::test]
    async fn the_addresses_of_this_computer_are_read_when_its_network_changes() {
        let mut turn = RoomTurn::start(None, None).unwrap();
        turn.set_public(vec!["203.0.113.5:9".parse().unwrap()], Vec::new());
        let before = reads();
        let own = turn.for_own_page();
        assert_eq!(own.is_some(), !lan_addresses().is_empty());
        assert_eq!(turn.for_own_page(), own);
        assert_eq!(reads(), before + 1, "that of this test");
        turn.network_changed();
        assert_eq!(reads(), before + 2);
        turn.shutdown().await;
    }

    #[tokio::test]
    async fn members_with_an_ipv6_address_are_told_it_in_brackets() {
        let mut turn = RoomTurn::start(None, None).unwrap();
        turn.set_public(vec!["[2001:db8::7]:9".parse().unwrap()], Vec::new());
        let told = turn.for_members().unwrap();
        assert_eq!(told.urls, ["turn:[2001:db8::7]:9"]);
        assert!(told.check().is_ok());
        assert!(!format!("{told:?}").contains(&told.credential.unwrap()));
        turn.shutdown().await;
    }
}
