//! `cargo xtask demo`: a call between two real instances of the app.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::setup::{browser, requirements};
use crate::{build, paths, process, setup};

/// Why instances of the app cannot be driven on this system, if so.
pub(crate) fn unsupported_reason() -> Option<&'static str> {
    (!cfg!(target_os = "linux"))
        .then_some("the windows are driven through WebKitGTK, which only Linux has")
}

pub(crate) fn run() -> Result<ExitCode> {
    if let Some(reason) = unsupported_reason() {
        bail!("{reason}");
    }
    setup::prepare(requirements::E2E, &[paths::ui(), paths::e2e()])?;
    build::ui()?;
    let app = build::app()?;
    let status = process::status(&mut driver(&app)?)?;
    Ok(process::exit_code(status))
}

/// The program that holds the call and measures it, on its own display.
pub(crate) fn driver(app: &Path) -> Result<Command> {
    let out = paths::target("demo");
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let mut command = process::program("node");
    command.arg(paths::e2e().join("demo.mjs"));
    command.arg("--app").arg(app).arg("--out").arg(out);
    browser::set_variable(&mut command);
    Ok(command)
}
