//! The browser engine.

mod browser_engine;
mod chromium;
mod discovery;
