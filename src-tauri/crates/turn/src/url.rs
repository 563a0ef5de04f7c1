//! The addresses of STUN and TURN servers, as in `RTCIceServer`.

use std::net::{IpAddr, SocketAddr};

use tokio::net::lookup_host;

/// How a client talks to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
}

/// A parsed address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUrl {
    /// A name, or an address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// UDP if the address does not say.
    pub transport: Transport,
    /// A TURN server, which is a STUN server too.
    pub is_turn: bool,
}

impl ServerUrl {
    /// Reads `stun:host[:port]`, `turn:host[:port][?transport=udp|tcp]` and both with an `s` (RFC 7064, RFC 7065).
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once(':')?;
        let (is_turn, has_tls) = match scheme {
            "stun" => (false, false),
            "stuns" => (false, true),
            "turn" => (true, false),
            "turns" => (true, true),
            _ => return None,
        };
        let (authority, transport) = match rest.split_once('?') {
            None => (rest, None),
            Some((authority, "transport=udp")) if is_turn => (authority, Some(Transport::Udp)),
            Some((authority, "transport=tcp")) if is_turn => (authority, Some(Transport::Tcp)),
            Some(_) => return None,
        };
        let (host, port) = match authority.strip_prefix('[') {
            Some(v6) => v6.split_once(']')?,
            None => authority
                .find(':')
                .map_or((authority, ""), |at| authority.split_at(at)),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().ok()?,
            None if !port.is_empty() => return None,
            None if has_tls => 5349,
            None => 3478,
        };
        if host.is_empty() || port == 0 {
            return None;
        }
        Some(Self {
            host: host.to_owned(),
            port,
            transport: match transport {
                _ if has_tls => Transport::Tls,
                Some(transport) => transport,
                None => Transport::Udp,
            },
            is_turn,
        })
    }

    /// Looks the host up. Empty when there is no such name.
    pub async fn resolve(&self) -> Vec<SocketAddr> {
        if let Ok(ip) = self.host.parse::<IpAddr>() {
            return vec![SocketAddr::new(ip, self.port)];
        }
        match lookup_host((self.host.as_str(), self.port)).await {
            Ok(found) => found.collect(),
            Err(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_address_says_host_port_and_transport() {
        for (text, host, port, transport) in [
            ("stun:s.example", "s.example", 3478, Transport::Udp),
            ("stun:[2001:db8::1]:9", "2001:db8::1", 9, Transport::Udp),
            (
                "turn:192.0.2.1:80?transport=tcp",
                "192.0.2.1",
                80,
                Transport::Tcp,
            ),
            (
                "turns:t.example?transport=tcp",
                "t.example",
                5349,
                Transport::Tls,
            ),
        ] {
            let url = ServerUrl::parse(text).unwrap();
            assert_eq!(
                (url.host.as_str(), url.port, url.transport),
                (host, port, transport)
            );
            assert_eq!(url.is_turn, text.starts_with("turn"));
        }
        for text in [
            "",
            "stun:",
            "http://a",
            "stun:a?transport=udp",
            "turn:a?x",
            "turn:a:0",
            "turn:[::1]9",
        ] {
            assert_eq!(ServerUrl::parse(text), None, "{text}");
        }
    }
}
