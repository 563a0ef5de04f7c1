//! The integration tests of the app, in one binary. Tests that need their own process are beside this folder.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)]

mod app;
mod bindings;
#[cfg(target_os = "linux")]
mod engine;
mod harness;
mod loopback;
mod storage;
