//! The core of a guest's page: the client of `parlour-signaling`, for JavaScript. Its contract is the interface `Core` in
//! `ui/src/backend/guest/core.ts`.
//!
//! Values cross as JSON. Only [`error`], [`event`] and [`invite`] are compiled for programs, to be tested there.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]

mod error;
mod event;
mod invite;

#[cfg(target_arch = "wasm32")]
pub mod exports;
#[cfg(target_arch = "wasm32")]
mod json;
#[cfg(target_arch = "wasm32")]
pub mod room_core;
