//! The identifier of a connection.

/// A connection, for as long as the server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnId(pub(super) u64);

impl ConnId {
    pub(crate) const MIN: Self = Self(0);
    pub(crate) const MAX: Self = Self(u64::MAX);

    #[cfg(test)]
    pub(crate) const fn new(n: u64) -> Self {
        Self(n)
    }
}
