//! The app without a window: the real controller, client and embedded server.

mod access_token;
mod call_page;
mod clicked_links;
mod close_window;
mod commands;
mod connection_check;
mod deep_links;
mod desktop;
mod network_changes;
mod port_mapping;
mod rejoin;
mod room;
mod turn_servers;
