//! The invite: a link that is all a person needs to come to a room.
//!
//! `parlour://join/<endpoints>/<code>`, with one to eight [`Endpoint`]s separated by commas, or
//! `https://<server>/j#<code>`, whose code stays out of what a browser sends. The code is base64url of a
//! version byte, the room's secret and a checksum.

mod code;
mod endpoint;
mod find;

use std::fmt;

pub use endpoint::{Endpoint, EndpointError, Host};

use crate::crypto::RoomSecret;

/// Endpoints in one invite.
pub const MAX_ENDPOINTS: usize = 8;
/// Characters of the longest link.
pub const MAX_LINK_CHARS: usize = 2048;

/// Where a room can be found, and the secret that opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct Invite {
    /// Where its server may be reached: all are tried together.
    pub endpoints: Vec<Endpoint>,
    /// The room.
    pub secret: RoomSecret,
}

/// Why a text is no invite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InviteError {
    /// There is no link of ours in it.
    #[error("not an invite link")]
    NotALink,
    /// Made by a newer Parlour, in a form this one does not know.
    #[error("the invite link is of a newer version")]
    TooNew,
    /// Cut off, changed or mistyped.
    #[error("the invite link is damaged")]
    Damaged,
    /// It does not say where the room is.
    #[error("the invite link names no server")]
    NoEndpoint,
}

impl Invite {
    /// Finds the link in a text, which may be a whole chat message, and reads it.
    ///
    /// # Errors
    /// When no link can be read: what is wrong with the first that looks like one.
    pub fn parse(text: &str) -> Result<Self, InviteError> {
        let mut first_error = None;
        for candidate in find::candidates(text) {
            match candidate.read() {
                Ok(invite) => return Ok(invite),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.unwrap_or(InviteError::NotALink))
    }

    /// The link for the app. It carries the secret: it belongs on a clipboard, never into a log.
    #[must_use]
    pub fn to_link(&self) -> String {
        let endpoints: Vec<_> = self.endpoints.iter().map(Endpoint::to_string).collect();
        format!(
            "parlour://join/{}/{}",
            endpoints.join(","),
            code::print(&self.secret)
        )
    }

    /// The link for a browser: only for an invite to a single server with TLS, which serves the page behind it.
    #[must_use]
    pub fn to_web_link(&self) -> Option<String> {
        match self.endpoints.as_slice() {
            [server] if server.tls => Some(format!(
                "https://{}/j#{}",
                server.authority(),
                code::print(&self.secret)
            )),
            _ => None,
        }
    }
}

impl fmt::Debug for Invite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invite")
            .field("endpoints", &self.endpoints)
            .field("secret", &self.secret)
            .finish()
    }
}
