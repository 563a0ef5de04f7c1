//! Where a call runs: in the app's window if it has WebRTC, else in the window of a browser, which reaches the same
//! commands through a server on loopback.

mod browser;
mod event;
pub mod loopback;
mod selection;
mod webview;

pub use browser::discovery::{Browser, BrowserSearch, Confinement, Family};
pub use browser::launch::{BrowserCommand, CommandError, Program};
pub use browser::{BrowserEngine, EngineConfig, EngineError};
pub use event::{BrowserFailure, EngineEvent};
pub use selection::{EngineKind, select_engine};
pub use webview::{WebviewAssets, WebviewDispatch};
