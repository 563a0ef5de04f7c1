//! Credentials that last for some hours, and the nonces of a server. Neither is kept: both are computed again.

use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fmt, io};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::Client;

/// How long a nonce is taken.
const NONCE_MINUTES: u32 = 60;
/// Bytes of the code in a nonce.
const NONCE_CODE_BYTES: usize = 12;
/// Bytes of the minute in front of it.
const MINUTE_BYTES: usize = 4;

/// A user name and a password for the server.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// `<seconds since 1970 of its end>:<name>`.
    pub username: String,
    /// Never logged.
    pub password: String,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

/// The secret of one server, which ends with it. Never printed.
pub struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    /// A secret of random bytes.
    ///
    /// # Errors
    /// When the system has none.
    pub fn random() -> io::Result<Self> {
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *secret).map_err(io::Error::other)?;
        Ok(Self(secret))
    }

    /// A known secret, for tests.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A credential as in draft-uberti-behave-turn-rest.
    #[must_use]
    pub fn credential(&self, until: SystemTime) -> Credential {
        let username = format!("{}:parlour", unix_seconds(until));
        let password = self.password(&username);
        Credential { username, password }
    }

    /// The password of a user name that ends later than now. `None` for any other.
    pub(crate) fn password_at(&self, username: &str, now: SystemTime) -> Option<String> {
        let (until, _) = username.split_once(':')?;
        (until.parse::<u64>().ok()? > unix_seconds(now)).then(|| self.password(username))
    }

    /// The password of a user name.
    pub(crate) fn password(&self, username: &str) -> String {
        BASE64.encode(&code::<Hmac<Sha1>>(
            &*self.0,
            &[b"parlour turn user", username.as_bytes()],
        ))
    }

    /// A nonce for this client, which is of no use to another.
    pub(crate) fn nonce(&self, client: Client, now: SystemTime) -> String {
        let minute = minute(now);
        let nonce = [&minute.to_be_bytes()[..], &self.nonce_code(client, minute)].concat();
        BASE64URL_NOPAD.encode(&nonce)
    }

    pub(crate) fn has_made(&self, nonce: &str, client: Client, now: SystemTime) -> bool {
        let Ok(bytes) = BASE64URL_NOPAD.decode(nonce.as_bytes()) else {
            return false;
        };
        let Some((made, code)) = bytes.split_first_chunk::<MINUTE_BYTES>() else {
            return false;
        };
        let made = u32::from_be_bytes(*made);
        let age = minute(now).checked_sub(made);
        age.is_some_and(|age| age <= NONCE_MINUTES)
            && bool::from(self.nonce_code(client, made).ct_eq(code))
    }

    fn nonce_code(&self, client: Client, minute: u32) -> Vec<u8> {
        let ip = match client.address.ip() {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        let parts: [&[u8]; 5] = [
            b"parlour turn nonce",
            &minute.to_be_bytes(),
            &ip.octets(),
            &client.address.port().to_be_bytes(),
            &[u8::from(client.is_stream)],
        ];
        let mut code = code::<Hmac<Sha256>>(&*self.0, &parts);
        code.truncate(NONCE_CODE_BYTES);
        code
    }
}

/// All parts but one have a fixed length.
fn code<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of any length");
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs()
}

fn minute(time: SystemTime) -> u32 {
    u32::try_from(unix_seconds(time) / 60).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn client(address: &str, is_stream: bool) -> Client {
        Client {
            address: address.parse().unwrap(),
            is_stream,
        }
    }

    #[test]
    fn a_credential_ends_and_cannot_be_made_longer() {
        let secret = Secret::from_bytes([7; 32]);
        let Credential { username, password } = secret.credential(at(1000));
        assert_eq!(
            secret.password_at(&username, at(999)),
            Some(password.clone())
        );
        assert_eq!(secret.password_at(&username, at(1000)), None);
        let longer = username.replace("1000", "9999");
        assert_ne!(secret.password_at(&longer, at(1000)).unwrap(), password);
        for name in ["", "parlour", ":parlour", "-5:parlour", "soon:parlour"] {
            assert_eq!(secret.password_at(name, at(0)), None, "{name}");
        }
    }

    #[test]
    fn a_nonce_is_of_one_client_and_one_hour() {
        let secret = Secret::from_bytes([7; 32]);
        let one = client("25.1.1.1:7", false);
        let nonce = secret.nonce(one, at(6000));
        assert!(secret.has_made(&nonce, one, at(6000 + 3600)));
        assert!(!secret.has_made(&nonce, one, at(6000 + 3660)), "too old");
        assert!(!secret.has_made(&nonce, one, at(0)), "of the future");
        for other in [
            client("25.1.1.1:8", false),
            client("25.1.1.2:7", false),
            client("25.1.1.1:7", true),
        ] {
            assert!(!secret.has_made(&nonce, other, at(6000)));
        }
        assert!(!secret.has_made("", one, at(6000)));
        assert!(!secret.has_made("AAAA", one, at(6000)));
    }

    #[test]
    fn a_credential_is_not_printed() {
        let credential = Secret::from_bytes([7; 32]).credential(at(5));
        assert_eq!(format!("{credential:?}"), "Credential(…)");
    }
}
