//! The usage of a budget, and the reasons why no more is given.

use crate::protocol::ServerErrorCode;

/// Why something is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// This address uses as much as it may.
    Address,
    /// All addresses together do.
    Server,
}

impl From<Refusal> for ServerErrorCode {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Address => Self::AddressLimit,
            Refusal::Server => Self::ServerFull,
        }
    }
}

/// The usage of a budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Connections that have not joined.
    pub handshakes: usize,
    /// Connections that have joined.
    pub connections: usize,
    /// Peers in rooms.
    pub places: usize,
}
