//! Where the call runs: in the app's window if it has WebRTC, else in a browser's window that
//! reaches the same commands through a door on loopback.

mod browser;
mod event;
pub mod loopback;
mod selection;
mod webview;

pub use browser::discovery::{Browser, Confinement, Family, Search};
pub use browser::launch::{BrowserCommand, CommandError, Program};
pub use browser::{BrowserEngine, EngineConfig, EngineError};
pub use event::{BrowserFailure, EngineEvent};
pub use selection::{EngineKind, choose};
pub use webview::{WebviewAssets, WebviewDispatch};
