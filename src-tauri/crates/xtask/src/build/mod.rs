//! Building the UI and the app.

pub(crate) mod guest;
mod sources;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{paths, process};

/// Every command builds the app with the UI inside, so that all share what is compiled.
pub(crate) const FEATURES: [&str; 2] = ["--features", "custom-protocol"];

/// Builds the UI, unless its sources are those of the last build.
pub(crate) fn ui() -> Result<()> {
    let ui = paths::ui();
    let dist = ui.join("dist");
    let stamp = ui.join("node_modules/.parlour-built");
    let sources = sources::fingerprint(&ui)?;
    let is_built = dist.join("index.html").exists();
    if is_built && fs::read_to_string(&stamp).is_ok_and(|built| built == sources) {
        return Ok(());
    }
    process::run(process::npm(&ui).args(["run", "--silent", "build", "--", "--logLevel", "warn"]))?;
    fs::write(&stamp, sources).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Builds the app and returns the path of its binary.
pub(crate) fn app() -> Result<PathBuf> {
    process::run(cargo("build").args(["--bin", "parlour"]))?;
    paths::app()
}

/// Builds UI, app and `parlour-server`. The binaries are built together: for the server alone cargo would choose other
/// features of the crates that both use, and compile those again.
pub(crate) fn everything() -> Result<()> {
    ui()?;
    process::run(
        cargo("build")
            .args(["--package", "parlour", "--package", "parlour-server"])
            .args(["--bin", "parlour", "--bin", "parlour-server"]),
    )
}

/// Builds an example of a crate, with the app, as in [`everything`].
pub(crate) fn example(package: &str, name: &str) -> Result<()> {
    process::run(
        cargo("build")
            .args(["--package", "parlour", "--package", package])
            .args(["--bin", "parlour", "--example", name]),
    )
}

/// A command of cargo with the features of the app.
pub(crate) fn cargo(command: &str) -> Command {
    let mut cargo = process::cargo();
    cargo.arg(command).args(FEATURES);
    cargo
}
