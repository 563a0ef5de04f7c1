//! The door on loopback: the app's pages and commands for the call page in a browser, and for nobody else.
//! It knows nothing of Tauri.

mod assets;
mod bootstrap;
mod check;
mod door;
mod ipc;
mod page;
mod policy;
mod respond;
mod token;
mod uid;

pub use assets::{Asset, Assets};
pub use door::{Door, DoorConfig, DoorState};
pub use ipc::{Answer, Dispatch, SECOND_PAGE};
pub use page::PageSender;
pub use token::TOKEN_LIFETIME;
