//! `cargo xtask run`: the app, built and started.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::demo;
use crate::display::Display;
use crate::setup::{node, requirements};
use crate::{build, paths, process, setup};

#[derive(Args)]
pub(crate) struct Options {
    /// Arguments for the app, after `--`.
    #[arg(last = true)]
    app: Vec<OsString>,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    if !Display::is_there() {
        println!("There is no display here, so this runs the demo instead.");
        return demo::run();
    }
    node::node()?;
    setup::machine(&[requirements::BUILD, requirements::CALL])?;
    node::packages(&paths::ui())?;
    build::ui()?;
    let app = build::app()?;
    let status = process::status(process::program(app).args(&options.app))?;
    Ok(process::exit_code(status))
}
