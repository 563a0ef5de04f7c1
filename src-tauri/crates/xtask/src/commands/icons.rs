//! `cargo xtask icons`: the app's icons, rendered from the drawing.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::setup::node;
use crate::{paths, process};

/// Those that tauri.conf.json names, of the many that the renderer makes.
const KEPT: &[&str] = &[
    "32x32.png",
    "128x128.png",
    "128x128@2x.png",
    "icon.png",
    "icon.icns",
    "icon.ico",
];

pub(crate) fn run() -> Result<ExitCode> {
    node::node()?;
    node::packages(&paths::ui())?;
    let icons = paths::root().join("src-tauri/icons");
    let rendered = paths::target("icons");
    process::run(
        process::npm(&paths::ui())
            .args(["exec", "--", "tauri", "icon"])
            .arg(icons.join("parlour.svg"))
            .arg("--output")
            .arg(&rendered),
    )?;
    for name in KEPT {
        fs::copy(rendered.join(name), icons.join(name))
            .with_context(|| format!("{name} was not rendered"))?;
    }
    Ok(ExitCode::SUCCESS)
}
