//! Rooms over Nostr relays: events, a pool of relays, and the bridge to the embedded server.
//!
//! A relay passes small sealed messages on between people who know the same room. [`event`] is the format, [`pool`]
//! holds the connections, and [`list`] chooses which relays a room uses. [`payload`] is the format of a content,
//! [`bridge`] joins the rooms of several apps, and [`bridged_server`] is the part that an app uses. [`server`] is a
//! relay. The crate does not depend on Tauri.

#![warn(missing_docs)]

pub mod bridge;
pub mod bridged_server;
pub mod event;
pub mod list;
pub mod payload;
pub mod pool;
pub mod server;
