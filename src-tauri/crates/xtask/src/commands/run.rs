//! `cargo xtask run`: builds the app and starts it.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::demo;
use crate::setup::requirements;
use crate::{build, paths, process, setup};

#[derive(Args)]
pub(crate) struct Options {
    /// Arguments for the app, after `--`.
    #[arg(last = true)]
    app: Vec<OsString>,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    if !has_display() {
        println!("This machine has no display, so this runs the demo instead.");
        return demo::run();
    }
    setup::prepare(&[requirements::BUILD, requirements::CALL], &[paths::ui()])?;
    build::ui()?;
    let app = build::app()?;
    let status = process::status(process::program(app).args(&options.app))?;
    Ok(process::exit_code(status))
}

fn has_display() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
