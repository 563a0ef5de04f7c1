//! The real program with TLS: certificates from an authority (Debian's pebble), and certificates in files.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod acme;
mod authority;
mod client;
mod files;
mod program;
