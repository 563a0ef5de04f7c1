//! `cargo xtask screenshots`: every view in both themes, to be looked at.

use std::process::ExitCode;

use anyhow::Result;

use crate::setup::{browser, needs, node};
use crate::{house, process, setup};

pub(crate) fn run() -> Result<ExitCode> {
    node::node()?;
    setup::machine(&[needs::PAGES, needs::FONTS])?;
    node::packages(&house::ui())?;
    let mut npm = process::npm(&house::ui());
    npm.args(["run", "screenshots"]);
    browser::name_to(&mut npm);
    process::run(&mut npm)?;
    Ok(ExitCode::SUCCESS)
}
