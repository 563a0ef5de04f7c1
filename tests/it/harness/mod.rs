//! What the tests of several modules need.

pub mod app;
pub mod loopback;
