//! The benches that drive real apps; the programs are in `tests/bench`.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use super::PROFILE;
use crate::setup::{browser, requirements};
use crate::{build, paths, process, setup};

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

pub(super) fn setup(options: &SetupOptions) -> Result<()> {
    let app = build_app(options.debug)?;
    let delays: Vec<String> = options.delays.iter().map(u32::to_string).collect();
    let arguments = [
        format!("--rounds={}", options.rounds),
        format!("--delays={}", delays.join(",")),
    ];
    run("setup.mjs", &app, &arguments)
}

/// Builds what a bench measures: the UI, the app and the server. Returns the app's binary; the server is beside it.
fn build_app(debug: bool) -> Result<PathBuf> {
    let npm_folders = [paths::ui(), paths::e2e(), paths::bench()];
    setup::prepare(requirements::E2E, &npm_folders)?;
    build::ui()?;
    let profile = if debug { "dev" } else { PROFILE };
    let target = paths::target("");
    process::run(
        build::cargo("build")
            .args(["--profile", profile])
            .args(["--package", "parlour", "--package", "parlour-server"])
            .arg("--target-dir")
            .arg(&target),
    )?;
    let folder = if debug { "debug" } else { PROFILE };
    Ok(target.join(folder).join("parlour"))
}

/// Runs a program of `tests/bench`. It starts its own display.
fn run(program: &str, app: &Path, arguments: &[String]) -> Result<()> {
    let mut node = process::program("node");
    node.arg(paths::bench().join(program))
        .args(arguments)
        .env("PARLOUR_APP", app);
    browser::set_variable(&mut node);
    process::run(&mut node)
}
