//! The ICE servers that a welcome carries, with credentials that last for hours only.
//!
//! coturn's `use-auth-secret` (the "REST API" of draft-uberti-behave-turn-rest): the user name is
//! `<expiry>:<random>`, the password its HMAC-SHA-1 under a secret that the two servers share.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

use crate::protocol::{IceServer, Kind, MAX_URLS, kind_of};

/// How long a credential lasts.
const CREDENTIAL_LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

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
    /// More addresses than a welcome may carry.
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

    /// Sets how long credentials last.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Seconds for which credentials last that are made now, or 0 without TURN.
    #[must_use]
    pub fn lifetime_seconds(&self) -> u64 {
        self.turn.as_ref().map_or(0, |_| self.lifetime.as_secs())
    }

    /// The servers, with a credential made now.
    #[must_use]
    pub fn servers(&self, now: SystemTime) -> Vec<IceServer> {
        let mut servers = Vec::new();
        if !self.stun.is_empty() {
            servers.push(IceServer {
                urls: self.stun.clone(),
                username: None,
                credential: None,
            });
        }
        if let Some((urls, secret)) = &self.turn
            && let Some((username, credential)) = credential(secret, now + self.lifetime)
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

fn credential(secret: &TurnSecret, until: SystemTime) -> Option<(String, String)> {
    let expiry = until.duration_since(UNIX_EPOCH).ok()?;
    let mut random = [0; 9];
    getrandom::fill(&mut random).ok()?;
    let username = format!("{}:{}", expiry.as_secs(), BASE64URL_NOPAD.encode(&random));
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

    #[test]
    fn a_credential_lasts_twelve_hours_and_differs_each_time() {
        let secret = TurnSecret::new("north").unwrap();
        let config = IceConfig::new(
            texts(&["stun:s.example:3478"]),
            texts(&["turn:t.example:3478?transport=udp", "turns:t.example"]),
            Some(secret),
        )
        .unwrap();
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let servers = config.servers(now);
        assert_eq!(servers.len(), 2);
        assert_eq!(servers[0].credential, None);
        let username = servers[1].username.clone().unwrap();
        let expiry: u64 = username.split_once(':').unwrap().0.parse().unwrap();
        assert_eq!(expiry, 1_000_000 + 12 * 3600);
        assert_ne!(config.servers(now)[1].username.clone().unwrap(), username);
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
        assert!(!format!("{:?}", config.servers(UNIX_EPOCH)).contains("credential:"));
    }
}
