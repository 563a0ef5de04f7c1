//! Secrets of the door: a launch token that works once and soon, and the session it is exchanged for.

use std::fmt;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;
use tokio::time::Instant;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// How long a launch token may wait for its browser.
pub const TOKEN_LIFETIME: Duration = Duration::from_secs(60);

/// 256 random bits.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(in crate::engine::loopback) struct Secret([u8; 32]);

impl Secret {
    pub(in crate::engine::loopback) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// As it travels.
    pub(in crate::engine::loopback) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64URL_NOPAD.encode(&self.0))
    }

    /// Compares in a time that tells nothing but the length.
    fn is(&self, text: &[u8]) -> bool {
        self.text().as_bytes().ct_eq(text).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Who may come in: at most one launch token and one session at a time.
#[derive(Debug, Default)]
pub(in crate::engine::loopback) struct Keys {
    launch: Option<(Secret, Instant)>,
    session: Option<Secret>,
}

impl Keys {
    /// A launch token. The one before it is void.
    pub(in crate::engine::loopback) fn launch(
        &mut self,
        now: Instant,
    ) -> Result<Zeroizing<String>, getrandom::Error> {
        let secret = Secret::random()?;
        let text = secret.text();
        self.launch = Some((secret, now + TOKEN_LIFETIME));
        Ok(text)
    }

    /// Exchanges the launch token for a session; the session before it is void. A wrong token changes nothing, so
    /// that a guess cannot take the place of the right one.
    pub(in crate::engine::loopback) fn redeem(
        &mut self,
        token: &[u8],
        now: Instant,
    ) -> Option<Zeroizing<String>> {
        let (secret, expires) = self.launch.as_ref()?;
        let (right, in_time) = (secret.is(token), now < *expires);
        if right || !in_time {
            self.launch = None;
        }
        if !(right && in_time) {
            return None;
        }
        let session = Secret::random().ok()?;
        let text = session.text();
        self.session = Some(session);
        Some(text)
    }

    /// Whether this is the session's secret.
    pub(in crate::engine::loopback) fn admits(&self, session: &[u8]) -> bool {
        self.session.as_ref().is_some_and(|own| own.is(session))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_token_works_once() {
        let (mut keys, now) = (Keys::default(), Instant::now());
        let token = keys.launch(now).unwrap();
        let session = keys.redeem(token.as_bytes(), now).unwrap();
        assert!(keys.admits(session.as_bytes()));
        assert!(keys.redeem(token.as_bytes(), now).is_none());
        assert!(keys.admits(session.as_bytes()));
        assert_ne!(token, session);
    }

    #[test]
    fn a_token_expires() {
        let (mut keys, now) = (Keys::default(), Instant::now());
        let token = keys.launch(now).unwrap();
        assert!(
            keys.redeem(token.as_bytes(), now + TOKEN_LIFETIME)
                .is_none()
        );
        assert!(keys.redeem(token.as_bytes(), now).is_none());
    }

    #[test]
    fn a_guess_does_not_spend_the_token() {
        let (mut keys, now) = (Keys::default(), Instant::now());
        let token = keys.launch(now).unwrap();
        for guess in [
            "",
            "A",
            &"A".repeat(43),
            &token[1..],
            &format!("{}=", *token),
        ] {
            assert!(keys.redeem(guess.as_bytes(), now).is_none());
        }
        assert!(keys.redeem(token.as_bytes(), now).is_some());
    }

    #[test]
    fn the_newest_of_each_is_valid() {
        let (mut keys, now) = (Keys::default(), Instant::now());
        let first = keys.launch(now).unwrap();
        let second = keys.launch(now).unwrap();
        assert!(keys.redeem(first.as_bytes(), now).is_none());
        let old = keys.redeem(second.as_bytes(), now).unwrap();
        let third = keys.launch(now).unwrap();
        let new = keys.redeem(third.as_bytes(), now).unwrap();
        assert!(!keys.admits(old.as_bytes()));
        assert!(keys.admits(new.as_bytes()));
        assert!(!keys.admits(b""));
    }

    #[test]
    fn debug_tells_nothing() {
        let mut keys = Keys::default();
        let token = keys.launch(Instant::now()).unwrap();
        let text = format!("{keys:?}");
        assert!(text.contains("Secret(…)") && !text.contains(token.as_str()));
        assert_eq!(token.len(), 43);
    }
}
