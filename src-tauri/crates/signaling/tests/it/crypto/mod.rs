//! The seal.

#[cfg(feature = "net")]
mod fuzz_corpora;
mod proofs;
mod properties;
