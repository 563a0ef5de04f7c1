//! `cargo xtask bench`: measurements beside something that people know, as tables of Markdown. Linux only.

mod calls;
mod server;

use anyhow::{Result, ensure};
use clap::{Args, Subcommand};

/// The release, but without link-time optimization: it is built in minutes.
const PROFILE: &str = "bench-server";

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// CPU and memory of parlour-server, beside a bare forwarder.
    Server(server::Options),
    /// The time from Enter to the first picture, beside the browser's limit and others.
    Setup(calls::SetupOptions),
    /// Start, CPU and memory of the app, beside a bare window and a bare connection.
    App(calls::AppOptions),
    /// CPU and uplink of one person in rooms of several sizes.
    Room(calls::RoomOptions),
}

pub(crate) fn run(options: &Options) -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "this needs the /proc of Linux");
    match &options.what {
        What::Server(options) => server::run(options),
        What::Setup(options) => calls::setup(options),
        What::App(options) => calls::app(options),
        What::Room(options) => calls::room(options),
    }
}
