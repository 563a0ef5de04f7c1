//! STUN and TURN servers, and which of them a browser's `RTCPeerConnection` takes. For a malformed one it refuses the
//! whole configuration and with it every call, so settings, a server's flags and a server's welcome are checked here.

use std::net::Ipv6Addr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Addresses of one ICE server.
pub(crate) const MAX_URLS: usize = 8;
/// Characters of an address, a user name or a credential.
const MAX_TEXT_CHARS: usize = 512;

/// A STUN or TURN server, as `RTCIceServer` of the WebRTC standard (section 4.2.4).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct IceServer {
    /// `stun:`, `stuns:`, `turn:` or `turns:` addresses.
    pub urls: Vec<String>,
    /// For TURN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub username: Option<String>,
    /// For TURN; never logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub credential: Option<String>,
}

impl std::fmt::Debug for IceServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IceServer")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

/// Why a browser refuses an ICE server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IceFault {
    /// No address, or too many.
    #[error("a server needs an address, and not too many")]
    UrlCount,
    /// An address of a wrong scheme, or malformed.
    #[error("not an address of a STUN or TURN server")]
    Url,
    /// TURN without a user name.
    #[error("a TURN server needs a user name")]
    Username,
    /// TURN without a credential.
    #[error("a TURN server needs a credential")]
    Credential,
}

impl IceServer {
    /// Checks whether a browser takes this server (W3C WebRTC, "set the configuration").
    ///
    /// # Errors
    /// The first fault.
    pub fn check(&self) -> Result<(), IceFault> {
        if self.urls.is_empty() || self.urls.len() > MAX_URLS {
            return Err(IceFault::UrlCount);
        }
        let mut is_turn = false;
        for url in &self.urls {
            is_turn |= kind_of(url).ok_or(IceFault::Url)? == Kind::Turn;
        }
        let is_valid = |text: &Option<String>| {
            text.as_ref()
                .is_some_and(|text| !text.is_empty() && text.chars().count() <= MAX_TEXT_CHARS)
        };
        if is_turn && !is_valid(&self.username) {
            return Err(IceFault::Username);
        }
        if is_turn && !is_valid(&self.credential) {
            return Err(IceFault::Credential);
        }
        Ok(())
    }
}

/// The servers of a JSON list that a browser takes, of the first `max`. It refuses all for a malformed one.
#[must_use]
pub fn usable_ice_servers(list: &Value, max: usize) -> Vec<IceServer> {
    let servers = list.as_array().into_iter().flatten().take(max);
    servers
        .filter_map(|server| IceServer::deserialize(server).ok())
        .filter(|server| server.check().is_ok())
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Stun,
    Turn,
}

/// `stun:host[:port]` or `turn:host[:port][?transport=udp|tcp]`, each also with an `s` (RFC 7064, RFC 7065).
pub(crate) fn kind_of(url: &str) -> Option<Kind> {
    if url.chars().count() > MAX_TEXT_CHARS {
        return None;
    }
    let (scheme, rest) = url.split_once(':')?;
    let (authority, kind) = match scheme {
        "stun" | "stuns" => (rest, Kind::Stun),
        "turn" | "turns" => {
            let authority = match rest.split_once('?') {
                Some((authority, "transport=udp" | "transport=tcp")) => authority,
                Some(_) => return None,
                None => rest,
            };
            (authority, Kind::Turn)
        }
        _ => return None,
    };
    is_authority(authority).then_some(kind)
}

fn is_authority(text: &str) -> bool {
    let v6 = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host_is_good, port) = match v6 {
        Some((v6, rest)) => {
            let port = match rest.strip_prefix(':') {
                None if !rest.is_empty() => return false,
                port => port,
            };
            (v6.parse::<Ipv6Addr>().is_ok(), port)
        }
        None => match text.split_once(':') {
            Some((host, port)) => (is_host(host), Some(port)),
            None => (is_host(text), None),
        },
    };
    host_is_good && port.is_none_or(is_port)
}

fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

/// The digits are checked because `u16` parses `+80` too.
fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<u16>().is_ok_and(|port| port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_stun_and_turn_servers_are_taken() {
        for url in [
            "stun:stun.example.org",
            "stuns:192.0.2.1:5349",
            "stun:[2001:db8::1]:3478",
            "stun:[::1]",
        ] {
            assert_eq!(kind_of(url), Some(Kind::Stun), "{url}");
        }
        for url in [
            "turn:turn.example.org:3478?transport=udp",
            "turns:t:443?transport=tcp",
            "turn:host",
        ] {
            assert_eq!(kind_of(url), Some(Kind::Turn), "{url}");
        }
        for url in [
            "",
            "stun",
            "stun:",
            "stun://host",
            "http://host",
            "stun:host:0",
            "stun:host:99999",
            "stun:host:+80",
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
            assert_eq!(kind_of(url), None, "{url}");
        }
    }
}
