//! Which servers a check may ask.

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
    /// The hosts of web servers, asked at port 80.
    pub(super) web: Vec<String>,
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
        if reach != Reach::Lan {
            let names = endpoints
                .iter()
                .filter_map(|endpoint| match &endpoint.host {
                    Host::Name(name) => Some(name.clone()),
                    Host::Ip(_) => None,
                });
            targets.web = names.take(MAX_WEB_SERVERS).collect();
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
                    "stun:[fd00::9]:3479".into(),
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
            ["stun.example.org", "fd00::9", "turn.example.org"]
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
        assert_eq!(targets.web, ["a.example"]);
    }

    #[test]
    fn without_the_internet_only_servers_that_calls_use_are_asked() {
        let endpoints = ["a.example".parse().unwrap()];
        let targets = Targets::new(Reach::Lan, &servers(), &endpoints);
        assert_eq!((targets.stun.len(), targets.turn.len()), (3, 3));
        assert!(targets.web.is_empty());
    }

    #[test]
    fn a_server_that_is_named_twice_is_asked_once() {
        let twice = [servers(), servers()].concat();
        let targets = Targets::new(Reach::Anywhere, &twice, &[]);
        assert_eq!((targets.stun.len(), targets.turn.len()), (3, 3));
    }
}
