//! The bounds of the settings. What passes here is taken by the browser's `RTCPeerConnection` too.

use parlour_signaling::invite::Endpoint;
use parlour_signaling::limits::MAX_NAME_CHARS;
use parlour_signaling::protocol::IceServer;

use super::{Hosting, Settings};
use crate::error::AppError;

/// STUN and TURN servers; more only slow the gathering of candidates.
const MAX_ICE_SERVERS: usize = 8;
/// Addresses of one of them.
const MAX_URLS: usize = 8;
/// Characters of a server's address, name or credential.
const MAX_TEXT_CHARS: usize = 512;

impl Settings {
    /// Whether everything is within its bounds.
    ///
    /// # Errors
    /// Names the first field that is not.
    pub fn validate(&self) -> Result<(), AppError> {
        if self.name.chars().count() > MAX_NAME_CHARS || self.name.chars().any(char::is_control) {
            return Err(AppError::setting(
                "name",
                "the name is too long or has control characters",
            ));
        }
        if let Hosting::Server { address } = &self.hosting
            && Endpoint::parse(address).is_err()
        {
            return Err(AppError::setting(
                "hosting.address",
                "not a server's address",
            ));
        }
        if self.ice_servers.len() > MAX_ICE_SERVERS {
            return Err(AppError::setting("ice_servers", "too many servers"));
        }
        self.ice_servers
            .iter()
            .enumerate()
            .try_for_each(|(at, server)| {
                ice_server(server).map_err(|(field, message)| {
                    AppError::setting(format!("ice_servers.{at}.{field}"), message)
                })
            })
    }
}

fn ice_server(server: &IceServer) -> Result<(), (&'static str, &'static str)> {
    if server.urls.is_empty() || server.urls.len() > MAX_URLS {
        return Err(("urls", "a server needs an address, and not too many"));
    }
    let mut relays = false;
    for url in &server.urls {
        match ice_url(url) {
            Some(Scheme::Stun) => {}
            Some(Scheme::Turn) => relays = true,
            None => return Err(("urls", "not an address of a STUN or TURN server")),
        }
    }
    let filled = |text: &Option<String>| {
        text.as_ref()
            .is_some_and(|text| !text.is_empty() && text.chars().count() <= MAX_TEXT_CHARS)
    };
    if relays && !filled(&server.username) {
        return Err(("username", "a TURN server needs a user name"));
    }
    if relays && !filled(&server.credential) {
        return Err(("credential", "a TURN server needs a credential"));
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
enum Scheme {
    Stun,
    Turn,
}

/// `stun:host[:port]` or `turn:host[:port][?transport=udp|tcp]`, each also with an `s` (RFC 7064, RFC 7065).
fn ice_url(url: &str) -> Option<Scheme> {
    if url.chars().count() > MAX_TEXT_CHARS {
        return None;
    }
    let (scheme, rest) = url.split_once(':')?;
    let (authority, scheme) = match scheme {
        "stun" | "stuns" => (rest, Scheme::Stun),
        "turn" | "turns" => {
            let authority = match rest.split_once('?') {
                Some((authority, "transport=udp" | "transport=tcp")) => authority,
                Some(_) => return None,
                None => rest,
            };
            (authority, Scheme::Turn)
        }
        _ => return None,
    };
    host_and_port(authority).then_some(scheme)
}

fn host_and_port(authority: &str) -> bool {
    let (host_is_good, port) = match authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((v6, "")) => (v6.parse::<std::net::Ipv6Addr>().is_ok(), None),
        Some((v6, rest)) => {
            let Some(port) = rest.strip_prefix(':') else {
                return false;
            };
            (v6.parse::<std::net::Ipv6Addr>().is_ok(), Some(port))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (is_host(host), Some(port)),
            None => (is_host(authority), None),
        },
    };
    host_is_good && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0))
}

fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn with(servers: Vec<IceServer>) -> Settings {
        Settings {
            ice_servers: servers,
            ..Settings::default()
        }
    }

    fn server(url: &str) -> IceServer {
        IceServer {
            urls: vec![url.to_owned()],
            username: Some("user".into()),
            credential: Some("word".into()),
        }
    }

    fn refused(settings: &Settings) -> String {
        settings.validate().unwrap_err().field.unwrap()
    }

    #[test]
    fn addresses_of_stun_and_turn() {
        for url in [
            "stun:stun.example.org",
            "stuns:192.0.2.1:5349",
            "stun:[2001:db8::1]:3478",
            "stun:[::1]",
        ] {
            assert_eq!(ice_url(url), Some(Scheme::Stun), "{url}");
        }
        for url in [
            "turn:turn.example.org:3478?transport=udp",
            "turns:t:443?transport=tcp",
            "turn:host",
        ] {
            assert_eq!(ice_url(url), Some(Scheme::Turn), "{url}");
        }
        for url in [
            "",
            "stun",
            "stun:",
            "stun://host",
            "http://host",
            "stun:host:0",
            "stun:host:99999",
            "stun:host:",
            "turn:host?x",
            "turn:host?transport=sctp",
            "stun:host?transport=udp",
            "stun:[::1",
            "stun:[::g]",
            "stun:[::1]9",
            "stun:a b",
            "STUN:",
            "stun:user@host",
        ] {
            assert_eq!(ice_url(url), None, "{url}");
        }
    }

    #[test]
    fn a_refusal_names_its_field() {
        let mut settings = with(vec![server("stun:host"), server("stun:")]);
        assert_eq!(refused(&settings), "ice_servers.1.urls");
        settings.ice_servers[1] = IceServer {
            credential: None,
            ..server("turn:host")
        };
        assert_eq!(refused(&settings), "ice_servers.1.credential");
        settings.ice_servers[1] = IceServer {
            username: Some(String::new()),
            ..server("turn:host")
        };
        assert_eq!(refused(&settings), "ice_servers.1.username");
        settings.ice_servers[1] = IceServer {
            urls: vec![],
            ..server("")
        };
        assert_eq!(refused(&settings), "ice_servers.1.urls");
        assert_eq!(
            refused(&with(vec![server("stun:host"); MAX_ICE_SERVERS + 1])),
            "ice_servers"
        );
    }

    #[test]
    fn a_stun_server_needs_no_credentials() {
        let bare = IceServer {
            username: None,
            credential: None,
            ..server("stun:host")
        };
        assert!(with(vec![bare]).validate().is_ok());
    }

    #[test]
    fn names_have_a_length() {
        let named = |name: String| Settings {
            name,
            ..Settings::default()
        };
        assert!(named("梅".repeat(MAX_NAME_CHARS)).validate().is_ok());
        assert_eq!(refused(&named("m".repeat(MAX_NAME_CHARS + 1))), "name");
        assert_eq!(refused(&named("a\nb".into())), "name");
    }

    #[test]
    fn a_server_has_an_address() {
        let hosted = |address: &str| Settings {
            hosting: Hosting::Server {
                address: address.into(),
            },
            ..Settings::default()
        };
        assert!(hosted("parlour.example.org").validate().is_ok());
        assert!(hosted("ws+192.0.2.1:8080").validate().is_ok());
        assert_eq!(refused(&hosted("")), "hosting.address");
        assert_eq!(refused(&hosted("not an address")), "hosting.address");
    }
}
