//! `cargo xtask icons`: the app's icons, rendered from `src-tauri/icons/parlour.svg`.

use std::fs;

use anyhow::{Context, Result};

use crate::{paths, process, setup};

/// The icons that tauri.conf.json names, of the many that the renderer makes.
const USED: &[&str] = &[
    "32x32.png",
    "128x128.png",
    "128x128@2x.png",
    "icon.png",
    "icon.icns",
    "icon.ico",
];

pub(crate) fn run() -> Result<()> {
    setup::prepare(&[], &[paths::ui()])?;
    let icons = paths::root().join("src-tauri/icons");
    let rendered = paths::target("icons");
    process::run(
        process::npm(&paths::ui())
            .args(["exec", "--", "tauri", "icon"])
            .arg(icons.join("parlour.svg"))
            .arg("--output")
            .arg(&rendered),
    )?;
    for name in USED {
        fs::copy(rendered.join(name), icons.join(name))
            .with_context(|| format!("{name} was not rendered"))?;
    }
    Ok(())
}
