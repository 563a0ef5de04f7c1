//! Code that the tests of several modules share.

pub mod app;
pub mod loopback;
