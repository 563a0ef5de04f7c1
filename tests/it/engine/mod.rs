//! The browser engine.

mod browser_engine;
mod chromium;
mod device_permissions;
mod discovery;
mod real_browser;
