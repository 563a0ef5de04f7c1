//! The messages on the wire.

mod golden;
mod round_trip;
