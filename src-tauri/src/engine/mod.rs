//! Where the call runs: in the app's window if it has WebRTC, else in a browser's window that
//! reaches the same commands through a door on loopback.

mod browser;
mod child;
mod choose;
mod event;
mod find;
mod launch;
pub mod loopback;
mod port;
pub(crate) mod private;
mod webview;

pub use browser::{BrowserEngine, EngineConfig, EngineError};
pub use choose::{Place, choose};
pub use event::{BrowserFailure, EngineEvent};
pub use find::{Browser, Confinement, Family, Search};
pub use launch::{BrowserCommand, CommandError, Program};
pub use webview::{WebviewAssets, WebviewDispatch};
