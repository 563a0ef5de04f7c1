//! The STUN and TURN servers that a server names, with credentials that last for an hour.
//!
//! coturn's `use-auth-secret` (the "REST API" of draft-uberti-behave-turn-rest): the user name is `<expiry>:<name>`, the
//! password its HMAC-SHA-1 under a secret that the two servers share. The name is one for each room, and coturn counts
//! its quota for each user by that name: so the quota bounds a room, however many credentials its members have.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::protocol::limits::CREDENTIAL_LIFETIME;
use crate::protocol::{IceServer, Kind, MAX_URLS, RoomId, kind_of};

/// Bytes of the name of a room at the TURN server.
const ROOM_NAME_BYTES: usize = 12;

/// Why a configuration of ICE servers is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IceConfigError {
    /// The address has a wrong scheme, or none.
    #[error("{url:?} is not a {kind} address such as {kind}:example.org:3478")]
    Address {
        /// The address.
        url: String,
        /// `stun` or `turn`.
        kind: &'static str,
    },
    /// More addresses than a frame may carry.
    #[error("at most {MAX_URLS} STUN and {MAX_URLS} TURN addresses")]
    TooMany,
    /// TURN addresses without the shared secret.
    #[error("a TURN address needs the secret that the TURN server knows too")]
    NoSecret,
    /// The secret is empty or only white space.
    #[error("the TURN secret is empty")]
    EmptySecret,
}

/// The secret that this server shares with the TURN server. Never printed.
#[derive(Clone)]
pub struct TurnSecret(Zeroizing<Vec<u8>>);

impl TurnSecret {
    /// Takes a secret from text. White space around it is removed.
    ///
    /// # Errors
    /// [`IceConfigError::EmptySecret`] when nothing is left.
    pub fn new(text: &str) -> Result<Self, IceConfigError> {
        match text.trim() {
            "" => Err(IceConfigError::EmptySecret),
            text => Ok(Self(Zeroizing::new(text.as_bytes().to_vec()))),
        }
    }

    /// The password that belongs to a user name.
    fn password(&self, username: &str) -> Option<String> {
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).ok()?;
        mac.update(username.as_bytes());
        Some(BASE64.encode(&mac.finalize().into_bytes()))
    }

    /// The name of a room at the TURN server, which does not learn the room id: who knows that id can join.
    fn room_name(&self, room: RoomId) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(b"parlour v1 turn room");
        mac.update(room.as_bytes());
        let hash = mac.finalize().into_bytes();
        Some(BASE64URL_NOPAD.encode(&hash[..ROOM_NAME_BYTES]))
    }
}

impl fmt::Debug for TurnSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TurnSecret(…)")
    }
}

/// The STUN and TURN servers that a Parlour server names to its peers.
#[derive(Clone, Debug)]
pub struct IceConfig {
    stun: Vec<String>,
    turn: Option<(Vec<String>, TurnSecret)>,
    lifetime: Duration,
}

impl Default for IceConfig {
    fn default() -> Self {
        Self {
            stun: Vec::new(),
            turn: None,
            lifetime: CREDENTIAL_LIFETIME,
        }
    }
}

impl IceConfig {
    /// Takes `stun:`/`stuns:` (RFC 7064) and `turn:`/`turns:` (RFC 7065) addresses.
    ///
    /// # Errors
    /// When an address is malformed, there are too many, or the secret is missing.
    pub fn new(
        stun: Vec<String>,
        turn: Vec<String>,
        secret: Option<TurnSecret>,
    ) -> Result<Self, IceConfigError> {
        if stun.len() > MAX_URLS || turn.len() > MAX_URLS {
            return Err(IceConfigError::TooMany);
        }
        check_urls(&stun, Kind::Stun, "stun")?;
        check_urls(&turn, Kind::Turn, "turn")?;
        let turn = match (turn.is_empty(), secret) {
            (true, _) => None,
            (false, Some(secret)) => Some((turn, secret)),
            (false, None) => return Err(IceConfigError::NoSecret),
        };
        Ok(Self {
            stun,
            turn,
            lifetime: CREDENTIAL_LIFETIME,
        })
    }

    /// Sets how long credentials last: at most an hour.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime.min(CREDENTIAL_LIFETIME);
        self
    }

    /// Whether there is a TURN server.
    #[must_use]
    pub const fn has_turn(&self) -> bool {
        self.turn.is_some()
    }

    /// Seconds for which credentials last that are made now.
    #[must_use]
    pub const fn lifetime_seconds(&self) -> u64 {
        self.lifetime.as_secs()
    }

    /// The servers that cost nothing.
    #[must_use]
    pub fn stun_servers(&self) -> Vec<IceServer> {
        let stun = IceServer {
            urls: self.stun.clone(),
            username: None,
            credential: None,
        };
        if self.stun.is_empty() {
            Vec::new()
        } else {
            vec![stun]
        }
    }

    /// All servers, with a credential for a room that is made now.
    #[must_use]
    pub fn servers_with_turn(&self, room: RoomId, now: SystemTime) -> Vec<IceServer> {
        let mut servers = self.stun_servers();
        if let Some((urls, secret)) = &self.turn
            && let Some((username, credential)) = credential(secret, room, now + self.lifetime)
        {
            servers.push(IceServer {
                urls: urls.clone(),
                username: Some(username),
                credential: Some(credential),
            });
        }
        servers
    }
}

fn check_urls(urls: &[String], wanted: Kind, kind: &'static str) -> Result<(), IceConfigError> {
    match urls.iter().find(|url| kind_of(url) != Some(wanted)) {
        Some(url) => {
            let url = url.clone();
            Err(IceConfigError::Address { url, kind })
        }
        None => Ok(()),
    }
}

fn credential(secret: &TurnSecret, room: RoomId, until: SystemTime) -> Option<(String, String)> {
    let expiry = until.duration_since(UNIX_EPOCH).ok()?;
    let username = format!("{}:{}", expiry.as_secs(), secret.room_name(room)?);
    let password = secret.password(&username)?;
    Some((username, password))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn texts(urls: &[&str]) -> Vec<String> {
        urls.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_password_is_the_one_that_coturn_computes() {
        // printf %s 1700000000:mei | openssl dgst -sha1 -hmac north -binary | base64
        let secret = TurnSecret::new(" north\n").unwrap();
        assert_eq!(
            secret.password("1700000000:mei").unwrap(),
            "zBj7mEAoEWSnAL0EtfhATy3kk08="
        );
    }

    fn with_turn(secret: &str) -> IceConfig {
        IceConfig::new(
            texts(&["stun:s.example:3478"]),
            texts(&["turn:t.example:3478?transport=udp", "turns:t.example"]),
            Some(TurnSecret::new(secret).unwrap()),
        )
        .unwrap()
    }

    fn room(number: u8) -> RoomId {
        RoomId::from_bytes([number; _])
    }

    /// The expiry and the name in the user name of a credential.
    fn user(config: &IceConfig, room: RoomId) -> (u64, String) {
        let servers = config.servers_with_turn(room, UNIX_EPOCH + Duration::from_secs(1_000_000));
        let username = servers[1].username.clone().unwrap();
        let (expiry, name) = username.split_once(':').unwrap();
        (expiry.parse().unwrap(), name.to_owned())
    }

    #[test]
    fn a_credential_lasts_an_hour_at_most() {
        let config = with_turn("north");
        assert_eq!(user(&config, room(1)).0, 1_000_000 + 3600);
        let longer = config.with_lifetime(Duration::from_secs(7200));
        assert_eq!(user(&longer, room(1)).0, 1_000_000 + 3600);
        assert_eq!(longer.lifetime_seconds(), 3600);
        let shorter = longer.with_lifetime(Duration::from_secs(60));
        assert_eq!(user(&shorter, room(1)).0, 1_000_060);
    }

    #[test]
    fn a_room_has_one_name_at_the_turn_server_which_does_not_tell_its_id() {
        let config = with_turn("north");
        let (_, name) = user(&config, room(1));
        assert_eq!(user(&config, room(1)).1, name);
        assert_ne!(user(&config, room(2)).1, name);
        assert_ne!(user(&with_turn("south"), room(1)).1, name);
        assert_eq!(name.len(), 16);
        assert!(!room(1).to_string().contains(&name));
    }

    #[test]
    fn servers_without_turn_need_no_credential() {
        let servers = with_turn("north").stun_servers();
        assert_eq!(servers.len(), 1);
        assert_eq!(servers[0].urls, ["stun:s.example:3478"]);
        assert_eq!(servers[0].credential, None);
        assert!(IceConfig::default().stun_servers().is_empty());
        assert!(!IceConfig::default().has_turn());
    }

    #[test]
    fn an_address_that_is_not_of_an_ice_server_is_refused() {
        for url in [
            "",
            "stun:",
            "stunt:a",
            "http://a",
            "turn:a",
            "stun:a b",
            "STUN:a",
            "stun:a:99999",
        ] {
            let refused = IceConfig::new(texts(&[url]), Vec::new(), None);
            assert!(
                matches!(refused, Err(IceConfigError::Address { kind: "stun", .. })),
                "{url}"
            );
        }
        assert!(matches!(
            IceConfig::new(Vec::new(), texts(&["turn:a"]), None),
            Err(IceConfigError::NoSecret)
        ));
        let many = vec!["stun:a".to_owned(); 9];
        assert!(matches!(
            IceConfig::new(many, Vec::new(), None),
            Err(IceConfigError::TooMany)
        ));
        assert!(matches!(
            TurnSecret::new(" \n"),
            Err(IceConfigError::EmptySecret)
        ));
    }

    #[test]
    fn the_secret_is_not_printed() {
        let secret = TurnSecret::new("northwind").unwrap();
        let config = IceConfig::new(Vec::new(), texts(&["turn:a"]), Some(secret)).unwrap();
        assert!(!format!("{config:?}").contains("northwind"));
        let servers = config.servers_with_turn(room(1), UNIX_EPOCH);
        assert!(!format!("{servers:?}").contains("credential:"));
    }
}
