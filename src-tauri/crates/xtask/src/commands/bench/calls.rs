//! The benches that drive real apps; the programs are in `tests/bench`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use clap::Args;

use super::PROFILE;
use crate::setup::{browser, requirements};
use crate::{build, paths, process, setup};

const BARE_WINDOW: &str = "parlour-bare-window";

#[derive(Args)]
pub(super) struct SetupOptions {
    /// Rounds; in each, every contender holds a call at every delay.
    #[arg(long, default_value_t = 15)]
    rounds: u32,
    /// One-way delays of signaling from peer to peer, in milliseconds.
    #[arg(long, default_value = "0,50", value_delimiter = ',')]
    delays: Vec<u32>,
    /// Measure the debug build, for a quick look.
    #[arg(long)]
    debug: bool,
}

#[derive(Args)]
pub(super) struct AppOptions {
    /// How often the app and a bare window are started.
    #[arg(long, default_value_t = 15)]
    starts: u32,
    /// How many calls are compared with a bare connection.
    #[arg(long, default_value_t = 5)]
    calls: u32,
    /// Seconds over which CPU is measured.
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// Measure the debug build, for a quick look.
    #[arg(long)]
    debug: bool,
}

#[derive(Args)]
pub(super) struct RoomOptions {
    /// How many people are in each of the rooms.
    #[arg(long, default_value = "2,4,8", value_delimiter = ',')]
    rooms: Vec<u32>,
    /// Seconds over which CPU and uplink are measured.
    #[arg(long, default_value_t = 15)]
    seconds: u32,
    /// Bounds what the person's computer sends, in kbit/s; needs root.
    #[arg(long)]
    uplink: Option<u32>,
}

pub(super) fn setup(options: &SetupOptions) -> Result<()> {
    let app = build_app(options.debug)?;
    let delays: Vec<String> = options.delays.iter().map(u32::to_string).collect();
    let arguments = [
        format!("--rounds={}", options.rounds),
        format!("--delays={}", delays.join(",")),
    ];
    process::run(node("setup.mjs").args(arguments).env("PARLOUR_APP", app))
}

pub(super) fn app(options: &AppOptions) -> Result<()> {
    let app = build_app(options.debug)?;
    let bare_window = app.with_file_name(BARE_WINDOW);
    let arguments = [
        format!("--bare-window={}", bare_window.display()),
        format!("--starts={}", options.starts),
        format!("--calls={}", options.calls),
        format!("--seconds={}", options.seconds),
    ];
    process::run(node("app.mjs").args(arguments).env("PARLOUR_APP", app))
}

pub(super) fn room(options: &RoomOptions) -> Result<()> {
    let npm_folders = [paths::ui(), paths::e2e(), paths::bench()];
    setup::prepare(requirements::E2E, &npm_folders)?;
    let rooms: Vec<String> = options.rooms.iter().map(u32::to_string).collect();
    let mut arguments = vec![
        format!("--rooms={}", rooms.join(",")),
        format!("--seconds={}", options.seconds),
    ];
    arguments.extend(options.uplink.map(|kbit| format!("--uplink={kbit}")));
    process::run(node("room.mjs").args(arguments))
}

/// Builds what the benches measure: the UI, the app, the server, a bare window. Returns the app's binary; the others are
/// beside it.
fn build_app(debug: bool) -> Result<PathBuf> {
    let npm_folders = [paths::ui(), paths::e2e(), paths::bench()];
    setup::prepare(requirements::E2E, &npm_folders)?;
    build::ui()?;
    let profile = if debug { "dev" } else { PROFILE };
    let target = paths::target("");
    process::run(
        build::cargo("build")
            .args(["--profile", profile])
            .args(["--features", "parlour-bare-window/custom-protocol"])
            .args(["--package", "parlour", "--package", "parlour-server"])
            .args(["--package", BARE_WINDOW])
            .arg("--target-dir")
            .arg(&target),
    )?;
    let folder = if debug { "debug" } else { PROFILE };
    Ok(target.join(folder).join("parlour"))
}

/// A program of `tests/bench`. It starts the display that it needs.
fn node(program: &str) -> Command {
    let mut node = process::program("node");
    node.arg(paths::bench().join(program));
    browser::set_variable(&mut node);
    node
}
