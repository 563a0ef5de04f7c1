//! The seal.

mod fuzz_corpora;
mod proofs;
mod properties;
