//! Which servers a check may ask.

use std::net::IpAddr;

use parlour_signaling::invite::{Endpoint, Host};
use parlour_signaling::protocol::IceServer;
use parlour_turn::{ServerUrl, Transport};

use crate::storage::settings::Reach;

/// Two tell translators apart; the others stand in for those that are silent.
const MAX_STUN_SERVERS: usize = 4;
/// Ways to TURN servers. A usual server has three: UDP, TCP, TLS.
const MAX_TURN_WAYS: usize = 6;
const MAX_WEB_SERVERS: usize = 2;

/// One way to a TURN server.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TurnTarget {
    pub(super) url: ServerUrl,
    pub(super) username: String,
    pub(super) credential: String,
}

/// Everything that a check asks.
#[derive(Default)]
pub(super) struct Targets {
    pub(super) stun: Vec<ServerUrl>,
    pub(super) turn: Vec<TurnTarget>,
    /// Servers with a name, which stands for one on the internet.
    pub(super) web: Vec<Endpoint>,
}

impl Targets {
    /// STUN and TURN servers that are named are used by calls in any case. The web is asked only beyond `Reach::Lan`.
    pub(super) fn new(reach: Reach, ice_servers: &[IceServer], endpoints: &[Endpoint]) -> Self {
        let mut targets = Self::default();
        for server in ice_servers {
            for url in server.urls.iter().filter_map(|url| ServerUrl::parse(url)) {
                targets.add(url, server);
            }
        }
        // A server near by sees another address of this computer than those outside, and no router.
        if targets.stun.iter().any(|server| !is_near(server)) {
            targets.stun.retain(|server| !is_near(server));
        }
        if reach != Reach::Lan {
            let named = endpoints
                .iter()
                .filter(|endpoint| matches!(endpoint.host, Host::Name(_)));
            targets.web = named.take(MAX_WEB_SERVERS).cloned().collect();
        }
        targets
    }

    /// A TURN server answers as a STUN server does (RFC 8656, section 3).
    fn add(&mut self, url: ServerUrl, server: &IceServer) {
        let is_known = |known: &ServerUrl| (&known.host, known.port) == (&url.host, url.port);
        if url.transport == Transport::Udp
            && self.stun.len() < MAX_STUN_SERVERS
            && !self.stun.iter().any(is_known)
        {
            self.stun.push(url.clone());
        }
        if url.is_turn
            && self.turn.len() < MAX_TURN_WAYS
            && self.turn.iter().all(|known| known.url != url)
        {
            self.turn.push(TurnTarget {
                url,
                username: server.username.clone().unwrap_or_default(),
                credential: server.credential.clone().unwrap_or_default(),
            });
        }
    }
}

/// On this computer or its networks, by its address.
fn is_near(server: &ServerUrl) -> bool {
    match server.host.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => v4.is_private() || v4.is_loopback() || v4.is_link_local(),
        Ok(IpAddr::V6(v6)) => {
            v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn servers() -> Vec<IceServer> {
        let turn = [
            "turn:turn.example.org",
            "turn:turn.example.org?transport=tcp",
            "turns:turn.example.org:443?transport=tcp",
        ];
        vec![
            IceServer {
                urls: vec![
                    "stun:stun.example.org:3478".into(),
                    "stun:[2001:db8::9]:3479".into(),
                ],
                username: None,
                credential: None,
            },
            IceServer {
                urls: turn.map(str::to_owned).to_vec(),
                username: Some("ada".into()),
                credential: Some("secret".into()),
            },
        ]
    }

    fn hosts(servers: &[ServerUrl]) -> Vec<&str> {
        servers.iter().map(|server| server.host.as_str()).collect()
    }

    #[test]
    fn every_way_to_a_server_is_asked() {
        let targets = Targets::new(Reach::Open, &servers(), &["a.example".parse().unwrap()]);
        assert_eq!(
            hosts(&targets.stun),
            ["stun.example.org", "2001:db8::9", "turn.example.org"]
        );
        let turn: Vec<_> = targets
            .turn
            .iter()
            .map(|way| (way.url.port, way.url.transport))
            .collect();
        assert_eq!(
            turn,
            [
                (3478, Transport::Udp),
                (3478, Transport::Tcp),
                (443, Transport::Tls)
            ]
        );
        assert_eq!(targets.web, ["a.example".parse().unwrap()]);
    }

    #[test]
    fn without_the_internet_only_servers_that_calls_use_are_asked() {
        let endpoints = ["a.example".parse().unwrap()];
        let targets = Targets::new(Reach::Lan, &servers(), &endpoints);
        assert_eq!((targets.stun.len(), targets.turn.len()), (3, 3));
        assert!(targets.web.is_empty());
    }

    #[test]
    fn a_server_near_by_tells_nothing_of_the_router_where_others_can() {
        let near = |url: &str| IceServer {
            urls: vec![url.into()],
            username: None,
            credential: None,
        };
        let mixed = [vec![near("stun:192.168.1.5")], servers()].concat();
        let targets = Targets::new(Reach::Open, &mixed, &[]);
        assert!(!hosts(&targets.stun).contains(&"192.168.1.5"));
        let alone = Targets::new(Reach::Open, &[near("stun:[fd00::5]")], &[]);
        assert_eq!(hosts(&alone.stun), ["fd00::5"]);
    }

    #[test]
    fn addresses_of_a_room_are_no_web_servers() {
        let endpoints = ["192.168.1.5:18420", "25.1.1.9:18420", "relay.example"];
        let endpoints = endpoints.map(|endpoint| endpoint.parse().unwrap());
        let targets = Targets::new(Reach::Anywhere, &[], &endpoints);
        assert_eq!(targets.web, ["relay.example".parse().unwrap()]);
    }

    #[test]
    fn a_server_that_is_named_twice_is_asked_once() {
        let twice = [servers(), servers()].concat();
        let targets = Targets::new(Reach::Anywhere, &twice, &[]);
        assert_eq!((targets.stun.len(), targets.turn.len()), (3, 3));
    }
}
