//! The headers of a request for a WebSocket: which page asks, and for whom a proxy asks.

mod forwarded;
mod network;
mod origin;

pub(super) use self::forwarded::{client_address, is_forwarded};
pub use self::network::{Network, NetworkError};
pub use self::origin::OriginPolicy;
