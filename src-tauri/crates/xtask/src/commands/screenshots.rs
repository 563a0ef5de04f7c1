//! `cargo xtask screenshots`: every view in both themes, to be looked at.

use std::process::ExitCode;

use anyhow::Result;

use crate::setup::{browser, node, requirements};
use crate::{paths, process, setup};

pub(crate) fn run() -> Result<ExitCode> {
    node::node()?;
    setup::machine(&[requirements::PAGES, requirements::FONTS])?;
    node::packages(&paths::ui())?;
    let mut npm = process::npm(&paths::ui());
    npm.args(["run", "screenshots"]);
    browser::name_to(&mut npm);
    process::run(&mut npm)?;
    Ok(ExitCode::SUCCESS)
}
