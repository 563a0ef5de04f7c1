//! The invite: a link that is all a person needs to join a room.
//!
//! It is `parlour://join/<places>/<code>`, or `https://<server>/j#<code>`, whose code a browser does not send, or
//! `https://<any page>#join/<places>/<code>`. The places
//! are [`Endpoint`]s and [`Relays`], separated by commas. A place of an unknown form is skipped as long as one is
//! understood. The code is base64url of a version byte, the room's secret and a checksum.

mod code;
mod endpoint;
mod find;
mod relays;
mod unwrap;

use std::fmt;

pub use endpoint::{Endpoint, EndpointError, Host};
pub use relays::Relays;

use crate::crypto::RoomSecret;

/// Endpoints in one invite.
pub const MAX_ENDPOINTS: usize = 8;
/// Relays that one invite names.
pub const MAX_RELAYS: usize = 4;
/// Characters of the longest link.
pub const MAX_LINK_CHARS: usize = 2048;

/// Where a room is found, and the room's secret. It has an endpoint or a relay.
#[derive(Clone, PartialEq, Eq)]
pub struct Invite {
    /// Where the server may be reached. All are tried together.
    pub endpoints: Vec<Endpoint>,
    /// Where members find each other without a common server.
    pub relays: Relays,
    /// The secret of the room.
    pub secret: RoomSecret,
}

/// Why a text is not an invite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InviteError {
    /// It contains no Parlour link.
    #[error("not an invite link")]
    NotALink,
    /// The link was made by a newer Parlour: its code or all of its places have an unknown form.
    #[error("the invite link is of a newer version")]
    TooNew,
    /// The link was cut off, changed or mistyped.
    #[error("the invite link is damaged")]
    Damaged,
    /// The link names no server and no relay.
    #[error("the invite link names no place")]
    NoEndpoint,
}

impl Invite {
    /// Finds the link in a text, for example a chat message, and reads it. It may be broken over lines, escaped, or
    /// inside of a link that a mail filter or a chat has made of it. The time is linear, and a long text is cut.
    ///
    /// # Errors
    /// When no link can be read: the fault of the first that looks like one.
    pub fn parse(text: &str) -> Result<Self, InviteError> {
        find::find(text)
    }

    /// The secret of a new room, whose code chats and mail programs leave as it is.
    #[must_use]
    pub fn new_secret() -> RoomSecret {
        code::random_secret()
    }

    /// The link for the app. It carries the secret, so it may go to a clipboard but never into a log.
    #[must_use]
    pub fn to_link(&self) -> String {
        format!("parlour://{}", self.path())
    }

    /// `join/<places>/<code>`.
    fn path(&self) -> String {
        let endpoints = self.endpoints.iter().map(Endpoint::to_string);
        let places: Vec<_> = endpoints.chain(self.relays.parts()).collect();
        format!("join/{}/{}", places.join(","), code::encode(&self.secret))
    }

    /// The link to an invite page on any host, which makes the link for the app from the fragment. `page` is a URL
    /// without one.
    #[must_use]
    pub fn to_page_link(&self, page: &str) -> String {
        format!("{page}#{}", self.path())
    }

    /// The link for a browser. Only an invite to a single server with TLS has one: that server serves the page.
    #[must_use]
    pub fn to_web_link(&self) -> Option<String> {
        match self.endpoints.as_slice() {
            [server] if server.tls && self.relays.is_empty() => Some(format!(
                "https://{}/j#{}",
                server.authority(),
                code::encode(&self.secret)
            )),
            _ => None,
        }
    }
}

impl fmt::Debug for Invite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invite")
            .field("endpoints", &self.endpoints)
            .field("relays", &self.relays)
            .field("secret", &self.secret)
            .finish()
    }
}
