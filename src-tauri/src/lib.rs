//! Parlour, the desktop app: a thin shell of Tauri around one owner of state.

pub mod bindings;
pub mod error;
pub mod settings;
pub mod view;

/// Starts the app.
pub fn run() {}
