//! The secrets that a page can prove to know: a launch token that works once and for a short time, and the secret of the
//! session that it begins.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::proof::{self, Nonces, Side};
use super::secret::{LENGTH, Secret};

/// How long a browser may take to start and use its launch token.
pub const TOKEN_LIFETIME: Duration = Duration::from_secs(60);

/// The secret that a page says it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::engine::loopback) enum SecretKind {
    /// The token in the page's address.
    Launch,
    /// The session's secret in the page's storage.
    Session,
}

/// One connection's question to the page, with the secret that the answer must prove.
#[derive(Debug)]
pub(in crate::engine::loopback) struct Challenge {
    kind: SecretKind,
    secret: Secret,
    nonces: Nonces,
}

/// A page that has proved itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::loopback) enum Admission {
    /// It used the launch token, and a session begins.
    NewSession,
    /// It belongs to the session, for example after a reload.
    SameSession,
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

    /// `None` when there is no such secret.
    pub(in crate::engine::loopback) fn challenge(
        &self,
        kind: SecretKind,
        nonces: Nonces,
        now: Instant,
    ) -> Option<Challenge> {
        let secret = match kind {
            SecretKind::Launch => self.launch(now),
            SecretKind::Session => self.session.as_ref(),
        }?;
        Some(Challenge {
            kind,
            secret: secret.clone(),
            nonces,
        })
    }

    /// Judges the page's proof. An answer uses the launch token up, right or wrong. A right one replaces the session.
    pub(in crate::engine::loopback) fn admit(
        &mut self,
        challenge: &Challenge,
        proof: &[u8],
        now: Instant,
    ) -> Option<Admission> {
        let Challenge {
            kind,
            secret,
            nonces,
        } = challenge;
        let is_right = proof::is_proof(secret, Side::Page, nonces, proof);
        match kind {
            SecretKind::Launch => {
                // A newer token is not this connection's to use up.
                self.launch(now).filter(|launch| launch.is(secret))?;
                self.launch = None;
                if !is_right {
                    return None;
                }
                self.session = Some(proof::session(secret, nonces)?);
                Some(Admission::NewSession)
            }
            SecretKind::Session => {
                let session = self.session.as_ref()?;
                (is_right && session.is(secret)).then_some(Admission::SameSession)
            }
        }
    }

    fn launch(&self, now: Instant) -> Option<&Secret> {
        let (secret, expires) = self.launch.as_ref()?;
        (now < *expires).then_some(secret)
    }
}

impl Challenge {
    /// The proof that this server knows the secret.
    pub(in crate::engine::loopback) fn server_proof(&self) -> [u8; LENGTH] {
        proof::prove(&self.secret, Side::Server, &self.nonces)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    struct Lab {
        credentials: Credentials,
        now: Instant,
    }

    impl Lab {
        fn new() -> Self {
            Self {
                credentials: Credentials::default(),
                now: Instant::now(),
            }
        }

        fn token(&mut self) {
            self.credentials.issue_launch_token(self.now).unwrap();
        }

        fn challenge(&self, kind: SecretKind) -> Option<Challenge> {
            let nonces = Nonces {
                page: *Secret::random().unwrap().bytes(),
                server: *Secret::random().unwrap().bytes(),
            };
            self.credentials.challenge(kind, nonces, self.now)
        }

        fn answer(&mut self, challenge: &Challenge) -> Option<Admission> {
            let proof = right(challenge);
            self.credentials.admit(challenge, &proof, self.now)
        }

        /// The answer of a page with the right token.
        fn begin(&mut self) {
            self.token();
            let challenge = self.challenge(SecretKind::Launch).unwrap();
            assert_eq!(self.answer(&challenge), Some(Admission::NewSession));
        }
    }

    /// The proof of a page that knows the secret.
    fn right(challenge: &Challenge) -> [u8; LENGTH] {
        proof::prove(&challenge.secret, Side::Page, &challenge.nonces)
    }

    #[test]
    fn a_token_works_once_and_its_session_goes_on() {
        let mut lab = Lab::new();
        lab.token();
        let first = lab.challenge(SecretKind::Launch).unwrap();
        let meanwhile = lab.challenge(SecretKind::Launch).unwrap();
        assert_eq!(lab.answer(&first), Some(Admission::NewSession));
        assert_eq!(lab.answer(&first), None);
        assert_eq!(lab.answer(&meanwhile), None);
        assert!(lab.challenge(SecretKind::Launch).is_none());
        for _ in 0..2 {
            let session = lab.challenge(SecretKind::Session).unwrap();
            assert!(!session.secret.is(&first.secret));
            assert_eq!(lab.answer(&session), Some(Admission::SameSession));
        }
    }

    #[test]
    fn a_token_expires() {
        let mut lab = Lab::new();
        lab.token();
        let in_time = lab.challenge(SecretKind::Launch).unwrap();
        lab.now += TOKEN_LIFETIME;
        assert!(lab.challenge(SecretKind::Launch).is_none());
        assert_eq!(lab.answer(&in_time), None);
    }

    #[test]
    fn a_wrong_answer_uses_the_token_up() {
        let mut lab = Lab::new();
        lab.token();
        let challenge = lab.challenge(SecretKind::Launch).unwrap();
        let reflected = challenge.server_proof();
        let refused = lab.credentials.admit(&challenge, &reflected, lab.now);
        assert_eq!(refused, None);
        assert_eq!(lab.answer(&challenge), None);
        assert!(lab.challenge(SecretKind::Session).is_none());
    }

    #[test]
    fn a_wrong_answer_leaves_the_session_and_a_newer_token() {
        let mut lab = Lab::new();
        lab.begin();
        let session = lab.challenge(SecretKind::Session).unwrap();
        assert_eq!(lab.credentials.admit(&session, b"", lab.now), None);
        assert!(lab.answer(&session).is_some());
        lab.token();
        let late = lab.challenge(SecretKind::Launch).unwrap();
        lab.token();
        assert_eq!(lab.answer(&late), None);
        let newer = lab.challenge(SecretKind::Launch).unwrap();
        assert!(lab.answer(&newer).is_some());
    }

    #[test]
    fn an_answer_to_another_challenge_proves_nothing() {
        let mut lab = Lab::new();
        lab.begin();
        let one = lab.challenge(SecretKind::Session).unwrap();
        let other = lab.challenge(SecretKind::Session).unwrap();
        let replayed = right(&one);
        assert_eq!(lab.credentials.admit(&other, &replayed, lab.now), None);
    }

    #[test]
    fn a_new_session_ends_the_one_before() {
        let mut lab = Lab::new();
        lab.begin();
        let old = lab.challenge(SecretKind::Session).unwrap();
        lab.begin();
        assert_eq!(lab.answer(&old), None);
        let new = lab.challenge(SecretKind::Session).unwrap();
        assert!(lab.answer(&new).is_some());
    }
}
