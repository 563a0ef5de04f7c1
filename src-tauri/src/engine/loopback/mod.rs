//! The door on loopback: the app's pages and commands for the call page in a browser, and for nobody else.
//! It knows nothing of Tauri.

mod assets;
mod auth;
mod bootstrap;
mod csp;
mod ipc;
mod page;
mod router;
mod server;

pub use assets::{Asset, Assets};
pub use auth::token::TOKEN_LIFETIME;
pub use ipc::{Answer, Dispatch, SECOND_PAGE};
pub use page::PageSender;
pub use server::{Door, DoorConfig, DoorState};
