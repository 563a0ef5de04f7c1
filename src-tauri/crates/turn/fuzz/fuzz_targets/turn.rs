#![no_main]

#[path = "../checks.rs"]
mod checks;
#[allow(dead_code, clippy::unwrap_used)]
#[path = "../../tests/it/peer.rs"]
mod peer;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::turn(data));
