//! The proofs with which page and server show each other that they know a secret, without sending it. Pure.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::secret::{LENGTH, Secret};

/// Whose proof it is. A proof of one side is none of the other, so that it cannot be sent back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::loopback) enum Side {
    Page,
    Server,
}

impl Side {
    /// The labels have the same length, so that no label with a nonce reads as another label with another nonce.
    fn label(self) -> &'static [u8] {
        match self {
            Self::Page => b"parlour loopback v1 page",
            Self::Server => b"parlour loopback v1 door",
        }
    }
}

/// The random bytes of one connection, from both sides: a proof of another connection proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine::loopback) struct Nonces {
    pub(in crate::engine::loopback) page: [u8; LENGTH],
    pub(in crate::engine::loopback) server: [u8; LENGTH],
}

pub(in crate::engine::loopback) fn prove(
    secret: &Secret,
    side: Side,
    nonces: &Nonces,
) -> [u8; LENGTH] {
    mac(secret, side, nonces).finalize().into_bytes().into()
}

/// Compares in constant time.
pub(in crate::engine::loopback) fn is_proof(
    secret: &Secret,
    side: Side,
    nonces: &Nonces,
    proof: &[u8],
) -> bool {
    mac(secret, side, nonces).verify_slice(proof).is_ok()
}

/// The session's secret, which both sides derive from the launch token and which is never sent.
pub(in crate::engine::loopback) fn session(token: &Secret, nonces: &Nonces) -> Option<Secret> {
    let salt = [nonces.page, nonces.server].concat();
    let hkdf = Hkdf::<Sha256>::new(Some(&salt), token.bytes());
    Secret::fill(|bytes| hkdf.expand(b"parlour loopback v1 session", bytes)).ok()
}

fn mac(secret: &Secret, side: Side, nonces: &Nonces) -> Hmac<Sha256> {
    // HMAC fills a key up to the hash's block size with zeros.
    let mut key = Zeroizing::new([0; 64]);
    key[..LENGTH].copy_from_slice(secret.bytes());
    let mut mac = Hmac::<Sha256>::new((&*key).into());
    mac.update(side.label());
    mac.update(&nonces.page);
    mac.update(&nonces.server);
    mac
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn secret(byte: u8) -> Secret {
        Secret::fill(|bytes| {
            bytes.fill(byte);
            Ok::<_, ()>(())
        })
        .unwrap()
    }

    fn nonces() -> Nonces {
        Nonces {
            page: [2; LENGTH],
            server: [3; LENGTH],
        }
    }

    /// The page's test has the same values, which are made by Python's `hmac`.
    #[test]
    fn the_proofs_are_those_of_the_page() {
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        let secret = secret(1);
        assert_eq!(hex(&prove(&secret, Side::Page, &nonces())), PAGE);
        assert_eq!(hex(&prove(&secret, Side::Server, &nonces())), SERVER);
        assert_eq!(*session(&secret, &nonces()).unwrap().text(), SESSION);
    }

    const PAGE: &str = "b81b1b0e2f006ecee048a90254d5b54f34069f7d751ddf63edd8c92663cd1372";
    const SERVER: &str = "36932e01bd8e213512d44b522aa52eaaa898366be66a48fb932a33c113905b01";
    const SESSION: &str = "203f0a5aa93e888d95bbde32ff6d24e8526b0a81ea37179cfa3115135affe3c6";

    #[test]
    fn a_proof_is_bound_to_secret_side_and_nonces() {
        let proof = prove(&secret(1), Side::Page, &nonces());
        let holds = |secret: &Secret, side, nonces: &Nonces| is_proof(secret, side, nonces, &proof);
        assert!(holds(&secret(1), Side::Page, &nonces()));
        assert!(!holds(&secret(9), Side::Page, &nonces()));
        assert!(!holds(&secret(1), Side::Server, &nonces()));
        for nonces in [
            Nonces {
                page: [9; LENGTH],
                ..nonces()
            },
            Nonces {
                server: [9; LENGTH],
                ..nonces()
            },
            Nonces {
                page: nonces().server,
                server: nonces().page,
            },
        ] {
            assert!(!holds(&secret(1), Side::Page, &nonces));
        }
        assert!(!is_proof(&secret(1), Side::Page, &nonces(), &proof[1..]));
        assert!(!is_proof(&secret(1), Side::Page, &nonces(), b""));
    }
}
