//! `cargo xtask bundle`: the installer of this system.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::setup::{node, requirements};
use crate::{paths, process, setup};

#[derive(Args)]
pub(crate) struct Options {
    /// Kinds of installer, separated by commas.
    #[arg(long, default_value = default_kinds())]
    bundles: String,
    /// Without optimisation: quick, to look at the installer itself.
    #[arg(long)]
    debug: bool,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    node::node()?;
    setup::machine(&[requirements::BUILD])?;
    node::packages(&paths::ui())?;
    let mut tauri = process::npm(&paths::ui());
    // npm runs what belongs to ui/, but tauri.conf.json is in the root.
    tauri
        .current_dir(paths::root())
        .args(["exec", "--prefix", "ui", "--", "tauri", "build"])
        .args(["--bundles", &options.bundles])
        // The CLI takes no other value of it than `true` and `false`.
        .env_remove("CI");
    if options.debug {
        tauri.arg("--debug");
    }
    process::run(&mut tauri)?;
    Ok(ExitCode::SUCCESS)
}

const fn default_kinds() -> &'static str {
    if cfg!(target_os = "macos") {
        "app,dmg"
    } else if cfg!(windows) {
        "nsis"
    } else {
        "deb"
    }
}
