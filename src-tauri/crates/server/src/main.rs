//! The Parlour server.
fn main() {}
