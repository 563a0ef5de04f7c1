//! `cargo xtask demo`: a call between two real instances of the app.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::display::Display;
use crate::setup::{browser, node, requirements};
use crate::{build, paths, process, setup};

/// Why instances of the app cannot be driven here, if so.
pub(crate) fn obstacle() -> Option<&'static str> {
    (!cfg!(target_os = "linux"))
        .then_some("the windows are driven through WebKitGTK, which is on Linux alone")
}

pub(crate) fn run() -> Result<ExitCode> {
    if let Some(reason) = obstacle() {
        bail!("{reason}");
    }
    node::node()?;
    setup::machine(&[
        requirements::BUILD,
        requirements::DRIVE,
        requirements::WINDOW,
        requirements::PAGES,
    ])?;
    node::packages(&paths::ui())?;
    node::packages(&paths::e2e())?;
    build::ui()?;
    let app = build::app()?;
    let display = Display::any()?;
    let status = process::status(&mut driver(&display, &app)?)?;
    Ok(process::exit_code(status))
}

/// The program that plays the call and measures it.
pub(crate) fn driver(display: &Display, app: &Path) -> Result<Command> {
    let out = paths::target("demo");
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let mut command = display.program("node");
    command.arg(paths::e2e().join("demo.mjs"));
    command.arg("--app").arg(app).arg("--out").arg(out);
    browser::name_to(&mut command);
    Ok(command)
}
