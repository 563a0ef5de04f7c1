//! The loopback server: it serves the app's pages and commands to the call page in a browser, and to nobody else. It
//! does not depend on Tauri.

mod assets;
mod auth;
mod bootstrap;
mod csp;
mod ipc;
mod page;
mod router;
mod server;
mod shared;

pub use assets::{Asset, Assets};
pub use auth::token::TOKEN_LIFETIME;
pub use ipc::{CommandFuture, Dispatch, SECOND_PAGE};
pub use page::PageSender;
pub use server::{LoopbackConfig, LoopbackServer};
pub use shared::LoopbackState;
