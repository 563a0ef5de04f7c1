//! 256 secret bits.

use std::fmt;

use data_encoding::HEXLOWER;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub(in crate::engine::loopback) const LENGTH: usize = 32;

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(in crate::engine::loopback) struct Secret([u8; LENGTH]);

impl Secret {
    pub(in crate::engine::loopback) fn random() -> Result<Self, getrandom::Error> {
        Self::fill(getrandom::fill)
    }

    pub(in crate::engine::loopback) fn fill<E>(
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut secret = Self([0; LENGTH]);
        fill(&mut secret.0)?;
        Ok(secret)
    }

    /// The form in the URL of the redirect file.
    pub(in crate::engine::loopback) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(HEXLOWER.encode(&self.0))
    }

    pub(in crate::engine::loopback) fn bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// Compares in constant time.
    pub(in crate::engine::loopback) fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_has_no_secret() {
        let secret = Secret::random().unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(secret.text().len(), 2 * LENGTH);
    }
}
