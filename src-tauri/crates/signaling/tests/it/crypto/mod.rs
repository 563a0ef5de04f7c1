//! The seal.

mod fuzz_corpora;
mod properties;
