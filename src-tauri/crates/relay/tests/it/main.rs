//! The integration tests of the crate, in one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub
)]

mod bridge;
mod payload;

use parlour_relay::event::{ClientFrame, Event, KIND};

/// Bytes of the frame with which a client publishes an event of this content.
fn event_frame_bytes(content: &[u8]) -> usize {
    let event = Event {
        id: [255; 32],
        pubkey: [255; 32],
        created_at: 1_795_820_400,
        kind: KIND,
        tags: vec![vec!["p".to_owned(), "f".repeat(64)]],
        content: data_encoding::BASE64.encode(content),
        sig: [255; 64],
    };
    ClientFrame::Event(event).to_text().unwrap().len()
}
