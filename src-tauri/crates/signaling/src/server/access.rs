//! The check of who may start a room on a server with an access token: holders of the token, and members of that room.
//!
//! A member gets a permit for its room, which the server signs and does not keep: `expiry ‖ HMAC`, base64url. So any
//! member can open the room again after a restart of the server. To join a room that exists needs neither.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::BASE64URL_NOPAD;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::protocol::limits::PERMIT_LIFETIME;
use crate::protocol::{Access, AccessToken, RoomId};

/// Seconds since 1970, big-endian.
const EXPIRY_BYTES: usize = 8;
const MAC_BYTES: usize = 32;

/// Checks access tokens and permits, and signs permits. Never printed.
#[derive(Clone)]
pub struct RoomAccess {
    /// Of the token, so that two texts of any length are compared in constant time.
    token_hash: [u8; 32],
    permit_key: Zeroizing<[u8; 32]>,
}

impl RoomAccess {
    /// Rooms need this token. Another token makes all earlier permits void.
    #[must_use]
    pub fn new(token: &AccessToken) -> Self {
        let text = token.expose().as_bytes();
        let hkdf = Hkdf::<Sha256>::new(Some(b"parlour v1"), text);
        let mut permit_key = Zeroizing::new([0; 32]);
        #[expect(clippy::expect_used, reason = "the only error is a longer key")]
        hkdf.expand(b"parlour v1 permit key", permit_key.as_mut_slice())
            .expect("a length that HKDF allows");
        Self {
            token_hash: Sha256::digest(text).into(),
            permit_key,
        }
    }

    /// Whether a peer may start this room.
    #[must_use]
    pub fn may_start(&self, room: RoomId, access: &Access, now: SystemTime) -> bool {
        match access {
            Access::Token(token) => {
                let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
                hash.ct_eq(&self.token_hash).into()
            }
            Access::Permit(permit) => self.is_valid(permit, room, now),
        }
    }

    /// A permit for a member of this room.
    #[must_use]
    pub fn permit(&self, room: RoomId, now: SystemTime) -> Option<String> {
        let expiry = (now + PERMIT_LIFETIME).duration_since(UNIX_EPOCH).ok()?;
        let expiry = expiry.as_secs().to_be_bytes();
        let mac = self.mac(room, expiry)?.finalize().into_bytes();
        Some(BASE64URL_NOPAD.encode(&[&expiry[..], &mac[..]].concat()))
    }

    fn is_valid(&self, permit: &str, room: RoomId, now: SystemTime) -> bool {
        if permit.len() != BASE64URL_NOPAD.encode_len(EXPIRY_BYTES + MAC_BYTES) {
            return false;
        }
        let Ok(bytes) = BASE64URL_NOPAD.decode(permit.as_bytes()) else {
            return false;
        };
        let Some((expiry, mac)) = bytes.split_first_chunk::<EXPIRY_BYTES>() else {
            return false;
        };
        let is_signed = self
            .mac(room, *expiry)
            .is_some_and(|expected| expected.verify_slice(mac).is_ok());
        let until = Duration::from_secs(u64::from_be_bytes(*expiry));
        is_signed && now.duration_since(UNIX_EPOCH).is_ok_and(|now| now < until)
    }

    fn mac(&self, room: RoomId, expiry: [u8; EXPIRY_BYTES]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.permit_key.as_slice()).ok()?;
        mac.update(b"parlour v1 permit");
        mac.update(room.as_bytes());
        mac.update(&expiry);
        Some(mac)
    }
}

impl fmt::Debug for RoomAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoomAccess(…)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const NOW: SystemTime = UNIX_EPOCH;

    fn room(number: u8) -> RoomId {
        RoomId::from_bytes([number; _])
    }

    fn access(token: &str) -> RoomAccess {
        RoomAccess::new(&token.parse().unwrap())
    }

    fn north() -> RoomAccess {
        access("north-wind-and-sun")
    }

    fn permit(text: &str) -> Access {
        Access::Permit(text.to_owned())
    }

    #[test]
    fn only_the_very_token_starts_a_room() {
        let may_start = |token: &str| {
            let token = Access::Token(token.to_owned());
            north().may_start(room(1), &token, NOW)
        };
        assert!(may_start("north-wind-and-sun"));
        assert!(!may_start("north-wind-and-moon"));
        assert!(!may_start("north-wind-and-sun-"));
        assert!(!may_start("North-wind-and-sun"));
    }

    #[test]
    fn a_permit_opens_its_room_and_no_other_until_it_expires() {
        let signed = permit(&north().permit(room(1), NOW).unwrap());
        let may_start = |number, now| north().may_start(room(number), &signed, now);
        assert!(may_start(1, NOW));
        assert!(!may_start(2, NOW));
        let last = NOW + PERMIT_LIFETIME - Duration::from_secs(1);
        assert!(may_start(1, last));
        assert!(!may_start(1, NOW + PERMIT_LIFETIME));
        // With another token the server signs with another key.
        assert!(!access("another-wind-and-sun").may_start(room(1), &signed, NOW));
    }

    #[test]
    fn a_permit_that_was_changed_opens_nothing() {
        let signed = north().permit(room(1), NOW).unwrap();
        let bytes = BASE64URL_NOPAD.decode(signed.as_bytes()).unwrap();
        let opens = |bytes: &[u8]| {
            let text = BASE64URL_NOPAD.encode(bytes);
            north().may_start(room(1), &permit(&text), NOW)
        };
        assert!(opens(&bytes));
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!opens(&changed), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(!opens(&bytes[..length]), "{length} bytes");
        }
        assert!(!opens(&[&bytes[..], &[0]].concat()));
        for text in ["", "=", "ä", &format!("{signed}=")] {
            assert!(!north().may_start(room(1), &permit(text), NOW), "{text}");
        }
    }

    #[test]
    fn nothing_of_the_token_is_printed() {
        assert_eq!(format!("{:?}", north()), "RoomAccess(…)");
    }
}
