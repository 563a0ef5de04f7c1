//! Why an attempt of a web page to connect failed. A browser tells no more than that it did.

use super::ServerFault;

/// Why one attempt failed.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum DialError {
    #[error("there is nothing to dial")]
    NoEndpoint,
    #[error("a page may not connect there")]
    Forbidden,
    #[error("no connection")]
    NoConnection,
    #[error("no answer in time")]
    Timeout,
    #[error("a WebSocket without a challenge")]
    NoChallenge,
}

impl DialError {
    /// There is nothing to dial.
    pub(super) const fn no_endpoint() -> Self {
        Self::NoEndpoint
    }

    pub(super) const fn fault(&self) -> ServerFault {
        match self {
            Self::NoEndpoint | Self::NoConnection | Self::Timeout => ServerFault::NoAnswer,
            Self::Forbidden => ServerFault::NeedsTls,
            Self::NoChallenge => ServerFault::NotParlour,
        }
    }
}
