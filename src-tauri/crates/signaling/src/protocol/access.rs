//! The access token of a server, without which nobody starts a room there.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

/// Characters of the shortest token: as many as 96 random bits need in base64.
const MIN_TOKEN_CHARS: usize = 16;
/// Characters of the longest token.
const MAX_TOKEN_CHARS: usize = 256;

/// The text is no access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an access token has {MIN_TOKEN_CHARS} to {MAX_TOKEN_CHARS} letters, digits and signs of ASCII, without white space"
)]
pub struct BadToken;

/// A secret of a server's operator, which lets people start rooms there. Never printed, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// The token itself, for a join, a file of settings, and the field in which it is edited.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccessToken {
    type Err = BadToken;

    fn from_str(text: &str) -> Result<Self, BadToken> {
        let is_good = (MIN_TOKEN_CHARS..=MAX_TOKEN_CHARS).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_good
            .then(|| Self(Zeroizing::new(text.to_owned())))
            .ok_or(BadToken)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}
