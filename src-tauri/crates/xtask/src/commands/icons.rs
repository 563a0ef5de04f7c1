//! `cargo xtask icons`: the app's icons, rendered from the drawing.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::setup::node;
use crate::{house, process};

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
    node::packages(&house::ui())?;
    let icons = house::root().join("src-tauri/icons");
    let rendered = house::target("icons");
    process::run(
        process::npm(&house::ui())
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
