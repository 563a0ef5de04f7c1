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
    if let Some(chromium) = browser::chromium() {
        npm.env("PARLOUR_CHROMIUM", chromium);
    }
    process::run(&mut npm)?;
    Ok(ExitCode::SUCCESS)
}
