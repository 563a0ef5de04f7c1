//! The secrets of the loopback server: a launch token that works once and for a short time, and the session for which
//! it is exchanged.

use std::fmt;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;
use tokio::time::Instant;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// How long a browser may take to start and use its launch token.
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

    /// The form in URLs, headers and cookies.
    pub(in crate::engine::loopback) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64URL_NOPAD.encode(&self.0))
    }

    /// Compares in constant time for a given length.
    fn matches(&self, text: &[u8]) -> bool {
        self.text().as_bytes().ct_eq(text).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// At most one launch token and one session are valid at a time.
#[derive(Debug, Default)]
pub(in crate::engine::loopback) struct Credentials {
    launch: Option<(Secret, Instant)>,
    session: Option<Secret>,
}

impl Credentials {
    /// Returns a new launch token. The one before it becomes void.
    pub(in crate::engine::loopback) fn issue_launch_token(
        &mut self,
        now: Instant,
    ) -> Result<Zeroizing<String>, getrandom::Error> {
        let secret = Secret::random()?;
        let text = secret.text();
        self.launch = Some((secret, now + TOKEN_LIFETIME));
        Ok(text)
    }

    /// Exchanges the launch token for a session; the session before it becomes void. A wrong token changes nothing, so
    /// a guess cannot use up the right one.
    pub(in crate::engine::loopback) fn redeem(
        &mut self,
        token: &[u8],
        now: Instant,
    ) -> Option<Zeroizing<String>> {
        let (secret, expires) = self.launch.as_ref()?;
        let (right, in_time) = (secret.matches(token), now < *expires);
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

    pub(in crate::engine::loopback) fn is_session(&self, session: &[u8]) -> bool {
        self.session
            .as_ref()
            .is_some_and(|own| own.matches(session))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_token_works_once() {
        let (mut credentials, now) = (Credentials::default(), Instant::now());
        let token = credentials.issue_launch_token(now).unwrap();
        let session = credentials.redeem(token.as_bytes(), now).unwrap();
        assert!(credentials.is_session(session.as_bytes()));
        assert!(credentials.redeem(token.as_bytes(), now).is_none());
        assert!(credentials.is_session(session.as_bytes()));
        assert_ne!(token, session);
    }

    #[test]
    fn a_token_expires() {
        let (mut credentials, now) = (Credentials::default(), Instant::now());
        let token = credentials.issue_launch_token(now).unwrap();
        assert!(
            credentials
                .redeem(token.as_bytes(), now + TOKEN_LIFETIME)
                .is_none()
        );
        assert!(credentials.redeem(token.as_bytes(), now).is_none());
    }

    #[test]
    fn a_guess_does_not_use_up_the_token() {
        let (mut credentials, now) = (Credentials::default(), Instant::now());
        let token = credentials.issue_launch_token(now).unwrap();
        for guess in [
            "",
            "A",
            &"A".repeat(43),
            &token[1..],
            &format!("{}=", *token),
        ] {
            assert!(credentials.redeem(guess.as_bytes(), now).is_none());
        }
        assert!(credentials.redeem(token.as_bytes(), now).is_some());
    }

    #[test]
    fn the_newest_of_each_is_valid() {
        let (mut credentials, now) = (Credentials::default(), Instant::now());
        let first = credentials.issue_launch_token(now).unwrap();
        let second = credentials.issue_launch_token(now).unwrap();
        assert!(credentials.redeem(first.as_bytes(), now).is_none());
        let old = credentials.redeem(second.as_bytes(), now).unwrap();
        let third = credentials.issue_launch_token(now).unwrap();
        let new = credentials.redeem(third.as_bytes(), now).unwrap();
        assert!(!credentials.is_session(old.as_bytes()));
        assert!(credentials.is_session(new.as_bytes()));
        assert!(!credentials.is_session(b""));
    }

    #[test]
    fn debug_output_has_no_secret() {
        let mut credentials = Credentials::default();
        let token = credentials.issue_launch_token(Instant::now()).unwrap();
        let text = format!("{credentials:?}");
        assert!(text.contains("Secret(…)") && !text.contains(token.as_str()));
        assert_eq!(token.len(), 43);
    }
}
