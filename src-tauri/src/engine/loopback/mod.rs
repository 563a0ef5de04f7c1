//! The loopback server: it serves the app's pages, and the commands to the call page in a browser and to nobody else. It
//! does not depend on Tauri.

mod assets;
mod auth;
mod csp;
mod handshake;
mod ipc;
mod page;
mod router;
mod server;
mod shared;

pub use assets::{Asset, Assets};
pub use auth::credentials::TOKEN_LIFETIME;
pub use handshake::UNPROVED;
pub use ipc::{CommandFuture, Dispatch, SECOND_PAGE};
pub use page::PageSender;
pub use server::{LoopbackConfig, LoopbackServer};
pub use shared::LoopbackState;
